#include "protocol/mobile/call_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/log_filter.h"
#include "protocol/mobile/routes.h"
#include "protocol/outbound/exchange_log.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kUserData = "***";  // as custom fields have it

// One byte beyond what a line shows, so that the line says that it was cut.
std::string_view logged_front(std::string_view text) { return text.substr(0, kLoggedValueBytesMax + 1); }

void add_captures(Event& lines, const MobileRow& row, const Call& call) {
  std::string_view pattern = row.pattern;
  for (const std::string& capture : call.captures) {
    std::size_t open = std::min(pattern.find('{'), pattern.size());
    std::size_t close = std::min(pattern.find('}', open), pattern.size());
    std::string_view name = pattern.substr(open, close - open + 1);
    pattern.remove_prefix(std::min(close + 1, pattern.size()));
    // A key is the name of a value, and hidden as such.
    if (name.empty() || capture.empty() || log_view(capture) == LogView::hidden) continue;
    lines.add(std::string(name), logged_front(capture));
  }
}

std::string shown_value(const CallParameter& parameter, bool debug) {
  if (log_view(parameter.name) == LogView::masked) return std::string(kMaskedValue);
  std::size_t bytes = parameter.value.size();
  if (parameter.is_file) {
    std::string text =
        fmt::format("file of {} bytes, {}", bytes, parameter.content_type.empty() ? "no type" : parameter.content_type);
    return debug ? fmt::format("{}, {}", text, parameter.file_name) : text;
  }
  if (!debug) return fmt::format("{} bytes", bytes);
  // It may have names in it that nobody may see.
  if (may_be_json(parameter.value)) return filtered_json(parameter.value);
  return std::string(logged_front(parameter.value));
}

void add_parameters(Event& lines, const Call& call, bool debug) {
  std::size_t shown = 0;
  for (const CallParameter& parameter : call.parameters) {
    if (log_view(parameter.name) == LogView::hidden) continue;
    if (shown++ >= kLoggedParametersMax) continue;
    lines.add(parameter.name, logged_front(shown_value(parameter, debug)));
  }
  if (shown > kLoggedParametersMax)
    lines.add("(further parameters)", static_cast<std::int64_t>(shown - kLoggedParametersMax));
}

void add_json(Event& lines, const std::string& json, bool debug) {
  lines.add("(json)", debug ? std::string(logged_front(filtered_json(json))) : fmt::format("{} bytes", json.size()));
}

}  // namespace

std::string call_lines(const Call& call, bool debug) {
  Event lines;
  if (call.route < mobile_rows().size()) {
    const MobileRow& row = mobile_rows()[call.route];
    lines.add("(route)", fmt::format("{} {}{}", row.method, kMobilePrefix, row.pattern));
    add_captures(lines, row, call);
  }
  lines.add("(listener)", call.listener);
  if (!call.peer.empty()) lines.add("(client)", call.peer);
  if (!call.user.empty()) lines.add("(gms_user)", debug ? logged_front(call.user) : kUserData);
  if (!call.principal.empty()) {
    lines.add("(proof)",
              fmt::format("{} {}", words_of(call.proof)[static_cast<std::size_t>(call.proof)], call.principal));
  }
  if (!call.json.empty()) add_json(lines, call.json, debug);
  add_parameters(lines, call, debug);
  return attribute_lines(lines, true);
}

std::string reply_lines(const CallReply& reply, bool debug) {
  constexpr std::string_view kJson = "application/json";
  Event lines;
  if (!reply.content_type.empty()) lines.add("(type)", reply.content_type);
  // Under which name a file is stored the reply does not say.
  bool is_json = !reply.attachment && (reply.content_type.empty() || reply.content_type.starts_with(kJson));
  if (debug && is_json && !reply.body.empty()) {
    lines.add("(body)", logged_front(filtered_json(reply.body)));
  } else {
    lines.add("(bytes)", static_cast<std::int64_t>(reply.body.size()));
  }
  return attribute_lines(lines, true);
}

}  // namespace outpost::protocol
