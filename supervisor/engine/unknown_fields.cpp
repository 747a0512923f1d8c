#include "supervisor/engine/unknown_fields.h"

#include <algorithm>
#include <vector>

#include "common/text.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;

namespace {

constexpr std::size_t kKeyBytesShown = 64;
// Looked up and named in one answer; of the others the number is told. Each costs a comparison with all known names.
constexpr std::size_t kKeysNamed = 5;

constexpr protocol::Enumeration kEnumeration{"treatment of unknown fields", kUnknownFieldsWords};

// A key as people may see it, and the known one that may have been meant.
struct Named {
  std::string key;
  std::string_view near;
};

bool is_unknown(const RequestContext& context, const CallingList* list, const protocol::Event::Attribute& attribute) {
  if (!is_custom(attribute.key)) return !attribute.key.known();
  std::string_view key = attribute.key;
  return context.row.custom && list && std::ranges::find(list->custom_fields, key) == list->custom_fields.end();
}

std::string shown(std::string_view key) {
  std::string_view front = key.substr(0, kKeyBytesShown);
  front = front.substr(0, utf8_prefix(front));
  return escape_control(front) + (front.size() < key.size() ? "..." : "");
}

std::vector<std::string_view> known_names(const CallingList* list) {
  std::vector<std::string_view> names;
  if (list) names.assign(list->custom_fields.begin(), list->custom_fields.end());
  for (const protocol::Attribute& attribute : protocol::attributes()) names.push_back(attribute.key);
  return names;
}

std::string hint(const Named& named) {
  return named.near.empty() ? std::string() : fmt::format(" (is {} meant?)", named.near);
}

void tell(const RequestContext& context, const CallingList* list, const Named& named, std::string_view done) {
  std::string of = list ? fmt::format(" of calling list \"{}\"", list->name) : std::string();
  if (!context.unknown_watch.is_news(named.key + of, context.now)) return;
  context.log(log_messages::kUnknownField, fmt::format("unknown field{} in {} {}: {}{}; told once an hour", of,
                                                       context.row.request, done, named.key, hint(named)));
}

}  // namespace

const protocol::Enumeration& unknown_fields_words() { return kEnumeration; }

bool UnknownFieldWatch::is_news(const std::string& name, std::int64_t now) {
  // Also when the clock was set back.
  auto is_over = [now](std::int64_t told) { return told > now || now - told >= kQuietSeconds; };
  auto known = told_.find(name);
  if (known != told_.end()) {
    if (!is_over(known->second)) return false;
    known->second = now;
    return true;
  }
  if (told_.size() >= kNamesMax) std::erase_if(told_, [&](const auto& entry) { return is_over(entry.second); });
  if (told_.size() >= kNamesMax) return false;
  told_.emplace(name, now);
  return true;
}

Step<> settle_unknown_fields(RequestContext& context, const CallingList* list) {
  context.event.remove(kUnknownFieldsKey);  // of an answer that is sent back
  bool of_list = list && list->unknown_fields != UnknownFields::application;
  UnknownFields what = of_list ? list->unknown_fields : context.settings.unknown_fields;
  if (what == UnknownFields::carry) return {};

  bool refused = what == UnknownFields::refuse;
  std::vector<Named> named;
  std::size_t count = 0;
  std::vector<std::string_view> known;
  auto judge = [&](const protocol::Event::Attribute& attribute) {
    if (!is_unknown(context, list, attribute)) return false;
    if (count == 0) known = known_names(list);
    if (++count <= kKeysNamed) named.push_back({shown(attribute.key), nearest(attribute.key, known)});
    return !refused;
  };
  std::erase_if(context.event.attributes(), judge);
  if (count == 0) return {};

  context.unknown_watch.count(count);
  for (const Named& one : named) tell(context, list, one, refused ? "refused" : "not stored");
  if (refused) {
    std::string near = named[0].near.empty() ? std::string() : fmt::format("; is {} meant?", named[0].near);
    return refuse(ErrorNumber::invalid_attribute, "there is no field {}{}", named[0].key, near);
  }
  for (const Named& one : named) {
    context.unknown_fields += (context.unknown_fields.empty() ? "" : ", ") + one.key + hint(one);
  }
  if (count > named.size()) context.unknown_fields += fmt::format(" and {} more", count - named.size());
  return {};
}

}  // namespace outpost::supervisor
