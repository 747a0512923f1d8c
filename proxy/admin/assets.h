// The files of the console, which are compiled in: the proxy can open none. Made by proxy/admin/console/embed.cmake.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "protocol/http/http1.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

struct Asset {
  std::string_view name;  // "app.js"
  std::string_view content_type;
  std::string_view text;
};
std::span<const Asset> console_assets();
// A hash over all of them.
std::string_view console_version();

// "/" is the page; it names the other files by a path with the version in it, so that they never change where they are.
// Nothing: there is no file at this path.
std::optional<Response> console_response(const protocol::HttpRequest& request, std::string_view path);

inline constexpr protocol::WantedHeader kIfNoneMatch{"if-none-match"};

}  // namespace outpost::proxy
