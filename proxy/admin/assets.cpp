#include "proxy/admin/assets.h"

#include <algorithm>
#include <string>

namespace outpost::proxy {

namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kFolder = "/console/";

// Whatever a record holds, the page runs no script but its own and talks to nobody else.
constexpr std::string_view kHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

const Asset* find_asset(std::string_view path) {
  auto assets = console_assets();
  std::string_view name = path;
  if (path == "/") {
    name = kPage;
  } else {
    std::string folder = std::string(kFolder) + std::string(console_version()) + "/";
    if (!path.starts_with(folder)) return nullptr;
    name.remove_prefix(folder.size());
    if (name == kPage) return nullptr;
  }
  auto found = std::ranges::find(assets, name, &Asset::name);
  return found == assets.end() ? nullptr : &*found;
}

bool knows(const protocol::HttpRequest& request, std::string_view tag) {
  return std::ranges::any_of(request.further, [&](const protocol::FurtherHeader& one) {
    return one.name == kIfNoneMatch.name && one.value.find(tag) != std::string::npos;
  });
}

}  // namespace

std::optional<Response> console_response(const protocol::HttpRequest& request, std::string_view path) {
  const Asset* asset = find_asset(path);
  if (!asset) return std::nullopt;
  Response response;
  if (request.method != protocol::HttpMethod::get && request.method != protocol::HttpMethod::head) {
    response.status = 405;
    response.allow = "GET, HEAD";
    response.body = "{\"error\":\"this method is not allowed here; the header Allow names those that are\"}\n";
    return response;
  }
  response.content_type = asset->content_type;
  response.cache = asset->name == kPage ? "no-cache" : "public, max-age=31536000, immutable";
  response.headers = kHeaders;
  response.etag = console_version();
  if (knows(request, "\"" + std::string(console_version()) + "\"")) {
    response.status = kNotModified;
  } else {
    response.body = asset->text;
  }
  return response;
}

}  // namespace outpost::proxy
