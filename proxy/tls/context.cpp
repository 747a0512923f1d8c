#include "proxy/tls/context.h"

#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

#include <algorithm>
#include <array>

#include "common/certificate.h"
#include "common/cipher_suites.h"
#include "common/mbedtls.h"
#include "common/text.h"

namespace outpost::proxy {

namespace {

using SslConfig = MbedTls<mbedtls_ssl_config, mbedtls_ssl_config_init, mbedtls_ssl_config_free>;
using TicketKeys = MbedTls<mbedtls_ssl_ticket_context, mbedtls_ssl_ticket_init, mbedtls_ssl_ticket_free>;

// Longer names do not exist in the DNS.
constexpr std::size_t kServerNameBytesMax = 255;

constexpr std::array<std::uint16_t, 5> kGroups{MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                               MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
                                               MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

struct OwnCertificate {
  CertificateList chain;
  PrivateKey key;
  std::vector<std::string> names;
};

Result<std::unique_ptr<OwnCertificate>> parse(const protocol::CertificatePair& pair) {
  auto read = read_certificates(pair.certificate);
  if (!read) return fail(Errc::invalid, "a certificate {}", read.error().text);
  if (auto fits = check_pair(pair.certificate, pair.key); !fits) {
    return fail(Errc::invalid, "the key of \"{}\" {}", read->front().subject, fits.error().text);
  }
  auto own = std::make_unique<OwnCertificate>();
  own->names = read->front().names;
  int code = mbedtls_x509_crt_parse(own->chain.get(), pem_bytes(pair.certificate), pair.certificate.size() + 1);
  if (code == 0) {
    code = mbedtls_pk_parse_key(own->key.get(), pem_bytes(pair.key), pair.key.size() + 1, nullptr, 0,
                                mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
  }
  if (code != 0) return fail(Errc::invalid, "a certificate cannot be used: {}", mbedtls_text(code));
  return own;
}

std::vector<std::string> split_subjects(std::string_view text) {
  std::vector<std::string> subjects;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(';'), text.size());
    if (std::string_view subject = trim(text.substr(0, end)); !subject.empty()) subjects.emplace_back(subject);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return subjects;
}

std::string subject_of(const mbedtls_x509_crt& certificate) {
  char text[1024] = "";
  return mbedtls_x509_dn_gets(text, sizeof text, &certificate.subject) < 0 ? std::string() : std::string(text);
}

std::string_view view(const mbedtls_asn1_buf& bytes) { return {reinterpret_cast<const char*>(bytes.p), bytes.len}; }

}  // namespace

NameFit fit_name(std::string_view pattern, std::string_view name) {
  if (pattern == name) return NameFit::exact;
  std::size_t dot = name.find('.');
  bool wild = pattern.starts_with("*.") && dot != std::string_view::npos && dot > 0 &&
              pattern.substr(1) == name.substr(dot) && pattern.find('.', 2) != std::string_view::npos;
  return wild ? NameFit::wildcard : NameFit::none;
}

struct TlsContext::Parts {
  // The configuration points into the others, so it goes first.
  std::vector<std::unique_ptr<OwnCertificate>> certificates;  // the first is the listener's own
  CertificateList client_ca;
  std::vector<std::string> subjects;  // none: all
  std::vector<int> suites;            // ended with 0, like the library's other lists
  TicketKeys ticket_keys;
  bool optional_client = false;
  bool only_1_3 = false;
  SslConfig config;

