// Enums that people write as words, in a configuration or a log: parsed where they come in, an enum from there on.
//
//   enum class Colour : std::uint8_t { red, green };
//   inline constexpr std::array<std::string_view, 2> kColourWords{"red", "green"};
//   constexpr std::span<const std::string_view> words_of(Colour) { return kColourWords; }
//
// words_of() has a word for each value, from 0 on, and is found by its argument.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace outpost {

template <class E>
concept Worded = std::is_enum_v<E> && requires(E value) {
  { words_of(value) } -> std::convertible_to<std::span<const std::string_view>>;
};

template <Worded E>
constexpr std::string_view word_of(E value) {
  return words_of(value)[static_cast<std::size_t>(value)];
}

template <Worded E>
constexpr std::optional<E> from_word(std::string_view word) {
  std::span<const std::string_view> words = words_of(E{});
  auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<E>(found - words.begin());
}

}  // namespace outpost
