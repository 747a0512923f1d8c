// The attributes of the outbound protocols as rows, and the keys of events, which know their row. The rows themselves
// are in vocabulary.cpp. Source: ocs.md 3.2.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace outpost::protocol {

struct Enumeration;

enum class ValueType : std::uint8_t {
  text,         // a string
  integer,      // an integer; its decimal form as a string is accepted
  number_enum,  // name or number in, number out: call result, record type, record status, phone type
  name_enum,    // name or number in, name out: callback type, chain attribute, treatment, campaign mode
  any,          // a string or an integer, kept as it came: reference id
};

struct Attribute {
  std::string_view key;
  ValueType type;
  std::int64_t low = INT32_MIN;  // for integers
  std::int64_t high = INT32_MAX;
  std::size_t bytes_max = 255;  // for texts, in bytes
  const Enumeration& (*enumeration)() = nullptr;
  std::string_view text;  // for the manual: what it is, and what is valid
};

// Sorted by key. Keys that are not here pass unchanged.
std::span<const Attribute> attributes();
// Null for a key that is not there.
const Attribute* find_attribute(std::string_view key);

// The key of an event's value: text, of which that of an attribute is looked up once and not kept, and so takes no
// memory of its own however often it is copied.
class EventKey {
 public:
  EventKey() = default;
  EventKey(std::string_view text) : known_(find_attribute(text)) {
    if (!known_) own_ = text;
  }
  EventKey(const char* text) : EventKey(std::string_view(text)) {}
  EventKey(const std::string& text) : EventKey(std::string_view(text)) {}
  EventKey(std::string&& text) : known_(find_attribute(text)) {
    if (!known_) own_ = std::move(text);
  }
  EventKey(const Attribute& row) : known_(&row) {}

  // The attribute that is called so; null when none is.
  [[nodiscard]] const Attribute* known() const { return known_; }
  [[nodiscard]] std::string_view text() const { return known_ ? known_->key : std::string_view(own_); }
  operator std::string_view() const { return text(); }
  [[nodiscard]] std::size_t size() const { return text().size(); }
  [[nodiscard]] bool empty() const { return !known_ && own_.empty(); }
  [[nodiscard]] bool starts_with(std::string_view front) const { return text().starts_with(front); }

  bool operator==(const EventKey&) const = default;  // equal texts have one row, or none
  template <std::convertible_to<std::string_view> Text>
  requires(!std::same_as<Text, EventKey>) bool operator==(const Text& other) const {
    return text() == std::string_view(other);
  }

 private:
  const Attribute* known_ = nullptr;
  std::string own_;  // without a row
};

}  // namespace outpost::protocol