  Result<> load(const protocol::ListenerTls& settings);
  Result<> choose_versions(const protocol::ListenerTls& settings);
  Result<> expect_clients(const protocol::ListenerTls& settings);
  Result<> set_up_tickets(std::uint32_t lifetime_s);
};

Result<> TlsContext::Parts::load(const protocol::ListenerTls& settings) {
  if (settings.certificates.empty()) return fail(Errc::invalid, "there is no certificate");
  for (const protocol::CertificatePair& pair : settings.certificates) {
    auto own = parse(pair);
    if (!own) return pass(own);
    certificates.push_back(*std::move(own));
  }
  return {};
}

Result<> TlsContext::Parts::choose_versions(const protocol::ListenerTls& settings) {
  auto chosen = parse_cipher_suites(settings.ciphers);
  if (!chosen) return pass(chosen);
  only_1_3 = settings.minimum_version == protocol::TlsVersion::tls_1_3 || !chosen->tls_1_2;
  if (only_1_3 && !chosen->tls_1_3) return fail(Errc::invalid, "there is no cipher suite for TLS 1.3");
  mbedtls_ssl_conf_min_tls_version(config.get(), only_1_3 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
  // A server that offered 1.3 without a suite for it would refuse every modern client.
  mbedtls_ssl_conf_max_tls_version(config.get(),
                                   chosen->tls_1_3 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
  suites = std::move(chosen->ids);
  suites.push_back(0);
  mbedtls_ssl_conf_ciphersuites(config.get(), suites.data());
  // Also a resumed session gets keys of its own (forward secrecy).
  mbedtls_ssl_conf_tls13_key_exchange_modes(config.get(), MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
  return {};
}

Result<> TlsContext::Parts::expect_clients(const protocol::ListenerTls& settings) {
  if (settings.client_certificates == protocol::ClientCertificates::none) {
    mbedtls_ssl_conf_authmode(config.get(), MBEDTLS_SSL_VERIFY_NONE);
    return {};
  }
  int code = mbedtls_x509_crt_parse(client_ca.get(), pem_bytes(settings.client_ca), settings.client_ca.size() + 1);
  if (code != 0) return fail(Errc::invalid, "client-ca holds a certificate that cannot be parsed");
  mbedtls_ssl_conf_ca_chain(config.get(), client_ca.get(), nullptr);
  optional_client = settings.client_certificates == protocol::ClientCertificates::optional;
  mbedtls_ssl_conf_authmode(config.get(), optional_client ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_REQUIRED);
  subjects = split_subjects(settings.client_subjects);
  return {};
}

Result<> TlsContext::Parts::set_up_tickets(std::uint32_t lifetime_s) {
  if (lifetime_s == 0) {
    mbedtls_ssl_conf_session_tickets(config.get(), MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    mbedtls_ssl_conf_new_session_tickets(config.get(), 0);
    return {};
  }
  // The library makes a new key at each lifetime and accepts the one before for another.
  int code = mbedtls_ssl_ticket_setup(ticket_keys.get(), mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE,
                                      MBEDTLS_CIPHER_AES_256_GCM, lifetime_s);
  if (code != 0) return fail(Errc::unsupported, "there can be no session tickets: {}", mbedtls_text(code));
  mbedtls_ssl_conf_session_tickets_cb(config.get(), mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                      ticket_keys.get());
  return {};
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const protocol::ListenerTls& settings) {
  if (auto started = start_crypto(); !started) return pass(started);
  auto parts = std::make_unique<Parts>();
  mbedtls_ssl_config* config = parts->config.get();
  int code = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT);
  if (code != 0) return fail(Errc::unsupported, "TLS cannot be set up: {}", mbedtls_text(code));
  mbedtls_ssl_conf_rng(config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
  mbedtls_ssl_conf_groups(config, kGroups.data());
  mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
  mbedtls_ssl_conf_legacy_renegotiation(config, MBEDTLS_SSL_LEGACY_NO_RENEGOTIATION);

  if (auto done = parts->load(settings); !done) return pass(done);
  if (auto done = parts->choose_versions(settings); !done) return pass(done);
  if (auto done = parts->expect_clients(settings); !done) return pass(done);
  if (auto done = parts->set_up_tickets(settings.ticket_lifetime_s); !done) return pass(done);

  static const char* protocols[] = {"http/1.1", nullptr};
  code = mbedtls_ssl_conf_alpn_protocols(config, protocols);
  OwnCertificate& own = *parts->certificates.front();
  if (code == 0) code = mbedtls_ssl_conf_own_cert(config, own.chain.get(), own.key.get());
  if (code != 0) return fail(Errc::unsupported, "TLS cannot be set up: {}", mbedtls_text(code));
  mbedtls_ssl_conf_sni(config, choose_certificate, nullptr);
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(parts)));
}

TlsContext::TlsContext(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsContext::~TlsContext() = default;

Result<> TlsContext::prepare(mbedtls_ssl_context& ssl, Handshake& handshake) const {
  handshake.context = this;
  if (int code = mbedtls_ssl_setup(&ssl, parts_->config.get()); code != 0) {
    return fail(Errc::limit, "no TLS connection can be set up: {}", mbedtls_text(code));
  }
  mbedtls_ssl_set_user_data_p(&ssl, &handshake);
  mbedtls_ssl_set_verify(&ssl, verify, &handshake);
  return {};
}

std::string_view TlsContext::oldest_version() const { return parts_->only_1_3 ? "TLS 1.3" : "TLS 1.2"; }

// Offers all certificates that fit best, so that a client may choose between RSA and ECDSA; none that fits leaves the
// listener's own.
int TlsContext::choose_certificate(void*, mbedtls_ssl_context* ssl, const unsigned char* name, std::size_t size) {
  auto& handshake = *static_cast<Handshake*>(mbedtls_ssl_get_user_data_p(ssl));
  handshake.server_name.assign(reinterpret_cast<const char*>(name), std::min(size, kServerNameBytesMax));
  std::string wanted = to_lower(handshake.server_name);
  auto fit_of = [&](const OwnCertificate& own) {
    NameFit best = NameFit::none;
    for (const std::string& pattern : own.names) best = std::max(best, fit_name(pattern, wanted));
    return best;
  };
  NameFit best = NameFit::none;
  const auto& certificates = handshake.context->parts_->certificates;
  for (const auto& own : certificates) best = std::max(best, fit_of(*own));
  if (best == NameFit::none) return 0;
  for (const auto& own : certificates) {
    if (fit_of(*own) != best) continue;
    if (int code = mbedtls_ssl_set_hs_own_cert(ssl, own->chain.get(), own->key.get()); code != 0) return code;
  }
  return 0;
}

bool TlsContext::is_welcome(const mbedtls_x509_crt& certificate) const {
  if (parts_->subjects.empty()) return true;
  auto listed = [&](std::string_view subject) {
    return std::find(parts_->subjects.begin(), parts_->subjects.end(), subject) != parts_->subjects.end();
  };
  if (listed(subject_of(certificate))) return true;
  for (const mbedtls_x509_name* part = &certificate.subject; part != nullptr; part = part->next) {
    if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &part->oid) == 0 && listed(view(part->val))) return true;
  }
  return false;
}

// Called for each certificate of a client's chain, its own the last.
int TlsContext::verify(void* data, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  auto& handshake = *static_cast<Handshake*>(data);
  if (depth == 0 && *flags == 0 && !handshake.context->is_welcome(*certificate)) *flags |= MBEDTLS_X509_BADCERT_OTHER;
  handshake.client_subject = escape_control(subject_of(*certificate));
  handshake.certificate_faults |= *flags;
  // In the library's optional mode every certificate passes, a wrong one too; only an error of ours ends it.
  return *flags != 0 && handshake.context->parts_->optional_client ? MBEDTLS_ERR_X509_FATAL_ERROR : 0;
}

}  // namespace outpost::proxy
