// The sections gms and server of a mobile node: how it asks other servers, and what it is itself.
#include <set>

#include "common/text.h"
#include "supervisor/config/http_client.h"
#include "supervisor/config/node.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/outward_texts.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kCookieRules = "Assumption: gms.md 8.2 [design]";
constexpr std::string_view kTokenCharacters = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2, beside letters and digits

std::string date_format_fault(const OptionValue& value) { return date_pattern_fault(text_of(value)); }

std::string range_fault(const OptionValue& value) {
  return text_of(value).empty() || read_ports(text_of(value)) ? "" : "is no range of ports";
}

std::string base_fault(const OptionValue& value) {
  const std::string& url = text_of(value);
  if (url.find('@') != std::string::npos) return "holds a user or password, which every client would be given";
  if (std::string fault = http_url_fault(url); !fault.empty()) return fault;
  if (url.find('?') != std::string::npos) return "has a query, behind which no path can follow";
  return url.empty() || url.ends_with('/') ? "" : "does not end with /";
}

std::string path_segment_fault(const OptionValue& value) {
  return all_of(text_of(value), "-_.") ? "" : "holds a character other than letters, digits, - _ and .";
}

std::string worker_fault(const OptionValue& value) {
  return all_of(text_of(value), "-_") ? "" : "holds a character other than letters, digits, - and _";
}

std::string cookies_fault(const OptionValue& value) {
  std::set<std::string_view> names;
  for (std::string_view name : items_of(text_of(value))) {
    if (name.empty() || !all_of(std::string(name), kTokenCharacters)) return "has an item that is no name of a cookie";
    if (!names.insert(name).second) return "names a cookie twice";
  }
  return "";
}

std::string origins_fault(const OptionValue& value) {
  if (text_of(value).empty()) return "";
  for (std::string_view origin : items_of(text_of(value))) {
    if (origin == "*") return "has *, and with it every page that a customer looks at could use the customer's session";
    if (origin.empty() || !http_url_fault(origin).empty()) return "has an item that is no origin";
    if (origin.find_first_of("/?", origin.find("//") + 2) != std::string_view::npos) {
      return "has an item with a path, and an origin ends with its host or port";
    }
  }
  return "";
}

std::vector<Option<GmsConfig>> gms_connections() {
  using G = GmsConfig;
  return {
      option("http.client_port_range", &G::client_port_range,
             {.high = 11,
              .valid = "two ports with a hyphen between them, as in 40000-40999, or empty",
              .default_text = "any",
              .fault = range_fault,
              .takes_effect = kAtOnce,
              .text = "The ports of this host that connections to other servers come from.",
              .source = kMobileOptions}),
      option("http.connection_timeout", &G::connection_timeout,
             {.low = 1,
              .high = 60,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for a connection to a server.",
              .source = kMobileOptions}),
      option("http.max_connections_per_route", &G::max_connections_per_route,
             {.low = 1,
              .high = 1'000,
              .unit = "connections",
              .takes_effect = kAtOnce,
              .text = "Most connections to one server, which is a host and a port; more requests wait.",
              .source = kMobileOptions}),
      option("http.max_connections_total", &G::max_connections_total,
             {.low = 1,
              .high = 10'000,
              .unit = "connections",
              .takes_effect = kAtOnce,
              .text = "Most connections to all servers together.",
              .source = kMobileOptions}),
      option("http.socket_timeout", &G::socket_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Longest time between two bytes of an answer.",
              .source = kMobileOptions}),
  };
}

std::vector<Option<GmsConfig>> gms_targets() {
  using G = GmsConfig;
  return {
      option("http.allow_targets", &G::allow_targets,
             {.high = 4'096,
              .valid = kNetworksValid,
              .default_text = "all that http.deny_targets leaves",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks that are connected to, and no other.",
              .source = kMobileDesign}),
      option("http.ca_file", &G::ca_file,
             {.high = kPathBytesMax,
              .valid = kOptionalFileValid,
              .default_text = "those that this machine trusts",
              .fault = optional_file_fault,
              .takes_effect = kAtOnce,
              .text = "PEM file with the certificates of those who issue the servers' certificates.",
              .source = kMobileDesign}),
      option("http.deny_targets", &G::deny_targets,
             {.high = 4'096,
              .valid = kNetworksValid,
              .default_text = "none",
              .fault = networks_fault,
              .takes_effect = kAtOnce,
              .text = "Networks that are not connected to, whatever http.allow_targets says. By default those in which "
                      "clouds keep the credentials of a machine.",
              .source = kMobileDesign}),
  };
}

