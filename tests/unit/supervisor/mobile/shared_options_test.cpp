#include "supervisor/mobile/shared_options.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::shared_options_test {

using namespace outpost::supervisor;
using namespace outpost::supervisor::mobile;
using Words = std::vector<std::string>;

namespace {

StateNode node(std::int64_t node_id, std::string name, std::string digests, std::int64_t seen_at) {
  StateNode made;
  made.node_id = node_id;
  made.name = std::move(name);
  made.digests = std::move(digests);
  made.seen_at = seen_at;
  return made;
}

}  // namespace

TEST_CASE("the digest of a shared section changes with each of its options, and with no other", "[mobile]") {
  Config config;
  std::string before = shared_digests(config);
  CHECK_THAT(before, Catch::Matchers::Matches(R"(\{"gms":"[0-9a-f]{16}"\})"));
  config.node.node_id = 7;
  config.application.name = "other";
  CHECK(shared_digests(config) == before);
  config.gms.connection_timeout = 9;
  CHECK(shared_digests(config) != before);
}

TEST_CASE("sections differ where both nodes have them", "[mobile]") {
  CHECK(differing_sections(R"({"gms":"1","push":"2"})", R"({"gms":"1","push":"3"})") == Words{"push"});
  CHECK(differing_sections(R"({"gms":"1"})", R"({"push":"3"})").empty());
  CHECK(differing_sections(R"({"gms":"1"})", "").empty());
  CHECK(differing_sections("no JSON", R"({"gms":"1"})").empty());
  CHECK(differing_sections(R"({"gms":1})", R"({"gms":2})").empty());
}

TEST_CASE("a difference to a node that lives is a warning with its number and name", "[mobile]") {
  constexpr std::int64_t kNow = 100'000;
  StateNode self = node(1, "A", R"({"gms":"1"})", kNow);
  CHECK(option_warnings(self, {self, node(2, "B", R"({"gms":"2"})", kNow - kNodeStaleMs)}, kNow) ==
        Words{"section gms is not that of node 2 (B): all nodes need the same"});
  CHECK(option_warnings(self, {node(2, "B", R"({"gms":"2"})", kNow - kNodeStaleMs - 1)}, kNow).empty());
  CHECK(option_warnings(self, {node(2, "B", R"({"gms":"1"})", kNow)}, kNow).empty());
}

}  // namespace outpost::test::shared_options_test
