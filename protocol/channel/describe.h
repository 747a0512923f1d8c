// Messages declared once.
//
// A message is a plain struct with
//   static constexpr std::uint16_t kId;            unique and rising in its family, never reused
//   static constexpr std::string_view kName;       for logs and manuals
//   static constexpr std::string_view kText;       one sentence
//   static constexpr auto fields();                a tuple of field("name", &Message::member, "meaning")
// and a family is std::variant<A, B, ...>. Encoding, decoding, the log line and the manual come from that alone.
//
// Wire form of a message: its fields in order. Integers little-endian; bool one byte; an enum that has words one byte,
// the number of its word; string and list start with a u32 count; an Event is described in event.h.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "common/error.h"
#include "common/text.h"
#include "common/words.h"
#include "protocol/outbound/event.h"

namespace outpost::protocol {

enum class Privacy : std::uint8_t { open, secret };  // a secret field's value is never logged

template <class Message, class Member>
struct Field {
  std::string_view name;
  Member Message::*member;
  std::string_view text;
  Privacy privacy;
};

template <class Message, class Member>
constexpr Field<Message, Member> field(std::string_view name, Member Message::*member, std::string_view text,
                                       Privacy privacy = Privacy::open) {
  return {name, member, text, privacy};
}

template <class T>
concept Described = requires {
  T::fields();
};

namespace detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <Described T>
void put(ByteWriter& out, const T& value);
template <Described T>
void get(ByteReader& in, T& value);

template <class T>
requires(!Described<T>) void put(ByteWriter& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_integral_v<T>) {
    out.integer(value);
  } else if constexpr (Worded<T>) {
    out.integer(static_cast<std::uint8_t>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.string(value);
  } else if constexpr (std::is_same_v<T, Event>) {
    value.encode(out);
  } else {
    static_assert(IsVector<T>::value,
                  "a field is an integer, bool, enum with words, string, Event, described struct or vector of them");
    out.integer(static_cast<std::uint32_t>(value.size()));
    for (const auto& item : value) put(out, item);
  }
}

template <class T>
requires(!Described<T>) void get(ByteReader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = in.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    value = in.integer<T>();
  } else if constexpr (Worded<T>) {
    auto number = in.integer<std::uint8_t>();
    if (number >= words_of(T{}).size()) return in.refuse();
    value = static_cast<T>(number);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = std::string(in.string());
  } else if constexpr (std::is_same_v<T, Event>) {
    value.decode(in);
  } else {
    static_assert(IsVector<T>::value,
                  "a field is an integer, bool, enum with words, string, Event, described struct or vector of them");
    std::uint32_t n = in.count(1);  // every item takes at least one byte
    value.clear();
    for (std::uint32_t i = 0; i < n && in.ok(); ++i) get(in, value.emplace_back());
  }
}

template <Described T>
void put(ByteWriter& out, const T& value) {
  std::apply([&](const auto&... f) { (put(out, value.*(f.member)), ...); }, T::fields());
}

template <Described T>
void get(ByteReader& in, T& value) {
  std::apply([&](const auto&... f) { (get(in, value.*(f.member)), ...); }, T::fields());
}

template <class T>
void show(std::string& out, const T& value);

template <Described T>
void show_fields(std::string& out, const T& value) {
  std::apply(
      [&](const auto&... f) {
        ((out += ' ', out += f.name, out += '=',
          f.privacy == Privacy::secret ? void(out += "***") : show(out, value.*(f.member))),
         ...);
      },
      T::fields());
}

template <class T>
void show(std::string& out, const T& value) {
  if constexpr (Described<T>) {
    out += '{';
    show_fields(out, value);
    out += " }";
  } else if constexpr (std::is_same_v<T, std::string>) {
    out += '\'';
    out += escape_control(value);
    out += '\'';
  } else if constexpr (Worded<T>) {
    out += word_of(value);
  } else if constexpr (std::is_same_v<T, Event>) {
    fmt::format_to(std::back_inserter(out), "{} attributes", value.size());
  } else if constexpr (IsVector<T>::value) {
    fmt::format_to(std::back_inserter(out), "{} items", value.size());
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

template <Described Message>
Result<> decode_into(Message& message, std::string_view payload) {
  ByteReader in(payload);
  get(in, message);
  if (!in.ok()) return fail(Errc::protocol, "message {} is cut off or malformed", Message::kName);
  if (!in.at_end()) return fail(Errc::protocol, "message {} has bytes behind its end", Message::kName);
  return {};
}

template <class Family, std::size_t I>
Result<Family> decode_as(std::uint16_t id, std::string_view payload) {
  if constexpr (I == std::variant_size_v<Family>) {
    return fail(Errc::protocol, "message type {} is not known here", id);
  } else {
    using Message = std::variant_alternative_t<I, Family>;
    if (id != Message::kId) return decode_as<Family, I + 1>(id, payload);
    Result<Family> message{Family(std::in_place_index<I>)};
    if (auto done = decode_into(std::get<I>(*message), payload); !done) return pass(done);
    return message;
  }
}

template <class Family, std::size_t... I>
constexpr bool ids_rise(std::index_sequence<I...>) {
  std::uint16_t last = 0;
  bool rising = true;
  ((rising = rising && std::variant_alternative_t<I, Family>::kId > last,
    last = std::variant_alternative_t<I, Family>::kId),
   ...);
  return rising;
}

}  // namespace detail

template <class Message>
void encode(const Message& message, std::string& out) {
  ByteWriter writer(out);
  detail::put(writer, message);
}

// Strict: an unknown type, a cut-off message, a malformed value and a trailing byte are all errors.
template <class Family>
Result<Family> decode(std::uint16_t id, std::string_view payload) {
  static_assert(detail::ids_rise<Family>(std::make_index_sequence<std::variant_size_v<Family>>()),
                "message ids of a family must be unique and rising");
  return detail::decode_as<Family, 0>(id, payload);
}

// The same of one type, for whoever has looked at the id: a family has room for its largest message.
template <class Message>
Result<Message> decode_message(std::string_view payload) {
  Result<Message> message{Message()};
  if (auto done = detail::decode_into(*message, payload); !done) return pass(done);
  return message;
}

// "Bound port=8080 address='127.0.0.1'"; secret fields show as "***", control bytes escaped.
template <class Message>
std::string describe(const Message& message) {
  std::string out(Message::kName);
  detail::show_fields(out, message);
  return out;
}

// Calls visit(Message{}) for each message type of a family: for tests, fuzz seeds and manuals.
template <class Family, class Visit>
void for_each_message(Visit&& visit) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::variant_alternative_t<I, Family>{}), ...); }
  (std::make_index_sequence<std::variant_size_v<Family>>());
}

// For std::visit over a family with one lambda per message.
template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace outpost::protocol
