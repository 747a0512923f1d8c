#include "proxy/tls/words.h"

#include <fmt/core.h>
#include <mbedtls/ssl.h>

#include <algorithm>
#include <array>

#include "common/mbedtls.h"

namespace outpost::proxy {

namespace {

struct AlertName {
  int number;
  std::string_view name;
};
// Source: RFC 8446 section 6 and RFC 5246 section 7.2.
constexpr std::array<AlertName, 27> kAlerts{{{0, "close_notify"},
                                             {10, "unexpected_message"},
                                             {20, "bad_record_mac"},
                                             {22, "record_overflow"},
                                             {40, "handshake_failure"},
                                             {42, "bad_certificate"},
                                             {43, "unsupported_certificate"},
                                             {44, "certificate_revoked"},
                                             {45, "certificate_expired"},
                                             {46, "certificate_unknown"},
                                             {47, "illegal_parameter"},
                                             {48, "unknown_ca"},
                                             {49, "access_denied"},
                                             {50, "decode_error"},
                                             {51, "decrypt_error"},
                                             {70, "protocol_version"},
                                             {71, "insufficient_security"},
                                             {80, "internal_error"},
                                             {86, "inappropriate_fallback"},
                                             {90, "user_canceled"},
                                             {100, "no_renegotiation"},
                                             {109, "missing_extension"},
                                             {110, "unsupported_extension"},
                                             {112, "unrecognized_name"},
                                             {115, "unknown_psk_identity"},
                                             {116, "certificate_required"},
                                             {120, "no_application_protocol"}}};

struct FaultText {
  std::uint32_t fault;
  std::string_view text;
};
// In the order of what a person would want to hear first.
constexpr std::array<FaultText, 7> kFaults{{{MBEDTLS_X509_BADCERT_EXPIRED, "has expired"},
                                            {MBEDTLS_X509_BADCERT_FUTURE, "is not valid yet"},
                                            {MBEDTLS_X509_BADCERT_REVOKED, "was revoked"},
                                            {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "is not by an issuer of client-ca"},
                                            {MBEDTLS_X509_BADCERT_OTHER, "has a subject that client-subjects lacks"},
                                            {MBEDTLS_X509_BADCERT_BAD_KEY, "has too weak a key"},
                                            {MBEDTLS_X509_BADCERT_BAD_MD, "is signed with too weak a hash"}}};

// A record that the library refuses: what the client and the log are told.
struct RecordFault {
  int code;
  unsigned char alert;
  std::string_view text;  // empty: the library's own
};
constexpr std::array<RecordFault, 6> kRecordFaults{{
    {MBEDTLS_ERR_SSL_INVALID_MAC, MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC,
     "a TLS record was changed on its way, or is not of this connection"},
    {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE,
     "the client sent a TLS message out of turn, or one that is not served, such as KeyUpdate"},
    {MBEDTLS_ERR_SSL_UNEXPECTED_RECORD, MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE, {}},
    {MBEDTLS_ERR_SSL_INVALID_RECORD, MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR,
     "the client sent bytes that are no TLS record"},
    {MBEDTLS_ERR_SSL_BAD_INPUT_DATA, MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW,
     "the client sent a TLS record that is too long"},
    {0, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR, {}},  // any other
}};

const RecordFault& fault_of(int code) {
  const auto* found = std::find_if(kRecordFaults.begin(), kRecordFaults.end() - 1,
                                   [&](const RecordFault& fault) { return fault.code == code; });
  return *found;
}

}  // namespace

std::string alert_text(int number) {
  const auto* found =
      std::find_if(kAlerts.begin(), kAlerts.end(), [&](const AlertName& alert) { return alert.number == number; });
  return found == kAlerts.end() ? fmt::format("alert {}", number) : fmt::format("the alert {}", found->name);
}

std::string_view certificate_fault_text(std::uint32_t faults) {
  const auto* found =
      std::find_if(kFaults.begin(), kFaults.end(), [&](const FaultText& f) { return (faults & f.fault) != 0; });
  return found == kFaults.end() ? "is not valid for a client" : found->text;
}

std::string server_name_text(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (name.empty()) return {};
  if (name.find_first_not_of(kLetters) != std::string_view::npos) return "; the server name is no host name";
  return fmt::format("; server name {}", name);
}

std::string record_reason(int code) {
  std::string_view text = fault_of(code).text;
  return text.empty() ? mbedtls_text(code) : std::string(text);
}

unsigned char alert_for(int code) { return fault_of(code).alert; }

}  // namespace outpost::proxy
