// Reads objects of an apply file, and finds all that is wrong with them in one pass.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/integers.h"
#include "common/json.h"
#include "common/text.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Sentences with their lines, of which the first hundred are kept.
class Problems {
 public:
  static constexpr std::size_t kKeptMax = 100;
  static constexpr std::size_t kSentenceBytesMax = 1000;

  template <class... Args>
  void add(int line, fmt::format_string<Args...> text, Args&&... args) {
    if (++count_ > kKeptMax) return;
    std::string sentence = fmt::format(text, std::forward<Args>(args)...);
    if (sentence.size() > kSentenceBytesMax) sentence.replace(kSentenceBytesMax, std::string::npos, "...");
    fmt::format_to(std::back_inserter(text_), "{}line {}: {}", count_ > 1 ? "\n" : "", line, sentence);
  }
  // What is valid and probably not meant.
  template <class... Args>
  void warn(int line, fmt::format_string<Args...> text, Args&&... args) {
    if (warnings_.size() == kKeptMax) return;
    warnings_.push_back(fmt::format("line {}: {}", line, fmt::format(text, std::forward<Args>(args)...)));
  }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  [[nodiscard]] bool any() const { return count_ > 0; }
  [[nodiscard]] bool full() const { return count_ >= kKeptMax; }
  [[nodiscard]] std::string text() const {
    return count_ <= kKeptMax ? text_ : text_ + fmt::format("\nand {} more", count_ - kKeptMax);
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
  std::vector<std::string> warnings_;
};

// What can name an object: not empty, no blanks at its ends, no control characters.
inline bool is_name(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && trim(text) == text &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Reads the members of one object of the file. Whatever is wrong goes to the problems, and a harmless value comes back,
// so that one pass finds everything.
class ObjectReader {
 public:
  ObjectReader(const JsonValue& object, std::string_view kind, std::vector<std::string_view> keys, Problems& problems)
      : object_(object), problems_(problems), label_(kind) {
    const auto* members = std::get_if<JsonValue::Object>(&object.value);
    if (!members) {
      problems.add(object.line, "{}: must be an object, not {}", kind, object.kind_name());
      return;
    }
    const JsonValue* name = object.find("name");
    const auto* text = name ? std::get_if<std::string>(&name->value) : nullptr;
    if (text && is_name(*text, protocol::kNameBytesMax)) label_ = fmt::format("{} \"{}\"", kind, *text);
    for (const auto& [key, value] : *members) {
      if (std::ranges::find(keys, key) != keys.end()) continue;
      std::string_view near = nearest(key, keys);
      near.empty() ? problem(&value, "\"{}\" is not known; known are {}", key, join(keys, ", "))
                   : problem(&value, "\"{}\" is not known; is \"{}\" meant?", key, near);
    }
  }

  template <class... Args>
  void problem(const JsonValue* value, fmt::format_string<Args...> text, Args&&... args) {
    problems_.add(value ? value->line : object_.line, "{}: {}", label_, fmt::format(text, std::forward<Args>(args)...));
  }

  // What others have found in a member.
  void problem_at(int line, std::string_view text) { problems_.add(line, "{}: {}", label_, text); }
  void warn_at(int line, std::string_view text) { problems_.warn(line, "{}: {}", label_, text); }

  template <class... Args>
  void warn(const JsonValue* value, fmt::format_string<Args...> text, Args&&... args) {
    problems_.warn(value ? value->line : object_.line, "{}: {}", label_,
                   fmt::format(text, std::forward<Args>(args)...));
  }

  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high, std::optional<std::int64_t> absent) {
    const JsonValue* value = present(key, !absent);
    if (!value) return absent.value_or(0);
    const auto* number = std::get_if<std::int64_t>(&value->value);
    if (number && *number >= low && *number <= high) return *number;
    problem(value, "{} must be an integer from {} to {}", key, low, high);
    return absent.value_or(0);
  }
  // 0 when it is not given well.
  std::int64_t dbid() { return integer("dbid", 1, kDbidMax, std::nullopt); }

  std::string name(std::string_view key = "name") {
    const JsonValue* value = present(key, true);
    const auto* text = value ? std::get_if<std::string>(&value->value) : nullptr;
    if (text && is_name(*text, protocol::kNameBytesMax)) return *text;
    if (value) {
      problem(value, "{} must be a text of 1 to {} bytes without control characters and blanks at its ends", key,
              protocol::kNameBytesMax);
    }
    return {};
  }
  std::string optional_text(std::string_view key, std::size_t bytes_max) {
    const JsonValue* value = present(key, false);
    if (!value) return {};
    const auto* text = std::get_if<std::string>(&value->value);
    if (text && text->size() <= bytes_max) return *text;
    problem(value, "{} must be a text of at most {} bytes", key, bytes_max);
    return {};
  }
  bool flag(std::string_view key, bool absent) {
    const JsonValue* value = present(key, false);
    if (!value) return absent;
    if (const auto* given = std::get_if<bool>(&value->value)) return *given;
    problem(value, "{} must be true or false", key);
    return absent;
  }
  template <class Enum>
  Enum enumerated(std::string_view key, const protocol::Enumeration& enumeration, Enum absent) {
    const JsonValue* value = present(key, false);
    if (!value) return absent;
    const auto* text = std::get_if<std::string>(&value->value);
    const auto* number = std::get_if<std::int64_t>(&value->value);
    std::string given = text ? *text : number ? std::to_string(*number) : std::string();
    if (auto parsed = enumeration.parse(given)) return static_cast<Enum>(*parsed);
    problem(value, "{} must be one of {}, or its number from 0{}", key, join(enumeration.names, ", "),
            given.empty() ? std::string() : fmt::format("; \"{}\" is none", given));
    return absent;
  }
  const JsonValue::Array& array(std::string_view key, std::size_t items_max) {
    static const JsonValue::Array kNone;
    const JsonValue* value = present(key, false);
    if (!value) return kNone;
    const auto* items = std::get_if<JsonValue::Array>(&value->value);
    if (items && items->size() <= items_max) return *items;
    problem(value, "{} must be a list of at most {} items", key, items_max);
    return kNone;
  }

  // The object of another kind that is named under `key`; nullptr when there is none, which is a problem then.
  template <class T>
  const T* reference(std::string_view key, std::string_view kind, const std::vector<T>& objects) {
    std::string wanted = name(key);
    if (wanted.empty()) return nullptr;
    auto found = std::ranges::find(objects, wanted, &T::name);
    if (found != objects.end()) return &*found;
    std::vector<std::string_view> names;
    if (!problems_.full()) std::ranges::transform(objects, std::back_inserter(names), &T::name);
    std::string_view near = nearest(wanted, names);
    problem(object_.find(key), "there is no {} \"{}\"{}", kind, wanted,
            near.empty() ? std::string() : fmt::format("; is \"{}\" meant?", near));
    return nullptr;
  }
  // The tenant may be left out when there is no choice.
  std::int64_t tenant(const std::vector<Tenant>& tenants) {
    if (!object_.find("tenant") && tenants.size() == 1) return tenants.front().dbid;
    const Tenant* found = reference("tenant", "tenant", tenants);
    return found ? found->dbid : 0;
  }

  [[nodiscard]] const JsonValue* find(std::string_view key) const { return object_.find(key); }
  // For an object inside this one.
  [[nodiscard]] ObjectReader inner(const JsonValue& object, std::string_view kind, std::vector<std::string_view> keys) {
    return ObjectReader(object, fmt::format("{}, {}", label_, kind), std::move(keys), problems_);
  }

 private:
  const JsonValue* present(std::string_view key, bool needed) {
    const JsonValue* value = object_.find(key);
    bool is_object = object_.kind() == JsonValue::Kind::object;  // else that was said already
    if (!value && needed && is_object) problem(nullptr, "{} is needed", key);
    return value;
  }

  const JsonValue& object_;
  Problems& problems_;
  std::string label_;
};

}  // namespace outpost::supervisor
