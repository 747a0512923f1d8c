// An outbound-protocol event: an ordered list of keys with string or integer values (a TKV list).
// Source: ocs.md 2.1 (value types), design.md section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "protocol/outbound/attribute.h"

namespace outpost::protocol {

class Event {
 public:
  using Value = std::variant<std::string, std::int64_t>;
  struct Attribute {
    EventKey key;
    Value value;
    bool operator==(const Attribute&) const = default;
  };

  // Most attributes and longest key that any decoder accepts: twice what a request body may bring (kBodyKeysMax), so
  // that an answer that echoes everything still fits.
  static constexpr std::uint32_t kAttributesMax = 1024;
  static constexpr std::uint32_t kKeyBytesMax = 512;

  void add(EventKey key, std::string value) { attributes_.push_back({std::move(key), std::move(value)}); }
  void add(EventKey key, std::string_view value) { add(std::move(key), std::string(value)); }
  void add(EventKey key, const char* value) { add(std::move(key), std::string(value)); }
  void add(EventKey key, std::int64_t value) { attributes_.push_back({std::move(key), value}); }
  void add(EventKey key, Value value) { attributes_.push_back({std::move(key), std::move(value)}); }
  // Replaces the value of the first such key, or adds at the end.
  void set(std::string_view key, Value value);
  // Removes every such key; true when there was one.
  bool remove(std::string_view key);

  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  // Nothing when the key is absent or of the other type.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] const std::string* string(std::string_view key) const;

  [[nodiscard]] std::size_t size() const { return attributes_.size(); }
  [[nodiscard]] bool empty() const { return attributes_.empty(); }
  [[nodiscard]] auto begin() const { return attributes_.begin(); }
  [[nodiscard]] auto end() const { return attributes_.end(); }
  [[nodiscard]] std::vector<Attribute>& attributes() { return attributes_; }
  void reserve(std::size_t attributes) { attributes_.reserve(attributes); }
  bool operator==(const Event&) const = default;

  // Wire form: u32 count, then per attribute: key, type byte (0 string, 1 integer), value (string, or i64).
  void encode(ByteWriter& out) const;
  [[nodiscard]] std::size_t wire_bytes() const;
  // The same of an event that has nothing under this key.
  void encode_without(std::string_view key, ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  std::vector<Attribute> attributes_;
};

}  // namespace outpost::protocol
