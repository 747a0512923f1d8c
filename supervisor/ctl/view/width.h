// What a text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outpost::supervisor::ctl {

// Columns of a UTF-8 text: two for wide East Asian characters and most emoji, none for combining marks and what cannot
// be seen. Colour sequences take none.
std::size_t display_width(std::string_view text);

// At most `columns` of it. A colour that has begun is ended.
std::string cut_to_width(std::string_view text, std::size_t columns);

// The lines of a text, each cut, and at most `rows` of them: the last tells how many there are more.
std::string fit(std::string_view text, std::size_t columns, std::size_t rows);

}  // namespace outpost::supervisor::ctl
