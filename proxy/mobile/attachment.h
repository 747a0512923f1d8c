// Content-Disposition of a stored file. Pure. Source: RFC 6266, RFC 8187.
#pragma once

#include <string>
#include <string_view>

namespace outpost::proxy {

// The header line, ended with CRLF. `file_name` is UTF-8 and may hold anything; empty: the file has no name. What is
// not ASCII is given a second time, as filename*; controls are left out.
std::string attachment_line(std::string_view file_name);

}  // namespace outpost::proxy
