#include "supervisor/control/audit.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "common/text.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

constexpr std::size_t kValueBytesMax = 128;
constexpr std::size_t kItemsBytesMax = 512;  // of all in a list
constexpr std::size_t kArgumentsBytesMax = 1024;
constexpr std::string_view kCutOff = "...";

// Texts that name what is changed, and no person. Numbers and flags are always told.
constexpr std::array<std::string_view, 19> kTold{
    "agent",    "chain_by", "command",   "destination", "duplicates", "group",  "list",   "mode", "name", "names",
    "requests", "result",   "resources", "role",        "source",     "status", "tenant", "to",   "type"};
// Texts NAME=VALUE, of which the names are told.
constexpr std::string_view kAssignments = "set";
// What the reply says has come of it: numbers, and sentences about the catalogue and the configuration.
constexpr std::array<std::string_view, 9> kToldOfReply{"added",   "changed", "changes",  "given_back", "import_id",
                                                       "records", "removed", "restored", "rows"};

std::string shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  std::string_view front = text.substr(0, bytes_max);
  return std::string(front.substr(0, utf8_prefix(front))).append(kCutOff);
}

// No quote in it can be taken for its end.
std::string quoted_value(std::string_view text) {
  std::string out = shortened(text, kValueBytesMax);
  std::ranges::replace(out, '"', '\'');
  return '"' + out + '"';
}

// What has no name may be a value.
std::string_view assigned_name(std::string_view assignment) {
  std::size_t equals = assignment.find('=');
  return equals == assignment.npos ? "?" : assignment.substr(0, equals);
}

std::string told_items(const JsonValue::Array& items, bool assignments = false) {
  std::string out = "[";
  for (const JsonValue& item : items) {
    if (out.size() > 1) out += ' ';
    const auto* text = std::get_if<std::string>(&item.value);
    out += text ? quoted_value(assignments ? assigned_name(*text) : *text) : std::string("?");
    if (out.size() > kItemsBytesMax) return shortened(out, kItemsBytesMax) + ']';
  }
  return out + ']';
}

std::string told_value(std::string_view name, const JsonValue& value) {
  bool is_told = std::ranges::find(kTold, name) != kTold.end();
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value.value)) {
    return is_told ? quoted_value(*text) : fmt::format("({} bytes)", text->size());
  }
  if (const auto* items = std::get_if<JsonValue::Array>(&value.value)) {
    bool assignments = name == kAssignments;
    return is_told || assignments ? told_items(*items, assignments) : fmt::format("({} items)", items->size());
  }
  if (const auto* members = std::get_if<JsonValue::Object>(&value.value)) {
    return fmt::format("({} members)", members->size());
  }
  return "(not told)";
}

// " changed=3", of what there is to tell.
std::string told_outcome(const std::string& reply) {
  std::string out;
  auto json = parse_json(reply);
  if (!json) return out;
  for (std::string_view name : kToldOfReply) {
    const JsonValue* value = json->find(name);
    if (!value) continue;
    const auto* items = std::get_if<JsonValue::Array>(&value->value);
    if (items) {
      out += fmt::format(" {}={} {}", name, items->size(), told_items(*items));
    } else if (value->kind() == JsonValue::Kind::integer) {
      out += fmt::format(" {}={}", name, told_value(name, *value));
    }
  }
  return out;
}

// No name can be taken for a value, or for the outcome.
std::string told_name(std::string_view name) {
  bool plain = std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return plain ? shortened(name, kValueBytesMax) : "?";
}

}  // namespace

std::string audited_arguments(const JsonValue& arguments) {
  std::string out;
  const auto* members = std::get_if<JsonValue::Object>(&arguments.value);
  if (!members) return out;
  for (const auto& [name, value] : *members) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", told_name(name), told_value(name, value));
    if (out.size() > kArgumentsBytesMax) return shortened(out, kArgumentsBytesMax);
  }
  return out;
}

ControlCommand::Respond audited(Log& log, std::string_view actor, std::string_view command, const JsonValue& arguments,
                                ControlCommand::Respond respond) {
  std::string what = audited_arguments(arguments);
  std::string line = fmt::format("audit: {}: {}{}{}", actor, command, what.empty() ? "" : " ", what);
  return [&log, line = std::move(line), respond = std::move(respond)](Result<std::string> outcome) {
    if (outcome) {
      log.write(lm::kAudit, "{}: done{}", line, told_outcome(*outcome));
    } else {
      // Its sentence may quote what was sent, which may be people's data.
      log.write(lm::kAudit, "{}: refused: {}", line, to_string(outcome.error().code));
    }
    respond(std::move(outcome));
  };
}

}  // namespace outpost::supervisor
