#include "supervisor/config/credentials.h"

#include <catch2/catch_test_macros.hpp>

#include "supervisor/config/config_rows.h"

using namespace outpost::supervisor;

namespace {

Config with(std::string user, std::string password) {
  Config config;
  config.node.username = std::move(user);
  config.node.password = std::move(password);
  return config;
}

void add_service(Config& config, const std::string& name, std::string user, std::string password) {
  config.services[name].username = std::move(user);
  config.services[name].password = std::move(password);
}

}  // namespace

TEST_CASE("no pair is needed where none is configured", "[credentials]") {
  Config config = with("", "");
  add_service(config, "open", "", "");
  CHECK(named_pairs(config).empty());
  CHECK(pair_for(config, "").empty());
  CHECK(pair_for(config, "open").empty());
  CHECK(pair_for(config, "unknown").empty());
}

TEST_CASE("a service's own pair takes the place of the server's", "[credentials]") {
  Config config = with("all", "secret");
  add_service(config, "own", "ivr", "other");
  add_service(config, "plain", "", "");
  REQUIRE(named_pairs(config).size() == 2);
  CHECK(named_pairs(config)[0].name == "server");
  CHECK(named_pairs(config)[1].name == "service.own");
  CHECK(pair_for(config, "") == "server");
  CHECK(pair_for(config, "plain") == "server");
  CHECK(pair_for(config, "own") == "service.own");
}

TEST_CASE("a service may need a pair where the server needs none", "[credentials]") {
  Config config = with("", "");
  add_service(config, "own", "ivr", "other");
  CHECK(pair_for(config, "").empty());
  CHECK(pair_for(config, "own") == "service.own");
}

TEST_CASE("equal pairs have one name", "[credentials]") {
  Config config = with("all", "secret");
  add_service(config, "a", "ivr", "other");
  add_service(config, "b", "ivr", "other");
  add_service(config, "c", "all", "secret");
  CHECK(named_pairs(config).size() == 2);
  CHECK(pair_for(config, "b") == "service.a");
  CHECK(pair_for(config, "c") == "server");
}
