// What a file looks like that is not CSV of the form that was expected: one sentence for a person, without its subject,
// that names the option which reads the file where there is one. Empty when nothing strikes.
#pragma once

#include <string>
#include <string_view>

namespace outpost::supervisor::ctl {

// What is doubtful about the bytes as they stand in the file: other encodings than UTF-8, files that are no text.
std::string encoding_doubt(std::string_view head);
// What is doubtful about the text as UTF-8: other line ends, another delimiter.
std::string form_doubt(std::string_view head, char delimiter);
// Whether the line is the "sep=X" that some spreadsheets write in front; X goes into `delimiter`.
bool is_separator_line(std::string_view line, char& delimiter);

}  // namespace outpost::supervisor::ctl
