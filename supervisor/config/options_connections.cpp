// The sections connections and ors of a mobile node.
#include "supervisor/config/connections.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

std::string server_host_fault(const OptionValue& value) {
  const std::string& host = text_of(value);
  if (host.find(':') == std::string::npos) return host_fault(value);
  auto address = IpAddress::parse(host);
  return address && !address->is_v4 ? "" : "is no address of IPv6";
}

}  // namespace

std::vector<Option<ConnectionConfig>> connection_options() {
  using C = ConnectionConfig;
  return {
      option("host", &C::host,
             {.high = 253,
              .valid = "a host name or address",
              .default_text = "only of an entry that has no effect",
              .fault = server_host_fault,
              .takes_effect = kAtOnce,
              .text = "Where the server is.",
              .source = kMobileDesign}),
      option("name", &C::name,
             {.default_text = "none",
              .takes_effect = kAtOnce,
              .text = "Its name, which no other entry has.",
              .source = kMobileDesign}),
      option("port", &C::port,
             {.low = 0,
              .high = 65'535,
              .default_text = "7210 of type ors, 9002 of type webapi",
              .takes_effect = kAtOnce,
              .text = "Its port; 0 for that of its type.",
              .source = "Source: gms.md 7.4"}),
      option("secure", &C::secure,
             {.takes_effect = kAtOnce, .text = "Whether it is asked over TLS.", .source = kMobileDesign}),
      option("type", &C::type,
             {.takes_effect = kAtOnce,
              .text = "ors: it runs applications for services of type ors. webapi: it says which chat server is to be "
                      "asked; chat comes in a later version.",
              .source = kMobileDesign}),
  };
}

std::vector<Option<OrsConfig>> ors_options() {
  return {option("max_ors_request_attempts", &OrsConfig::max_ors_request_attempts,
                 {.low = 1,
                  .high = 100,
                  .unit = "attempts",
                  .takes_effect = kAtOnce,
                  .text = "How often a server is connected to before a request to start an application fails; each "
                          "attempt goes to the next server.",
                  .source = "Source: gms.md 1.7.2"})};
}

}  // namespace outpost::supervisor
