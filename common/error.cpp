#include "common/error.h"

#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace outpost {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
#define X(name, text) \
  case Errc::name: return text;
    OUTPOST_ERRC_LIST(X)
#undef X
  }
  return "unknown error";
}

Failure fail_errno(int errno_value, std::string_view what) {
  return fail(Errc::io, "{}: {}", what, std::generic_category().message(errno_value));
}

void ensure_failed(const char* file, int line, const char* condition, std::string_view text) noexcept {
  std::fprintf(stderr, "%s:%d: ENSURE(%s) failed: %.*s\n", file, line, condition, static_cast<int>(text.size()),
               text.data());
  std::abort();
}

}  // namespace outpost
