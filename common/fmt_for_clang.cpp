// <fmt/core.h> leaves this template to the library. Debian's is compiled by GCC, which names it otherwise than clang
// does, so for clang (scripts/fuzz) it is compiled here.
#ifdef __clang__
#include <fmt/format.h>

namespace outpost {

extern decltype(&fmt::detail::vformat_to<char>) const kFormatToOfClang;
decltype(&fmt::detail::vformat_to<char>) const kFormatToOfClang = &fmt::detail::vformat_to<char>;

}  // namespace outpost
#endif
