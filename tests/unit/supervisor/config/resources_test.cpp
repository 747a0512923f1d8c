#include "supervisor/config/resources.h"

#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/supervisor/config/mobile_file.h"

namespace outpost::test::resources_test {

using namespace outpost::supervisor;
using std::chrono::seconds;

namespace {

Resources resources(std::string_view sections) { return resources_of(load_mobile(sections).config); }

ResourceGroup group(std::string_view options) {
  return resources(fmt::format(R"("list.GMS_Resources.g": {{{}}})", options)).groups.at("g");
}

}  // namespace

TEST_CASE("a group has its numbers by the order of their names", "[config][resources]") {
  ResourceGroup one = group(R"("b": "2", "a": "1-888-call-me1", "c": 3)");
  CHECK(one.values == Lines{"1-888-call-me1", "2", "3"});
  CHECK(one.strategy == AllocationStrategy::random);
  CHECK(one.booking == seconds(30));
  CHECK(one.backup.empty());
}

TEST_CASE("the options of a group are read in both spellings and any letter case", "[config][resources]") {
  CHECK(group(R"("a": "1", "_allocation_strategy": "local")").strategy == AllocationStrategy::local);
  CHECK(group(R"("a": "1", "_allocation_strategy": "Cluster")").strategy == AllocationStrategy::cluster);
  CHECK(group(R"("a": "1", "_booking_expiration_time": 40)").booking == seconds(40));
  CHECK(group(R"("a": "1", "_booking_expiration_timeout": "41")").booking == seconds(41));
  CHECK(group(R"("a": "1", "_booking_expiration_timeout": 41, "_booking_expiration_time": 40)").booking == seconds(40));
  CHECK(group(R"("a": "1", "_backup_resource": 5)").backup == "5");
}

TEST_CASE("the list that is used is the one that the section resources names", "[config][resources]") {
  std::string lists = R"(, "list.GMS_Resources.a": {"x": "1"}, "list.Mine.b.c": {"x": "2"})";
  auto names = [&](std::string_view section) {
    Lines out;
    for (const auto& [name, one] : resources(fmt::format("{}{}", section, lists)).groups) out.push_back(name);
    return out;
  };
  CHECK(names(R"("resources": {})") == Lines{"a"});
  CHECK(names(R"("resources": {"resources_list_name": "Mine"})") == Lines{"b.c"});
  CHECK(names(R"("resources": {"resource_list_name": "Mine"})") == Lines{"b.c"});
  CHECK(names(R"("resource": {"resource_list_name": "Mine"})") == Lines{"b.c"});
  CHECK(names(R"("resources": {"resource_list_name": "GMS_Resources", "resources_list_name": "Mine"})") ==
        Lines{"b.c"});
}

TEST_CASE("the guide's other spellings are accepted with a remark", "[config][resources]") {
  CHECK(mobile_warnings(R"("resource": {"resource_list_name": "L"})") ==
        Lines{"f.json:2: resource: is read as the section resources"});
  CHECK(mobile_warnings(R"("resources": {"resource_list_name": "L",
"resources_list_name": "M"})") ==
        Lines{"f.json:2: resources.resource_list_name: has no effect, for resources_list_name is there too"});
  CHECK(mobile_errors(R"("resource": {},
"resources": {})") ==
        Lines{"f.json:2: resource: that is another name of the section resources, which the file has too; valid: one "
              "of them"});
  CHECK(mobile_warnings(R"("list.GMS_Resources.g": {"a": "1", "_booking_expiration_time": 5,
"_booking_expiration_timeout": 6})") ==
        Lines{"f.json:3: list.GMS_Resources.g._booking_expiration_timeout: has no effect, for "
              "_booking_expiration_time is there too"});
}

TEST_CASE("a strategy that is none counts as RANDOM", "[config][resources]") {
  constexpr std::string_view kRound = R"("list.GMS_Resources.g": {"a": "1", "_allocation_strategy": "ROUND"})";
  CHECK(resources(kRound).groups.at("g").strategy == AllocationStrategy::random);
  CHECK(mobile_warnings(kRound) == Lines{"f.json:2: list.GMS_Resources.g._allocation_strategy: \"ROUND\" is none of "
                                         "RANDOM, LOCAL and CLUSTER, and counts as RANDOM"});
}

