// Errors as values.
//
// Result<T> is what a function returns that can fail for a reason a peer, a user or the machine can cause. It passes up
// unchanged to one of four edges: an HTTP response, a channel or control reply, a log line, an exit code.
// ENSURE is for what only a bug can cause: it aborts with its text.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace outpost {

#define OUTPOST_ERRC_LIST(X)                               \
  X(invalid, "invalid input")                              \
  X(not_found, "not found")                                \
  X(exists, "exists already")                              \
  X(io, "input or output failed")                          \
  X(protocol, "protocol violated by the other side")       \
  X(limit, "a limit was exceeded")                         \
  X(busy, "in use by someone else")                        \
  X(closed, "closed")                                      \
  X(timeout, "time ran out")                               \
  X(unsupported, "not supported")                          \
  X(store, "the store failed")                             \
  X(unavailable, "the store cannot be reached now")        \
  X(fenced, "another supervisor holds the role of writer") \
  X(conflict, "another transaction was in the way")

enum class Errc : std::uint8_t {
#define X(name, text) name,
  OUTPOST_ERRC_LIST(X)
#undef X
};

// The fixed text of a code, for logs.
std::string_view to_string(Errc code) noexcept;

struct Error {
  Errc code;
  std::string text;  // one sentence for a person: what was wrong, and what would be right
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Failure = tl::unexpected<Error>;

template <class... Args>
[[nodiscard]] Failure fail(Errc code, fmt::format_string<Args...> text, Args&&... args) {
  return Failure(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

[[nodiscard]] inline Failure fail(Error error) { return Failure(std::move(error)); }

// Hands on the error of a result that has failed, to a result of another type too: `if (!read) return pass(read);`.
template <class Failed>
[[nodiscard]] auto pass(Failed& failed) {
  return tl::unexpected(std::move(failed.error()));
}

// fail() with the text of an errno value (not negated) behind it: "cannot open x: Permission denied".
[[nodiscard]] Failure fail_errno(int errno_value, std::string_view what);

[[noreturn]] void ensure_failed(const char* file, int line, const char* condition, std::string_view text) noexcept;

}  // namespace outpost

#define ENSURE(condition, text) \
  ((condition) ? static_cast<void>(0) : ::outpost::ensure_failed(__FILE__, __LINE__, #condition, text))
