#include "supervisor/mobile/shared_options.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/digest.h"
#include "common/json.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::string_view kShared[] = {"gms",         "service.*", "resources", "list.*",
                                        "connections", "ors",       "push",      "push.provider.*"};
constexpr std::size_t kDigestDigits = 16;

// Of an open row each option by its name. What is secret stays out: who reads a digest might try passwords on it.
void add_row(std::string& text, const std::string& path, const OptionRow& row, const OptionValue& value) {
  auto add = [&](std::string_view name, const OptionValue& one) {
    if (!row.is_secret(name)) text += fmt::format("{}.{}={}\n", path, name, option_text(one));
  };
  const auto* texts = std::get_if<OptionTexts>(&value);
  if (!texts) return add(row.name, value);
  for (const auto& [name, one] : *texts) add(name, one);
}

// Of all entries of a section.
std::string section_digest(const Options<Config>& options, const OptionSettings& settings, std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < options.table().size(); ++i) {
    const OptionSection& section = options.table()[i];
    if (section.name != name) continue;
    for (const OptionSettings::Instance& instance : settings.sections[i]) {
      for (std::size_t row = 0; row < instance.rows.size(); ++row) {
        add_row(text, instance.path, section.rows[row], instance.rows[row].value);
      }
    }
  }
  return to_hex(sha256(text)).substr(0, kDigestDigits);
}

}  // namespace

std::string shared_digests(const Config& config) {
  const Options<Config>& options = config_options();
  OptionSettings settings = options.settings(config);
  JsonWriter out;
  out.begin_object();
  for (std::string_view name : kShared) out.member(name, section_digest(options, settings, name));
  return out.end_object().take();
}

std::vector<std::string> differing_sections(std::string_view ours, std::string_view theirs) {
  std::vector<std::string> differing;
  auto here = parse_json(ours);
  auto there = parse_json(theirs);
  const auto* members = here ? std::get_if<JsonValue::Object>(&here->value) : nullptr;
  if (!members || !there) return differing;
  for (const auto& [section, digest] : *members) {
    // A node of another version may not have it.
    const JsonValue* other = there->find(section);
    const auto* a = std::get_if<std::string>(&digest.value);
    const auto* b = other ? std::get_if<std::string>(&other->value) : nullptr;
    if (a && b && *a != *b) differing.push_back(section);
  }
  return differing;
}

std::vector<std::string> option_warnings(const StateNode& self, const std::vector<StateNode>& nodes,
                                         std::int64_t now_ms) {
  std::vector<std::string> warnings;
  for (const StateNode& node : nodes) {
    if (node.node_id == self.node_id || now_ms - node.seen_at > kNodeStaleMs) continue;
    for (const std::string& section : differing_sections(self.digests, node.digests)) {
      warnings.push_back(fmt::format("section {} is not that of node {} ({}): all nodes need the same", section,
                                     node.node_id, node.name));
    }
  }
  return warnings;
}

}  // namespace outpost::supervisor::mobile
