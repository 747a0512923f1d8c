// What TLS says in numbers, in words: alerts, certificate faults, records that the library refuses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost::proxy {

// "the alert handshake_failure", or "alert 99" for one without a name. Source: RFC 8446 6 and RFC 5246 7.2.
std::string alert_text(int number);

// What is wrong with a client's certificate, from the library's flags: the fault that a person would want to hear
// first. Goes on behind the certificate's name: "has expired".
std::string_view certificate_fault_text(std::uint32_t faults);

// "; server name NAME" for a log, or empty for none. A name is shown when it may be one; anything else would only be
// there to confuse a reader.
std::string server_name_text(std::string_view name);

// Why the library refuses a record, from its error code; its own words where we have none.
std::string record_reason(int code);
// The alert for that code. Source: RFC 8446 5 and 6.2.
unsigned char alert_for(int code);

}  // namespace outpost::proxy
