#include "proxy/mobile/cross_origin.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::proxy::cross_origin_test {

namespace {

const std::vector<std::string> kAllowed = {"https://shop.example", "http://localhost:3000"};

}  // namespace

TEST_CASE("a page of an allowed origin may read the answer, with its cookies", "[cross_origin]") {
  CHECK(cross_origin_lines("https://shop.example", kAllowed) ==
        "Vary: Origin\r\n"
        "Access-Control-Allow-Origin: https://shop.example\r\n"
        "Access-Control-Allow-Credentials: true\r\n");
}

TEST_CASE("any other origin, and none, gets nothing but that answers differ", "[cross_origin]") {
  auto origin = GENERATE("", "https://evil.example", "https://shop.example.evil.example", "https://shop.exampl",
                         "http://shop.example", "null", "*");
  CAPTURE(origin);
  CHECK(cross_origin_lines(origin, kAllowed) == "Vary: Origin\r\n");
  CHECK(preflight_lines(origin, kAllowed, "GET, HEAD, OPTIONS") == "Vary: Origin\r\n");
}

TEST_CASE("where no origin is configured nothing is said", "[cross_origin]") {
  CHECK(cross_origin_lines("https://shop.example", {}).empty());
  CHECK(preflight_lines("https://shop.example", {}, "GET, HEAD, OPTIONS").empty());
}

TEST_CASE("a preflight names methods and headers", "[cross_origin]") {
  CHECK(preflight_lines("http://localhost:3000", kAllowed, "POST, OPTIONS") ==
        "Vary: Origin\r\n"
        "Access-Control-Allow-Origin: http://localhost:3000\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
        "Access-Control-Allow-Headers: content-type, gms_user, authorization, x-requested-with\r\n"
        "Access-Control-Max-Age: 600\r\n");
}

}  // namespace outpost::proxy::cross_origin_test