std::vector<Option<NodeConfig>> names_of_node() {
  using N = NodeConfig;
  return {
      option(
          "app_name", &N::app_name,
          {.low = 1,
           .high = 64,
           .valid = "letters, digits, - _ and .",
           .fault = path_segment_fault,
           .takes_effect = kAtOnce,
           .text = "Part of the address that describes this node: http://WEB_HOST:WEB_PORT/APP_NAME. It is shown and "
                   "has no other use.",
           .source = kMobileOptions}),
      option("node_id", &N::node_id,
             {.low = 0,
              .high = 99,
              .default_text = "it must be given",
              .takes_effect = kAtOnce,
              .text = "Number of this node, which no other node of the store has. It is claimed in the store at the "
                      "start; a reload with another one claims that first, and is refused when a live node has it.",
              .source = kMobileOptions}),
      option("shutdown_delay", &N::shutdown_delay,
             {.low = 0,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "How long the node says OFFLINE and goes on serving when it stops, so that load balancers leave "
                      "it first. A service manager must wait longer than this and stop-timeout (TimeoutStopSec=).",
              .source = kCookieRules}),
      option("web_host", &N::web_host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the machine's host name",
              .computed = machine_name,
              .fault = host_fault,
              .takes_effect = kAtOnce,
              .text = "As app_name.",
              .source = kMobileOptions}),
      option("web_port", &N::web_port,
             {.low = 1, .high = 65'535, .takes_effect = kAtOnce, .text = "As app_name.", .source = kMobileOptions}),
      option("worker_name", &N::worker_name,
             {.high = 64,
              .valid = "letters, digits, - and _, or empty",
              .default_text = "none, and cookies bind no client to a node",
              .fault = worker_fault,
              .takes_effect = kAtOnce,
              .text = "Name that load balancers know this node by: it follows the first dot of the session cookie.",
              .source = kCookieRules}),
  };
}

std::vector<Option<NodeConfig>> clients_of_node() {
  using N = NodeConfig;
  return {
      option("cross_origin", &N::cross_origin,
             {.high = 4'096,
              .valid = "origins as https://HOST or https://HOST:PORT with commas between them, or empty",
              .default_text = "none",
              .fault = origins_fault,
              .takes_effect = kAtOnce,
              .text = "Web pages of other origins whose scripts may use this node.",
              .source = kMobileDesign}),
      option("dateFormat", &N::date_format,
             {.high = 64,
              .valid = "a pattern of the letters y M d H m s S Z z X, other signs, and text between apostrophes, as in "
                       "yyyy-MM-dd'T'HH:mm:ss.SSSZ; or empty",
              .default_text = "the number of seconds that are left",
              .fault = date_format_fault,
              .takes_effect = kAtOnce,
              .text = "How times are written that clients are told, in UTC.",
              .source = "Source: gms.md 1.4, 7.4; the letters: assumption [design]"}),
      option("external_url_base", &N::external_url_base,
             {.high = 1'024,
              .valid = "an address as https://HOST/ or http://HOST:PORT/PATH/, or empty",
              .default_text = "addresses begin with the path",
              .fault = base_fault,
              .takes_effect = kAtOnce,
              .text = "What addresses that clients are given begin with.",
              .source = kMobileOptions}),
      option("password", &N::password,
             {.default_text = "none",
              .takes_effect = kAtOnce,
              .secret = true,
              .text = "As username.",
              .source = kMobileDesign}),
      option("secure_cookie", &N::secure_cookie,
             {.takes_effect = kAtOnce,
              .text = "Whether cookies are for HTTPS only, for a node behind TLS of somebody else.",
              .source = kCookieRules}),
      option("sticky_cookie_names", &N::sticky_cookie_names,
             {.low = 1,
              .valid = "names of cookies with commas between them",
              .fault = cookies_fault,
              .takes_effect = kAtOnce,
              .text = "Cookies with which load balancers keep a client at its node; all have the same value.",
              .source = kCookieRules}),
      option("username", &N::username,
             {.valid = "a text of up to 255 bytes without a colon",
              .default_text = "none",
              .fault = username_fault,
              .takes_effect = kAtOnce,
              .text = "With password: a request must come with this pair (Basic), or with a token where "
                      "application.authentication is token, and gets 401 otherwise. On a listener that is not secure "
                      "the pair can be read on its way.",
              .source = kMobileDesign}),
  };
}

}  // namespace

std::vector<Option<GmsConfig>> gms_options() { return joined({gms_connections(), gms_targets()}); }

std::vector<Option<NodeConfig>> node_options() { return joined({names_of_node(), clients_of_node()}); }

}  // namespace outpost::supervisor
