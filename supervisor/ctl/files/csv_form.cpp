#include "supervisor/ctl/files/csv_form.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/text.h"
#include "common/unicode.h"

namespace outpost::supervisor::ctl {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kOtherDelimiters = ";\t|,";

struct Beginning {
  std::string_view bytes;
  std::string_view doubt;
};
// The longer first: UTF-32 begins as UTF-16 does.
constexpr Beginning kBeginnings[] = {
    {"\xFF\xFE\0\0"sv, "is UTF-32: --encoding UTF-32 reads it"},
    {"\0\0\xFE\xFF"sv, "is UTF-32: --encoding UTF-32 reads it"},
    {"\xFF\xFE"sv, "is UTF-16: --encoding UTF-16 reads it"},
    {"\xFE\xFF"sv, "is UTF-16: --encoding UTF-16 reads it"},
    {"PK\x03\x04"sv, "is a spreadsheet's own format or another archive: save it as CSV first"},
    {"\xD0\xCF\x11\xE0"sv, "is a spreadsheet's own format: save it as CSV first"},
    {"\x1F\x8B"sv, "is compressed: unpack it first"},
};

// Text of mostly Latin letters has a NUL in each unit of two bytes, always on the same side.
std::string utf16_doubt(std::string_view head) {
  std::size_t nuls[2] = {0, 0};
  for (std::size_t i = 0; i < head.size(); ++i) nuls[i % 2] += head[i] == '\0' ? 1 : 0;
  std::size_t units = head.size() / 2;
  if (units == 0 || std::max(nuls[0], nuls[1]) * 2 < units) return {};
  return nuls[1] > nuls[0] ? "looks like UTF-16: --encoding UTF-16LE reads it"
                           : "looks like UTF-16: --encoding UTF-16BE reads it";
}

std::string_view first_line(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Outside of quotation marks.
std::ptrdiff_t occurrences(char delimiter, std::string_view line) {
  std::ptrdiff_t count = 0;
  bool quoted = false;
  for (char c : line) {
    if (c == '"') quoted = !quoted;
    count += c == delimiter && !quoted ? 1 : 0;
  }
  return count;
}

std::string option_for(char delimiter) {
  if (delimiter == '\t') return "--delimiter tab";
  return fmt::format("--delimiter '{}'", delimiter);
}

std::string shown(char delimiter) { return delimiter == '\t' ? "tab" : std::string(1, delimiter); }

}  // namespace

std::string encoding_doubt(std::string_view head) {
  for (const Beginning& one : kBeginnings) {
    if (head.starts_with(one.bytes)) return std::string(one.doubt);
  }
  if (std::string doubt = utf16_doubt(head); !doubt.empty()) return doubt;
  if (is_utf8(first_line(head))) return {};
  return "is not UTF-8: the first line looks like Windows-1252 or Latin-1, which --encoding WINDOWS-1252 reads";
}

bool is_separator_line(std::string_view line, char& delimiter) {
  if (line.size() > 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !equal_ignoring_case(line.substr(0, 4), "sep=")) return false;
  delimiter = line[4];
  return true;
}

std::string form_doubt(std::string_view head, char delimiter) {
  if (std::size_t cr = std::min(head.find('\r'), head.size()); cr + 1 < head.size() && head.find('\n') == head.npos) {
    return "has lines that end with CR alone: \"tr '\\r' '\\n'\" makes lines of them that can be read";
  }
  std::string_view line = first_line(head);
  char named = delimiter;
  if (is_separator_line(line, named)) {
    if (named == delimiter) return {};
    return fmt::format("begins with a `sep=` line: {} reads it", option_for(named));
  }
  if (occurrences(delimiter, line) > 0) return {};
  char most = delimiter;
  for (char other : kOtherDelimiters) {
    if (occurrences(other, line) > occurrences(most, line)) most = other;
  }
  if (most == delimiter) return {};
  return fmt::format("is separated by {}: {} reads it", shown(most), most == ',' ? "no --delimiter" : option_for(most));
}

}  // namespace outpost::supervisor::ctl
