// The section http-client: how requests to other servers are made.
#include "common/text.h"
#include "protocol/channel/courier.h"
#include "supervisor/config/http_client.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kSource63 = "Source: ocs.md 6.3";
constexpr std::string_view kOurs63 = "Assumption: ocs.md 6.3 [design]";

std::string request_headers_fault(const OptionValue& value) {
  std::vector<std::string> lines = protocol::header_lines(text_of(value));
  if (lines.size() > protocol::kFetchHeaderLinesMax / 2) {
    return fmt::format("has more than {} items", protocol::kFetchHeaderLinesMax / 2);
  }
  for (const std::string& line : lines) {
    std::string fault = protocol::header_fault(line);
    if (!fault.empty()) return fmt::format("has an item that {}", fault);
  }
  return "";
}

std::string proxy_fault(const OptionValue& value) {
  if (text_of(value).empty() || read_proxy(text_of(value))) return "";
  return "is no HTTP proxy";
}

// One that cannot be read has a password all the same.
std::string shown_proxy(const std::string& value) {
  std::size_t at = value.rfind('@');
  if (at == std::string::npos) return value;
  return (value.starts_with("http://") ? "http://***" : "***") + value.substr(at);
}

std::string ports_fault(const OptionValue& value) {
  return text_of(value).empty() || read_ports(text_of(value)) ? "" : "is no range of ports";
}

std::string agent_fault(const OptionValue& value) {
  return text_of(value).empty() ? "" : protocol::header_fault("User-Agent: " + text_of(value));
}

std::vector<Option<HttpClientConfig>> fetch_options() {
  using C = HttpClientConfig;
  return {
      option("http-connect-timeout", &C::connect_timeout,
             {.low = 1,
              .high = 60,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for a connection to a server: its name, TCP and TLS.",
              .source = kOurs63}),
      option(
          "http-connection-pool-size", &C::pool_size,
          {.low = 1,
           .high = 1'000,
           .takes_effect = kAtOnce,
           .text = "Most requests to one server at a time, and so most connections to it, which are kept for the next "
                   "ones. More of them wait, and their time runs.",
           .source = kSource63}),
      option("http-custom-headers", &C::custom_headers,
             {.high = 8'192,
              .line_ends = true,
              .valid = "items \"Name: value\" with | or line ends between them; none of those that are set by what is "
                       "sent, as Host and Content-Length",
              .default_text = "none",
              .fault = request_headers_fault,
              .takes_effect = kAtOnce,
              .secret = true,
              .text = "Header fields of every request.",
              .source = kSource63}),
      option("http-max-connections", &C::connections_max,
             {.low = 1,
              .high = 10'000,
              .takes_effect = kAtOnce,
              .text = "Most requests to all servers at a time. More than http-connection-pool-size, so that one server "
                      "that does not answer leaves room for others.",
              .source = kOurs63}),
      option(
          "http-proxy", &C::proxy,
          {.high = 1'024,
           .valid =
               "http://HOST:PORT, with USER:PASSWORD@ in front of the host when it asks for that (@, / and the like in "
               "them as %XX), or empty",
           .default_text = "none",
           .fault = proxy_fault,
           .takes_effect = kAtOnce,
           .shown = shown_proxy,
           .text = "The HTTP proxy over which requests go: https through a tunnel (CONNECT).",
           .source = kSource63}),
      option("http-response-timeout", &C::response_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for a request and its whole answer, connecting and waiting for others included.",
              .source = kSource63}),
      option("http-user-agent", &C::user_agent,
             {.high = 200,
              .default_text = "none is sent",
              .fault = agent_fault,
              .takes_effect = kAtOnce,
              .text = "User-Agent of every request.",
              .source = kDesign}),
      option("name", &C::name,
             {.low = 1,
              .high = 64,
              .takes_effect = kAtOnce,
              .text = "Name of this client, for whatever is to use it. Each has its own; the first is the one that is "
                      "used when none is named.",
              .source = kDesign}),
  };
}

std::vector<Option<HttpClientConfig>> target_options() {
  using C = HttpClientConfig;
  return {
      option(
          "http-allow-targets", &C::allow,
          {.high = 4'096,
           .valid = kNetworksValid,
           .default_text = "all that http-deny-targets leaves, but for link-local addresses and those at which clouds "
                           "keep the credentials of a machine",
           .fault = networks_fault,
           .takes_effect = kAtOnce,
           .text = "Networks that are connected to, and no other. Looked at once a name is an address; with "
                   "http-proxy it is the proxy's address, for that of the server the proxy alone knows. Link-local "
                   "addresses and those at which clouds keep credentials need an entry of their own: 0.0.0.0/0 does "
                   "not open them.",
           .source = kDesign}),
      option("http-client-ports", &C::ports,
             {.high = 11,
              .valid = "two ports with a hyphen between them, as in 40000-40999, or empty",
              .default_text = "any",
              .fault = ports_fault,
              .takes_effect = kAtOnce,
              .text = "The ports of this host that connections come from, for firewalls that ask.",
              .source = kDesign}),
      option("http-deny-targets", &C::deny,
             {.high = 4'096,
              .valid = kNetworksValid,
              .default_text = "none",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks that are not connected to, whatever http-allow-targets says.",
              .source = kDesign}),
  };
}

std::vector<Option<HttpClientConfig>> client_tls_options() {
  using C = HttpClientConfig;
  return {
      option(
          "ca", &C::ca,
          {.high = kPathBytesMax,
           .valid = kOptionalFileValid,
           .default_text = "those that this machine trusts: /etc/ssl/certs/ca-certificates.crt",
           .fault = optional_file_fault,
           .takes_effect = kAtOnce,
           .text = "PEM file with the certificates of those who issue the servers' certificates; no other is trusted "
                   "then. It is read again at each reload.",
           .source = kDesign}),
      option(
          "certificate", &C::certificate,
          {.high = kPathBytesMax,
           .valid = kOptionalFileValid,
           .default_text = "none",
           .fault = optional_file_fault,
           .takes_effect = kAtOnce,
           .text = "PEM file with the certificate that servers are shown which ask for one; its chain follows in it, "
                   "or is in chain.",
           .source = kDesign}),
      option("chain", &C::chain,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("key", &C::key,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "none; a certificate needs one",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file as in listeners.",
              .source = kDesign}),
      option("minimum-version", &C::minimum_version,
             {.takes_effect = kAtOnce,
              .text = "Oldest version of TLS that is spoken; the newest is 1.3.",
              .source = kDesign}),
  };
}

}  // namespace

std::vector<Option<HttpClientConfig>> http_client_options() {
  return joined({fetch_options(), target_options(), client_tls_options()});
}

}  // namespace outpost::supervisor