TEST_CASE("names that begin with # or _ are no numbers", "[config][resources]") {
  constexpr std::string_view kGroup = R"("list.GMS_Resources.g": {"a": "1", "#b": "2",
"_alocation_strategy": "LOCAL", "# b c": [1]})";
  CHECK(resources(kGroup).groups.at("g").values == Lines{"1"});
  CHECK(mobile_warnings(kGroup) ==
        Lines{"f.json:2: list.GMS_Resources.g.#b: is ignored, for its name begins with #",
              "f.json:3: list.GMS_Resources.g._alocation_strategy: is ignored, for its name begins with _; did you "
              "mean _allocation_strategy?",
              "f.json:3: list.GMS_Resources.g.# b c: is ignored, for its name begins with #"});
}

TEST_CASE("a number that stands twice is no error, and is found once", "[config][resources]") {
  constexpr std::string_view kTwice = R"(
    "list.GMS_Resources.a": {"x": "1", "y": "1", "z": "2"},
    "list.GMS_Resources.b": {"x": "2", "y": "3"},
    "list.Other.c": {"x": "3"})";
  CHECK(mobile_warnings(kTwice).empty());
  Resources found = resources(kTwice);
  CHECK(found.groups.at("a").values == Lines{"1", "2"});
  CHECK(found.doubles == Lines{"1 stands in the group a 2 times", "2 stands in the groups a, b"});
}

TEST_CASE("each wrong option of a group has its sentence", "[config][resources]") {
  CHECK(mobile_errors(R"("list.Support": {"a": "1"},
"list.GMS_Resources.g": {"a": "",
"_booking_expiration_time": "x", "_booking_expiration_timeout": 86401},
"list.b.": {}, "list..c": {},
"resources": {"resources_list_name": "a.b"})") ==
        Lines{"f.json:2: list.Support: names no group; valid: list.LIST.GROUP",
              "f.json:3: list.GMS_Resources.g.a: the text is empty; valid: a text of 1 to 255 bytes",
              "f.json:4: list.GMS_Resources.g._booking_expiration_time: \"x\" is not a whole number; valid: 0 to 86400 "
              "seconds",
              "f.json:4: list.GMS_Resources.g._booking_expiration_timeout: 86401 is out of range; valid: 0 to 86400 "
              "seconds",
              "f.json:5: list.b.: names no group; valid: list.LIST.GROUP",
              "f.json:5: list..c: names no group; valid: list.LIST.GROUP",
              "f.json:6: resources.resources_list_name: \"a.b\" holds a character other than letters, digits, - and "
              "_; valid: letters, digits, - and _, or empty"});
}

TEST_CASE("what a group will not do is a remark", "[config][resources]") {
  CHECK(mobile_warnings(R"("list.GMS_Resources.g": {"a": "1",
"_backup_resource": "9"})") ==
        Lines{"f.json:3: list.GMS_Resources.g._backup_resource: is in no group; it is given out, but nobody may answer "
              "there"});
  CHECK(mobile_warnings(R"("list.GMS_Resources.g": {"a": "1", "_backup_resource": "9"},
                           "list.GMS_Resources.h": {"a": "9"})")
            .empty());
  CHECK(mobile_warnings(R"("list.GMS_Resources.g": {"_allocation_strategy": "LOCAL"})") ==
        Lines{"f.json:2: list.GMS_Resources.g: the group has no number"});
  CHECK(mobile_warnings(R"("list.Mine.g": {"a": "1"})") ==
        Lines{"f.json: resources.resources_list_name: no section list.GMS_Resources.GROUP is there, so no service has "
              "a number"});
}

TEST_CASE("a changed group takes effect at once", "[config][resources]") {
  Config before = load_mobile(R"("list.GMS_Resources.g": {"a": "1", "b": "2"})").config;
  Config after = load_mobile(R"("list.GMS_Resources.g": {"a": "3", "c": "2"})").config;
  CHECK(config_changes(before, after, before) == Lines{"list.GMS_Resources.g.a: \"1\" -> \"3\", at once",
                                                       "list.GMS_Resources.g.b: removed, at once",
                                                       "list.GMS_Resources.g.c: added, at once"});
}

}  // namespace outpost::test::resources_test
