#include "proxy/admin/translate.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "common/json.h"
#include "common/networks.h"
#include "common/text.h"
#include "protocol/http/authority.h"
#include "protocol/http/percent.h"

namespace outpost::proxy {

using protocol::AdminParameter;
using protocol::AdminRow;
using protocol::HttpMethod;
using protocol::HttpRequest;

namespace {

// Parameters that one query may give, lists included.
constexpr std::size_t kParametersMax = 256;

tl::unexpected<AdminRefusal> turn_away(int status, std::string_view text, std::string_view allow = {}) {
  return tl::unexpected(AdminRefusal{http_refusal(status, text), allow});
}

std::string_view allowed_methods(const AdminRow& row) { return row.writes ? "POST" : "GET, HEAD"; }

bool is_allowed_method(HttpMethod method, const AdminRow& row) {
  return row.writes ? method == HttpMethod::post : method == HttpMethod::get || method == HttpMethod::head;
}

// Whether the authority of a request names this machine, or an address, and no name that anybody may give it.
bool names_address(std::string_view authority) {
  if (authority.empty()) return true;  // HTTP/1.0: no browser sends it
  std::string_view host = authority.substr(0, authority.rfind(':'));
  if (authority.front() == '[') {
    host = authority.substr(1, authority.find(']') - 1);
  } else if (authority.rfind(':') == std::string_view::npos) {
    host = authority;
  }
  return equal_ignoring_case(host, "localhost") || IpAddress::parse(host).has_value();
}

// --- Arguments -------------------------------------------------------------------------------------------------------

using Texts = std::map<std::string_view, std::vector<std::string>>;  // by the parameter's own name

tl::unexpected<AdminRefusal> unknown_parameter(const AdminRow& row) {
  std::vector<std::string_view> names;
  for (const AdminParameter& one : row.parameters) names.push_back(one.name);
  if (names.empty()) return turn_away(400, "no query parameter is known here");
  return turn_away(400, fmt::format("a query parameter is not known here; valid are {}", join(names, ", ")));
}

tl::expected<Texts, AdminRefusal> read_query(const AdminRow& row, std::string_view query) {
  Texts texts;
  std::size_t seen = 0;
  while (!query.empty()) {
    std::size_t end = std::min(query.find('&'), query.size());
    std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (item.empty()) continue;
    if (++seen > kParametersMax) return turn_away(400, fmt::format("more than {} query parameters", kParametersMax));
    std::size_t equals = std::min(item.find('='), item.size());
    auto name = decode_percent(item.substr(0, equals), protocol::UriPart::query);
    auto value = decode_percent(item.substr(std::min(equals + 1, item.size())), protocol::UriPart::query);
    if (!name || !value) {
      return turn_away(400,
                       "the query must be percent-encoded UTF-8 without %00: each % is followed by two "
                       "hexadecimal digits");
    }
    auto parameter = std::ranges::find(row.parameters, *name, &AdminParameter::name);
    if (parameter == row.parameters.end()) return unknown_parameter(row);
    auto& values = texts[parameter->name];
    if (!values.empty() && parameter->type != AdminParameter::Type::texts) {
      return turn_away(400, fmt::format("the query parameter {} must be given once", parameter->name));
    }
    values.push_back(*std::move(value));
  }
  return texts;
}

// False: the text is none of the type.
bool write_argument(JsonWriter& out, AdminParameter::Type type, const std::vector<std::string>& values) {
  const std::string& text = values.front();
  auto number = parse_integer(text);
  switch (type) {
    case AdminParameter::Type::text: out.value(text); return true;
    case AdminParameter::Type::word: number ? out.value(*number) : out.value(text); return true;
    case AdminParameter::Type::integer:
      if (number) out.value(*number);
      return number.has_value();
    case AdminParameter::Type::texts:
      out.begin_array();
      for (const std::string& one : values) out.value(one);
      out.end_array();
      return true;
    case AdminParameter::Type::json:
      auto json = parse_json(text);
      if (json) out.value(*json);
      return json.has_value();
  }
  return false;
}

}  // namespace

tl::expected<AdminRoute, AdminRefusal> find_admin_route(const HttpRequest& request, Dialect::Transport transport) {
  if (request.method_text == "OPTIONS" && request.target == "*") {
    return turn_away(kNoContent, "", "GET, HEAD, POST, OPTIONS");
  }
  std::string_view target = request.target;
  if (auto authority = protocol::authority_of(target)) {
    if (protocol::is_https(target) && transport != Dialect::Transport::tls) {
      return turn_away(421,
                       "a target that begins with https:// is served over TLS alone; this connection is without it");
    }
    target.remove_prefix(static_cast<std::size_t>(authority->data() + authority->size() - target.data()));
  }
  std::size_t question = std::min(target.find('?'), target.size());
  const AdminRow* row = protocol::find_admin_row(target.substr(0, question));
  if (!row) {
    return turn_away(404,
                     "there is nothing at this path; health is at /healthz, /readyz, /primary and /backup, the rest "
                     "at /status, /metrics and /api/");
  }
  if (!is_allowed_method(request.method, *row)) {
    return turn_away(405, "this method is not allowed here; the header Allow names those that are",
                     allowed_methods(*row));
  }
  // Without TLS only this machine gets here, and with it a browser on it: a page of a stranger whose name was made to
  // mean 127.0.0.1 would read all that needs no token. Over TLS the certificate is not for such a name.
  if (!row->is_open() && transport != Dialect::Transport::tls && !names_address(request.host)) {
    return turn_away(421, "the header Host must name this server by its address, or as localhost");
  }
  if (request.expectation == protocol::Expectation::unknown) {
    return turn_away(417, "the only expectation that is met here is 100-continue");
  }
  if (!request.content_encoding.empty() && !equal_ignoring_case(request.content_encoding, "identity")) {
    return turn_away(415, "a body must be sent without content coding");
  }
  return AdminRoute{row, std::string(target.substr(std::min(question + 1, target.size())))};
}

tl::expected<std::string, AdminRefusal> admin_arguments(const AdminRoute& route, const std::string& body) {
  auto texts = read_query(*route.row, route.query);
  if (!texts) return tl::unexpected(std::move(texts.error()));
  if (route.row->writes) return body;
  if (texts->empty()) return std::string();
  JsonWriter arguments;
  arguments.begin_object();
  for (const AdminParameter& one : route.row->parameters) {
    auto values = texts->find(one.name);
    if (values == texts->end()) continue;
    arguments.key(one.name);
    if (write_argument(arguments, one.type, values->second)) continue;
    return turn_away(400, fmt::format("the query parameter {} must be {}", one.name,
                                      one.type == AdminParameter::Type::json ? "JSON, as a reply gave it as \"next\""
                                                                             : "an integer"));
  }
  return arguments.end_object().take();
}

}  // namespace outpost::proxy
