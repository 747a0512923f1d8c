#include "protocol/outbound/event.h"

#include <algorithm>

namespace outpost::protocol {

namespace {

enum : std::uint8_t { kString = 0, kInteger = 1 };
constexpr std::size_t kAttributeBytesMin = 4 + 1 + 4;  // empty key, type, empty string

void encode_attribute(const Event::Attribute& attribute, ByteWriter& out) {
  out.string(attribute.key);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out.integer<std::uint8_t>(kString);
    out.string(*text);
  } else {
    out.integer<std::uint8_t>(kInteger);
    out.integer(std::get<std::int64_t>(attribute.value));
  }
}

}  // namespace

void Event::set(std::string_view key, Value value) {
  for (auto& attribute : attributes_) {
    if (attribute.key == key) {
      attribute.value = std::move(value);
      return;
    }
  }
  attributes_.push_back({key, std::move(value)});
}

bool Event::remove(std::string_view key) {
  return std::erase_if(attributes_, [key](const Attribute& a) { return a.key == key; }) > 0;
}

const Event::Value* Event::find(std::string_view key) const {
  for (const auto& attribute : attributes_) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

std::optional<std::int64_t> Event::integer(std::string_view key) const {
  const Value* value = find(key);
  const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
  return number ? std::optional(*number) : std::nullopt;
}

const std::string* Event::string(std::string_view key) const {
  const Value* value = find(key);
  return value ? std::get_if<std::string>(value) : nullptr;
}

std::size_t Event::wire_bytes() const {
  constexpr std::size_t kLength = sizeof(std::uint32_t);
  std::size_t bytes = kLength;
  for (const Attribute& attribute : attributes_) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    bytes += kLength + attribute.key.size() + 1 + (text ? kLength + text->size() : sizeof(std::int64_t));
  }
  return bytes;
}

void Event::encode(ByteWriter& out) const {
  out.integer(static_cast<std::uint32_t>(attributes_.size()));
  for (const Attribute& attribute : attributes_) encode_attribute(attribute, out);
}

void Event::encode_without(std::string_view key, ByteWriter& out) const {
  auto others = std::ranges::count_if(attributes_, [&](const Attribute& a) { return a.key != key; });
  out.integer(static_cast<std::uint32_t>(others));
  for (const Attribute& attribute : attributes_) {
    if (attribute.key != key) encode_attribute(attribute, out);
  }
}

void Event::decode(ByteReader& in) {
  attributes_.clear();
  std::uint32_t n = in.count(kAttributeBytesMin);
  if (n > kAttributesMax) in.refuse();
  if (!in.ok()) return;
  attributes_.reserve(n);
  for (std::uint32_t i = 0; i < n && in.ok(); ++i) {
    std::string_view key = in.string();
    if (key.size() > kKeyBytesMax) in.refuse();
    auto type = in.integer<std::uint8_t>();
    if (type != kString && type != kInteger) in.refuse();
    if (!in.ok()) return;
    Attribute& attribute = attributes_.emplace_back();  // filled where it stands: this is done for each of an event
    attribute.key = EventKey(key);
    if (type == kString) {
      std::get<std::string>(attribute.value) = in.string();
    } else {
      attribute.value = in.integer<std::int64_t>();
    }
  }
}

}  // namespace outpost::protocol
