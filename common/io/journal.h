// Lines on stderr, as a person reads them on a terminal and the journal sorts them. Source: sd-daemon(3), and
// systemd.exec(5) on JOURNAL_STREAM.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outpost {

// As syslog numbers them.
enum class Severity : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

// Whether stderr is a stream of the journal, so that a line may begin with its severity.
bool stderr_is_journal();
// "<4>".
std::string journal_prefix(Severity severity);
// A line on stderr; `line` has no line feed.
void tell(Severity severity, std::string_view line);

}  // namespace outpost
