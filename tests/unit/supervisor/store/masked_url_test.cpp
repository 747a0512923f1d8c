#include "supervisor/store/masked_url.h"

#include <catch2/catch_test_macros.hpp>

using outpost::supervisor::masked_url;

TEST_CASE("a url of a store is shown without its password", "[masked_url]") {
  CHECK(masked_url("sqlite:///var/lib/outpost/a@b:c.db") == "sqlite:///var/lib/outpost/a@b:c.db");
  CHECK(masked_url("postgresql://db.example:5433/outpost") == "postgresql://db.example:5433/outpost");
  CHECK(masked_url("postgresql://me@db.example/outpost") == "postgresql://me@db.example/outpost");
  CHECK(masked_url("postgresql://me:secret@db.example/outpost?sslmode=require") ==
        "postgresql://me:***@db.example/outpost?sslmode=require");
  CHECK(masked_url("postgresql://me@h/d?password=secret&sslPassword=more&sslmode=require") ==
        "postgresql://me@h/d?password=***&sslPassword=***&sslmode=require");
  CHECK(masked_url("postgresql://me:@h1,h2:5433/d") == "postgresql://me:***@h1,h2:5433/d");
}

TEST_CASE("a url that is not well formed shows no more", "[masked_url]") {
  CHECK(masked_url("postgresql://me:se@cret@h/d").find("cret") == std::string::npos);
  CHECK(masked_url("postgresql://me:se?cret@h/d").find("cret") == std::string::npos);
  CHECK(masked_url("postgresql://me:se/cret@h/d").find("cret") == std::string::npos);
  CHECK(masked_url("postgrs://me:secret@h/d").find("secret") == std::string::npos);
  CHECK(masked_url("me:secret@h/d").find("secret") == std::string::npos);
  CHECK(masked_url("host=h password=secret").find("secret") == std::string::npos);
  CHECK(masked_url("postgresql://h/d?x=a@b&password=secret").find("secret") == std::string::npos);
  CHECK(masked_url("").empty());
}
