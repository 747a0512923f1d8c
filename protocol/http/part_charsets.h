// The character sets that a text part of a form may be in beside UTF-8. What they need of the system is taken once, at
// the beginning: behind the sandbox no file can be opened for a further one. Source: RFC 7578 4.4 and 5.1.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/charset.h"

namespace outpost::protocol {

class PartCharsets {
 public:
  // UTF-8 and US-ASCII alone.
  PartCharsets() = default;
  // Those too that iconv knows here of a few.
  static PartCharsets open();

  [[nodiscard]] static bool is_utf8_name(std::string_view name);
  // Null: another one, or UTF-8 itself, which needs none.
  [[nodiscard]] const CharsetConverter* find(std::string_view name) const;
  // "UTF-8, US-ASCII, ISO-8859-1", for errors.
  [[nodiscard]] std::string names() const;

 private:
  struct Known {
    std::string name;
    CharsetConverter converter;
  };
  std::vector<Known> known_;
};

}  // namespace outpost::protocol
