#include "common/io/address.h"

#include <netinet/in.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::address_test {

TEST_CASE("an address is numeric, of either family", "[address]") {
  auto v4 = tcp_address("127.0.0.1", 4711);
  REQUIRE(v4);
  CHECK(v4->storage.ss_family == AF_INET);
  CHECK(v4->size == sizeof(sockaddr_in));
  auto v6 = tcp_address("::1", 4711);
  REQUIRE(v6);
  CHECK(v6->storage.ss_family == AF_INET6);
  for (const char* wrong : {"", "localhost", "127.0.0", "127.0.0.1 ", "::g", "[::1]"}) {
    INFO(wrong);
    auto refused = tcp_address(wrong, 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid);
  }
}

TEST_CASE("who is at the other end is told, or that nobody is", "[address]") {
  int pair[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(peer_text(pair[0]) == "unix");
  close(pair[0]);
  close(pair[1]);
  int alone = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(alone >= 0);
  CHECK(peer_text(alone) == "unknown");
  CHECK(bound_port(alone) == 0);
  close(alone);
}

}  // namespace outpost::test::address_test
