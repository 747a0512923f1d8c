#include "supervisor/config/node.h"

#include <algorithm>

#include "supervisor/config/http_client.h"
#include "supervisor/config/section_findings.h"

namespace outpost::supervisor {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

void check_node(const Config& config, ParsedOptions& parsed) {
  if (config.application.type != ApplicationType::mobile) return;
  SectionFindings server(parsed, {"server"});
  const NodeConfig& node = config.node;
  if (node.node_id < 0 && !server.is_wrong("node_id")) {
    server.error("node_id", "a mobile node must have one; valid: 0 to 99, and none that another node of the store has");
  }
  check_credentials(node.username, node.password, server);
  auto ports = read_ports(config.gms.client_port_range);
  std::uint32_t most = config.gms.max_connections_total;
  if (ports && ports->high - ports->low + 1U < most) {
    SectionFindings(parsed, {"gms"})
        .remark("http.client_port_range",
                fmt::format("has fewer ports than http.max_connections_total, which is {}", most));
  }
}

std::vector<std::string_view> items_of(std::string_view list) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> items;
  for (;;) {
    std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(kBlanks), item.size()));
    items.push_back(item.substr(0, item.find_last_not_of(kBlanks) + 1));
    if (comma == list.size()) return items;
    list.remove_prefix(comma + 1);
  }
}

std::string date_pattern_fault(std::string_view pattern) {
  constexpr std::string_view kLetters = "yMdHmsSZzX";
  bool quoted = false;
  for (char c : pattern) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && is_letter(c) && kLetters.find(c) == std::string_view::npos) {
      return fmt::format("has the letter {}, which is not supported outside of apostrophes", c);
    }
  }
  return quoted ? "has an apostrophe without its second" : "";
}

}  // namespace outpost::supervisor
