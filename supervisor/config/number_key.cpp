#include "supervisor/config/number_key.h"

#include "common/text.h"

namespace outpost::supervisor {

std::string number_key(std::string_view number) {
  constexpr std::string_view kNotCounted = " \t-().";
  std::string key = to_lower(number);
  std::erase_if(key, [&](char c) { return kNotCounted.find(c) != std::string_view::npos; });
  return key;
}

}  // namespace outpost::supervisor
