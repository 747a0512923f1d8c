#include "protocol/http/part_charsets.h"

#include <algorithm>
#include <utility>

#include "common/text.h"

namespace outpost::protocol {

namespace {

constexpr const char* kPartCharsets[] = {"ISO-8859-1",   "ISO-8859-15", "WINDOWS-1251",
                                         "WINDOWS-1252", "SHIFT_JIS",   "UTF-16"};

}  // namespace

PartCharsets PartCharsets::open() {
  PartCharsets charsets;
  for (const char* name : kPartCharsets) {
    auto converter = CharsetConverter::make(name, "UTF-8");
    if (converter) charsets.known_.push_back({name, *std::move(converter)});
  }
  return charsets;
}

bool PartCharsets::is_utf8_name(std::string_view name) {
  return equal_ignoring_case(name, "UTF-8") || equal_ignoring_case(name, "UTF8") ||
         equal_ignoring_case(name, "US-ASCII");
}

const CharsetConverter* PartCharsets::find(std::string_view name) const {
  auto found = std::ranges::find_if(known_, [&](const Known& one) { return equal_ignoring_case(one.name, name); });
  return found == known_.end() ? nullptr : &found->converter;
}

std::string PartCharsets::names() const {
  std::string text = "UTF-8, US-ASCII";
  for (const Known& one : known_) text += ", " + one.name;
  return text;
}

}  // namespace outpost::protocol
