// What the TLS connections of one listener share: certificates, versions, cipher suites, ticket keys, and who may come.
//
// A context never changes. A reload that brings other settings makes another one; the connections that exist keep
// theirs. Each context has ticket keys of its own, so a session of a client that an old policy let in is not resumed
// under a new one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "protocol/channel/messages.h"

struct mbedtls_ssl_context;
struct mbedtls_x509_crt;

namespace outpost::proxy {

class TlsContext {
 public:
  // Opens no file: everything is in the message, random bytes come from getrandom().
  static Result<std::shared_ptr<const TlsContext>> make(const protocol::ListenerTls& settings);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // What the library's callbacks learn of one handshake, for whoever has to say why it failed.
  struct Handshake {
    const TlsContext* context = nullptr;
    std::string server_name;               // what the client asked for (SNI), any bytes; empty: nothing
    std::string client_subject;            // of the certificate that was looked at last; printable
    std::uint32_t certificate_faults = 0;  // MBEDTLS_X509_BADCERT_*
  };
  // Prepares a fresh context of the library for one connection. `handshake` must outlive its use; this object, too.
  Result<> prepare(mbedtls_ssl_context& ssl, Handshake& handshake) const;

  // "TLS 1.2" or "TLS 1.3".
  [[nodiscard]] std::string_view oldest_version() const;

 private:
  struct Parts;
  explicit TlsContext(std::unique_ptr<Parts> parts);
  static int choose_certificate(void*, mbedtls_ssl_context* ssl, const unsigned char* name, std::size_t size);
  static int verify(void* handshake, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);
  [[nodiscard]] bool is_welcome(const mbedtls_x509_crt& certificate) const;

  std::unique_ptr<Parts> parts_;
};

// How well a certificate that was issued for `pattern` fits a server name. A wildcard stands for one whole label, the
// first. Both in lower case.
enum class NameFit : std::uint8_t { none, wildcard, exact };
NameFit fit_name(std::string_view pattern, std::string_view name);

}  // namespace outpost::proxy
