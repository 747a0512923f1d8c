// The attributes of the outbound protocols as rows, and the keys of events, which know their row. The rows themselves
// are in vocabulary.cpp. Source: ocs.md 3.2.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
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
  std::string_view text;          // for the manual: what it is, and what is valid
  std::string_view example = {};  // for the manual, of texts and integers
  std::string_view form = {};     // of texts, when it is a fixed one: each letter stands for a digit
};

// Sorted by key. Keys that are not here pass unchanged.
std::span<const Attribute> attributes();
// Null for a key that is not there.
const Attribute* find_attribute(std::string_view key);

// The key of an event's value: text, of which that of an attribute is looked up once and not kept, and so takes no
// memory of its own however often it is copied; nor does another of up to 15 bytes. It is small, for events are made,
// moved and copied several times on the way of a request.
class EventKey {
 public:
  EventKey() = default;
  EventKey(std::string_view text);
  EventKey(const char* text) : EventKey(std::string_view(text)) {}
  EventKey(const std::string& text) : EventKey(std::string_view(text)) {}
  EventKey(const Attribute& row) : form_(kKnown) { put_pointer(&row); }
  EventKey(const EventKey& other) : EventKey() { copy(other); }
  EventKey(EventKey&& other) noexcept { take(other); }
  EventKey& operator=(const EventKey& other) {
    if (this != &other) {
      drop();
      copy(other);
    }
    return *this;
  }
  EventKey& operator=(EventKey&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~EventKey() { drop(); }

  // The attribute that is called so; null when none is.
  [[nodiscard]] const Attribute* known() const { return form_ == kKnown ? pointer<const Attribute>() : nullptr; }
  [[nodiscard]] std::string_view text() const {
    if (form_ == kKnown) return known()->key;
    return form_ == kOwned ? std::string_view(pointer<const char>(), owned_size()) : std::string_view(bytes_, form_);
  }
  operator std::string_view() const { return text(); }
  [[nodiscard]] std::size_t size() const { return text().size(); }
  [[nodiscard]] bool empty() const { return form_ == 0; }
  [[nodiscard]] bool starts_with(std::string_view front) const { return text().starts_with(front); }

  bool operator==(const EventKey& other) const {  // equal texts have one row, or none
    return known() == other.known() && (known() || text() == other.text());
  }
  template <std::convertible_to<std::string_view> Text>
  requires(!std::same_as<Text, EventKey>) bool operator==(const Text& other) const {
    return text() == std::string_view(other);
  }

 private:
  static constexpr std::size_t kInside = 15;  // bytes of text that fit
  static constexpr std::uint8_t kOwned = 0xFE;
  static constexpr std::uint8_t kKnown = 0xFF;

  template <class T>
  [[nodiscard]] T* pointer() const {
    T* value;
    std::memcpy(&value, bytes_, sizeof(void*));
    return value;
  }
  void put_pointer(const void* value) { std::memcpy(bytes_, &value, sizeof value); }
  [[nodiscard]] std::uint32_t owned_size() const {
    std::uint32_t size;
    std::memcpy(&size, bytes_ + sizeof(void*), sizeof size);
    return size;
  }
  void put_text(std::string_view text);
  void copy(const EventKey& other) {
    if (other.form_ == kOwned) return put_text(other.text());
    std::memcpy(bytes_, other.bytes_, sizeof bytes_);
    form_ = other.form_;
  }
  void take(EventKey& other) noexcept {
    std::memcpy(bytes_, other.bytes_, sizeof bytes_);
    form_ = std::exchange(other.form_, std::uint8_t{0});
  }
  void drop() noexcept {
    if (form_ == kOwned) delete[] pointer<char>();
    form_ = 0;
  }

  alignas(void*) char bytes_[kInside] = {};  // the text, or a pointer: to the row, or to text and behind it the size
  std::uint8_t form_ = 0;                    // what is in there: text of so many bytes, or one of the above
};
static_assert(sizeof(EventKey) == 16);

}  // namespace outpost::protocol
