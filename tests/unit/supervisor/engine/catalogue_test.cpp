#include "supervisor/engine/catalogue.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::catalogue_test {

using namespace outpost::supervisor;
using outpost::protocol::GroupState;

namespace {

CallingList list(std::int64_t dbid, const char* name) {
  CallingList made;
  made.dbid = dbid;
  made.name = name;
  made.tenant_dbid = 1;
  return made;
}

Campaign campaign(std::int64_t dbid, const char* name, std::vector<CampaignList> lists) {
  Campaign made;
  made.dbid = dbid;
  made.name = name;
  made.tenant_dbid = 1;
  made.lists = std::move(lists);
  return made;
}

CampaignGroup group(std::int64_t dbid, const char* name, std::int64_t campaign_dbid, GroupState state) {
  CampaignGroup made;
  made.dbid = dbid;
  made.name = name;
  made.campaign_dbid = campaign_dbid;
  made.state = state;
  return made;
}

Catalogue sample() {
  Catalogue all;
  all.tenants = {{1, "Resources"}};
  all.time_zones = {{101, "PST", "America/Los_Angeles"}, {102, "LOST", "Mars/Olympus"}};
  all.lists = {list(301, "A"), list(302, "B")};
  all.campaigns = {campaign(401, "Spring", {{301, 10}, {302, 10}}), campaign(402, "Autumn", {{302, 10}})};
  all.groups = {group(501, "S1", 401, GroupState::running), group(502, "S2", 401, GroupState::active),
                group(503, "A1", 402, GroupState::not_loaded)};
  return all;
}

}  // namespace

TEST_CASE("objects are found by name and by DBID and by nothing else", "[catalogue]") {
  CatalogueIndex index(sample());
  REQUIRE(index.list("B"));
  CHECK(index.list("B") == index.list(302));
  CHECK(index.list("b") == nullptr);
  CHECK(index.list(301)->name == "A");
  CHECK(index.tenant("Resources") == index.tenant(1));
  CHECK(index.campaign("Autumn") == index.campaign(402));
  CHECK(index.group(502)->name == "S2");
  CHECK(index.group(401) == nullptr);
  CHECK(index.time_zone("PST")->dbid == 101);
}

TEST_CASE("a zone that the machine does not know is a problem, not a crash", "[catalogue]") {
  CatalogueIndex index(sample());
  CHECK(index.zone(101) != nullptr);
  CHECK(index.zone(102) == nullptr);
  CHECK(index.zone(999) == nullptr);
  REQUIRE(index.problems().size() == 1);
  CHECK(index.problems()[0].find("LOST") != std::string::npos);
  CHECK(index.problems()[0].find("Mars/Olympus") != std::string::npos);
}

TEST_CASE("a list serves each loaded campaign once, however many of its groups are loaded", "[catalogue]") {
  Catalogue all = sample();
  CHECK(CatalogueIndex(all).loaded_campaigns_of(302).size() == 1);
  all.groups[2].state = GroupState::waiting_unload;
  CatalogueIndex index(all);
  CHECK(index.loaded_campaigns_of(301).size() == 1);
  CHECK(index.loaded_campaigns_of(302).size() == 2);
  CHECK(index.loaded_campaigns_of(999).empty());
}

TEST_CASE("loaded are groups that are active, running or still waiting to be unloaded", "[catalogue]") {
  using enum GroupState;
  for (auto state : {active, running, waiting_unload}) CHECK(is_loaded(state));
  for (auto state : {not_loaded, inactive, unload_in_progress}) CHECK(!is_loaded(state));
}

}  // namespace outpost::test::catalogue_test
