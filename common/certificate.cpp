#include "common/certificate.h"

#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <psa/crypto.h>

#include <ctime>

#include "common/mbedtls.h"
#include "common/text.h"

namespace outpost {

namespace {

std::int64_t seconds_of(const mbedtls_x509_time& time) {
  std::tm utc{};
  utc.tm_year = time.year - 1900;
  utc.tm_mon = time.mon - 1;
  utc.tm_mday = time.day;
  utc.tm_hour = time.hour;
  utc.tm_min = time.min;
  utc.tm_sec = time.sec;
  return timegm(&utc);
}

std::string text_of(const mbedtls_asn1_buf& bytes) { return {reinterpret_cast<const char*>(bytes.p), bytes.len}; }

std::string subject_of(const mbedtls_x509_crt& certificate) {
  char text[1024] = "";
  if (mbedtls_x509_dn_gets(text, sizeof text, &certificate.subject) < 0) return "a subject that is too long";
  return escape_control(text);
}

std::string common_name_of(const mbedtls_x509_crt& certificate) {
  for (const mbedtls_x509_name* part = &certificate.subject; part != nullptr; part = part->next) {
    if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &part->oid) == 0) return text_of(part->val);
  }
  return {};
}

std::vector<std::string> names_of(const mbedtls_x509_crt& certificate) {
  constexpr int kTagNumber = 0x1F;
  std::vector<std::string> names;
  if (certificate.subject_alt_names.buf.p != nullptr) {
    for (const auto* item = &certificate.subject_alt_names; item != nullptr; item = item->next) {
      if ((item->buf.tag & kTagNumber) == MBEDTLS_X509_SAN_DNS_NAME) names.push_back(to_lower(text_of(item->buf)));
    }
  }
  if (names.empty()) {
    if (std::string name = common_name_of(certificate); !name.empty()) names.push_back(to_lower(name));
  }
  return names;
}

Result<> parse_list(CertificateList& list, const std::string& pem) {
  if (auto started = start_crypto(); !started) return started;
  if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return fail(Errc::invalid, "holds no certificate in PEM form");
  }
  int code = mbedtls_x509_crt_parse(list.get(), pem_bytes(pem), pem.size() + 1);
  if (code > 0) return fail(Errc::invalid, "holds {} certificate(s) that cannot be parsed", code);
  if (code < 0) return fail(Errc::invalid, "holds a certificate that cannot be parsed: {}", mbedtls_text(code));
  return {};
}

Result<> parse_key(PrivateKey& key, const std::string& pem) {
  if (auto started = start_crypto(); !started) return started;
  if (pem.find("PRIVATE KEY-----") == std::string::npos) {
    return fail(Errc::invalid, "holds no private key in PEM form");
  }
  int code = mbedtls_pk_parse_key(key.get(), pem_bytes(pem), pem.size() + 1, nullptr, 0, mbedtls_psa_get_random,
                                  MBEDTLS_PSA_RANDOM_STATE);
  if (code == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || code == MBEDTLS_ERR_PK_PASSWORD_MISMATCH ||
      code == MBEDTLS_ERR_PEM_PASSWORD_REQUIRED || pem.find("-----BEGIN ENCRYPTED") != std::string::npos) {
    return fail(Errc::invalid, "holds a key with a pass phrase; valid: a key without one");
  }
  if (code != 0) {
    return fail(Errc::invalid, "holds a key that cannot be used: {}; valid: RSA or ECDSA", mbedtls_text(code));
  }
  return {};
}

}  // namespace

Result<> start_crypto() {
  static const psa_status_t status = psa_crypto_init();
  if (status != PSA_SUCCESS) return fail(Errc::unsupported, "the cryptography does not start: status {}", status);
  return {};
}

Result<std::vector<Certificate>> read_certificates(const std::string& pem) {
  CertificateList list;
  if (auto parsed = parse_list(list, pem); !parsed) return pass(parsed);
  std::vector<Certificate> certificates;
  for (const mbedtls_x509_crt* one = list.get(); one != nullptr; one = one->next) {
    certificates.push_back({subject_of(*one), names_of(*one), seconds_of(one->valid_from), seconds_of(one->valid_to)});
  }
  return certificates;
}

Result<> check_key(const std::string& key_pem) {
  PrivateKey key;
  return parse_key(key, key_pem);
}

Result<> check_pair(const std::string& certificate_pem, const std::string& key_pem) {
  CertificateList list;
  if (auto parsed = parse_list(list, certificate_pem); !parsed) return parsed;
  PrivateKey key;
  if (auto parsed = parse_key(key, key_pem); !parsed) return parsed;
  if (mbedtls_pk_check_pair(&list->pk, key.get(), mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE) != 0) {
    return fail(Errc::invalid, "holds the key of another certificate");
  }
  return {};
}

std::string date_text(std::int64_t seconds) {
  auto time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

}  // namespace outpost
