#include "proxy/courier/multi.h"

#include <map>

#include "tests/support/http_peer.h"
#include "tests/support/run_until.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_multi_test {

using courier::Multi;

namespace {

struct Easy {
  explicit Easy(const std::string& url) : handle(curl_easy_init()) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(
        handle, CURLOPT_WRITEFUNCTION, +[](char*, std::size_t, std::size_t size, void*) { return size; });
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
  }
  ~Easy() { curl_easy_cleanup(handle); }
  Easy(const Easy&) = delete;
  Easy& operator=(const Easy&) = delete;

  CURL* handle;
};

class Fixture {
 protected:
  Loop loop_;
  HttpPeer peer_{loop_};
  std::map<CURL*, CURLcode> done_;
  Multi multi_{loop_, {1, 2}, [this](CURL* easy, CURLcode outcome) { REQUIRE(done_.emplace(easy, outcome).second); }};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "transfers end on the loop, each once, and never within a call", "[courier]") {
  Easy one(peer_.url("/"));
  Easy wrong("http://127.0.0.1:1x/");
  REQUIRE(multi_.add(one.handle));
  REQUIRE(multi_.add(wrong.handle));
  CHECK(done_.empty());
  run_until(loop_, [&] { return peer_.requests() == 1 && done_.contains(wrong.handle); });
  CHECK(done_.at(wrong.handle) == CURLE_URL_MALFORMAT);
  peer_.connection(0).answer("x");
  run_until(loop_, [&] { return done_.contains(one.handle); });
  CHECK(done_.at(one.handle) == CURLE_OK);
}

TEST_CASE_METHOD(Fixture, "connections to one server are bounded, and one that is removed makes room", "[courier]") {
  Easy first(peer_.url("/1"));
  Easy second(peer_.url("/2"));
  REQUIRE(multi_.add(first.handle));
  run_until(loop_, [&] { return peer_.requests() == 1; });
  REQUIRE(multi_.add(second.handle));
  for (int turn = 0; turn < 10; ++turn) loop_.run_once(false);
  CHECK(peer_.connections() == 1);
  multi_.remove(first.handle);
  run_until(loop_, [&] { return peer_.connections() == 2 && peer_.connection(1).requests() == 1; });
  CHECK(peer_.connection(0).closed());
  CHECK(done_.empty());
  peer_.connection(1).answer("x");
  run_until(loop_, [&] { return done_.contains(second.handle); });
}

TEST_CASE_METHOD(Fixture, "what is removed before the loop turns was never there", "[courier]") {
  Easy easy(peer_.url("/"));
  REQUIRE(multi_.add(easy.handle));
  multi_.remove(easy.handle);
  for (int turn = 0; turn < 10; ++turn) loop_.run_once(false);
  CHECK(done_.empty());
  CHECK(peer_.connections() == 0);
}

}  // namespace outpost::test::courier_multi_test
