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
  CHECK_THAT(before, Catch::Matchers::Matches(R"(\{"gms":"[0-9a-f]{16}",.*"push.provider.*":"[0-9a-f]{16}"\})"));
  config.node.node_id = 7;
  config.application.name = "other";
  CHECK(shared_digests(config) == before);
  config.gms.connection_timeout = 9;
  CHECK(shared_digests(config) != before);
}

TEST_CASE("the digest of a section by pattern is one over all of its entries", "[mobile]") {
  Config config;
  auto differing = [](const Config& a, const Config& b) {
    return differing_sections(shared_digests(a), shared_digests(b));
  };
  Config other = config;
  other.services["a"].plain.ttl = "60";
  CHECK(differing(config, other) == Words{"service.*"});
  config.services["a"].plain.ttl = "60";
  CHECK(differing(config, other).empty());
  // Options without a row of their own count as well, and secrets do not.
  other.services["a"].further["colour"] = "red";
  CHECK(differing(config, other) == Words{"service.*"});
  config.services["a"].further["colour"] = "red";
  config.services["a"].password = "one";
  other.services["a"].further["api_key"] = "two";
  CHECK(differing(config, other).empty());
  other.list_groups["L.G"].values["a"] = "1";
  other.resources.resources_list_name = "L";
  other.connections.emplace_back();
  other.ors.max_ors_request_attempts = 4;
  other.push.push_enabled = "httpcb";
  other.push_providers["p"].provider["apple.topic"] = "t";
  CHECK(differing(config, other) == Words{"resources", "list.*", "connections", "ors", "push", "push.provider.*"});
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
