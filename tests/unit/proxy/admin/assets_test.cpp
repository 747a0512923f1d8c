#include "proxy/admin/assets.h"

#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::proxy::assets_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using protocol::HttpMethod;

std::optional<Response> get(const std::string& path, HttpMethod method = HttpMethod::get, std::string known = {}) {
  protocol::HttpRequest request;
  request.method = method;
  if (!known.empty()) request.further.push_back({kIfNoneMatch.name, std::move(known)});
  return console_response(request, path);
}

std::string folder() { return "/console/" + std::string(console_version()) + "/"; }

}  // namespace

TEST_CASE("the page is at the root, is asked for anew each time, and names its files by the version", "[admin]") {
  auto page = get("/");
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK_THAT(page->content_type, StartsWith("text/html"));
  CHECK(page->cache == "no-cache");
  CHECK_THAT(page->body, ContainsSubstring("src=\"" + folder().substr(1) + "app.js\""));
  CHECK_THAT(page->body, !ContainsSubstring("@VERSION@"));
}

TEST_CASE("every other file is where it never changes", "[admin]") {
  std::set<std::string_view> names;
  for (const Asset& asset : console_assets()) {
    CAPTURE(asset.name);
    CHECK(names.insert(asset.name).second);
    CHECK_FALSE(asset.text.empty());
    if (asset.name == "index.html") continue;
    auto file = get(folder() + std::string(asset.name));
    REQUIRE(file);
    CHECK(file->body == asset.text);
    CHECK(file->cache == "public, max-age=31536000, immutable");
    CHECK(file->etag == console_version());
    CHECK_THAT(std::string(file->headers), ContainsSubstring("default-src 'none'"));
    CHECK_THAT(std::string(file->headers), ContainsSubstring("nosniff"));
  }
  CHECK(names.contains("uPlot.esm.js"));
  CHECK(names.contains("console.css"));
}

TEST_CASE("what is no file of the console is left to the others", "[admin]") {
  for (const std::string& path :
       {std::string("/status"), std::string("/index.html"), folder(), folder() + "index.html", folder() + "../app.js",
        std::string("/console/0000000000000000/app.js"), std::string("/console/app.js"), std::string()}) {
    CAPTURE(path);
    CHECK_FALSE(get(path));
  }
}

TEST_CASE("a file that a browser has is not sent again, and none is changed", "[admin]") {
  std::string tag = "\"" + std::string(console_version()) + "\"";
  auto known = get("/", HttpMethod::get, "W/\"other\", " + tag);
  REQUIRE(known);
  CHECK(known->status == kNotModified);
  CHECK(known->body.empty());
  CHECK(get("/", HttpMethod::get, "\"other\"")->status == 200);
  auto refused = get("/", HttpMethod::post);
  REQUIRE(refused);
  CHECK(refused->status == 405);
  CHECK(refused->allow == "GET, HEAD");
}

// The policy of the page allows neither, so a page that has one does not work.
TEST_CASE("no file has markup made of data, or a script or style in the page itself", "[admin]") {
  for (const Asset& asset : console_assets()) {
    if (asset.name.starts_with("uPlot")) continue;
    CAPTURE(asset.name);
    std::string text(asset.text);
    for (const char* word :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://"}) {
      CAPTURE(word);
      if (asset.name == "icon.svg" && std::string_view(word) == "http://") continue;  // the name of its namespace
      CHECK(text.find(word) == std::string::npos);
    }
    if (asset.name == "index.html") {
      CHECK(text.find("style=") == std::string::npos);
      CHECK(text.find("<style") == std::string::npos);
      CHECK(text.find("onclick") == std::string::npos);
    }
  }
}

}  // namespace outpost::proxy::assets_test
