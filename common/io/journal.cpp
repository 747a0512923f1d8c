#include "common/io/journal.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace outpost {

// The variable alone says nothing: a child of a service, whose stderr is another one, has it as well.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (!stream || fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

std::string journal_prefix(Severity severity) { return fmt::format("<{}>", static_cast<int>(severity)); }

void tell(Severity severity, std::string_view line) {
  fmt::print(stderr, "{}{}\n", stderr_is_journal() ? journal_prefix(severity) : std::string(), line);
}

}  // namespace outpost
