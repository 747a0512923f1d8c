#include "common/cipher_suites.h"

#include <mbedtls/ssl_ciphersuites.h>

#include <algorithm>
#include <string>

#include "common/text.h"

namespace outpost {

namespace {

constexpr std::string_view kDefault =
    "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";

struct Suite {
  std::string name;
  int id;
  bool tls_1_3;
};

// The library writes "TLS-ECDHE-RSA-WITH-..." and "TLS1-3-AES-128-...".
std::string iana_name(std::string_view name) {
  constexpr std::string_view kTls13 = "TLS1-3-";
  std::string text = name.starts_with(kTls13) ? "TLS-" + std::string(name.substr(kTls13.size())) : std::string(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

// Static RSA and ECDH have no forward secrecy, the PSK families no certificate, NULL no encryption.
bool is_usable(std::string_view name) {
  return name.starts_with("TLS1-3-") || ((name.starts_with("TLS-ECDHE-RSA-") || name.starts_with("TLS-ECDHE-ECDSA-")) &&
                                         name.find("-NULL-") == std::string_view::npos);
}

std::vector<Suite> known_suites() {
  std::vector<Suite> suites;
  for (const int* id = mbedtls_ssl_list_ciphersuites(); *id != 0; ++id) {
    const mbedtls_ssl_ciphersuite_t* info = mbedtls_ssl_ciphersuite_from_id(*id);
    std::string_view name = info == nullptr ? "" : mbedtls_ssl_ciphersuite_get_name(info);
    if (is_usable(name)) suites.push_back({iana_name(name), *id, name.starts_with("TLS1-3-")});
  }
  return suites;
}

Failure unknown(std::string_view word, const std::vector<Suite>& suites) {
  std::vector<std::string_view> names;
  for (const Suite& suite : suites) names.emplace_back(suite.name);
  std::string_view near = nearest(word, names);
  return fail(Errc::invalid, "\"{}\" is no cipher suite that is spoken here{}", escape_control(word),
              near.empty() ? std::string() : fmt::format("; did you mean {}?", near));
}

}  // namespace

Result<CipherSuites> parse_cipher_suites(std::string_view text) {
  static const std::vector<Suite> kSuites = known_suites();
  if (trim(text).empty()) text = kDefault;
  CipherSuites chosen;
  while (true) {
    std::size_t end = std::min(text.find(','), text.size());
    std::string_view word = trim(text.substr(0, end));
    auto found =
        std::find_if(kSuites.begin(), kSuites.end(), [&](const Suite& s) { return equal_ignoring_case(s.name, word); });
    if (found == kSuites.end()) return unknown(word, kSuites);
    chosen.ids.push_back(found->id);
    (found->tls_1_3 ? chosen.tls_1_3 : chosen.tls_1_2) = true;
    if (end == text.size()) return chosen;
    text.remove_prefix(end + 1);
  }
}

}  // namespace outpost
