#include "common/io/descriptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::descriptor_test {

namespace {

std::pair<Descriptor, Descriptor> sockets() {
  auto pair = file_socket_pair();
  REQUIRE(pair);
  return *std::move(pair);
}

}  // namespace

TEST_CASE("files are handed on in order, as long as there are any", "[descriptor]") {
  test::TempDir dir;
  auto [giver, taker] = sockets();
  CHECK(receive_descriptor(taker.get()).error().code == Errc::not_found);
  for (const char* name : {"a", "b"}) {
    Descriptor file(::open(dir.file(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(file);
    REQUIRE(send_descriptor(giver.get(), file.get()));
  }
  for (const char* name : {"a", "b"}) {
    auto file = receive_descriptor(taker.get());
    REQUIRE(file);
    CHECK((fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
    REQUIRE(write_all(file->get(), "text"));
    CHECK(std::filesystem::file_size(dir.file(name)) == 4);
  }
  CHECK(receive_descriptor(taker.get()).error().code == Errc::not_found);
}

TEST_CASE("who gives files away takes none in return", "[descriptor]") {
  auto [giver, taker] = sockets();
  CHECK_FALSE(send_descriptor(taker.get(), STDIN_FILENO));
}

TEST_CASE("a taker that takes nothing costs the giver nothing but a refusal", "[descriptor]") {
  auto [giver, taker] = sockets();
  Result<> sent;
  for (int i = 0; i < 100'000 && sent; ++i) sent = send_descriptor(giver.get(), STDIN_FILENO);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Errc::limit);
  taker.reset();
  CHECK_FALSE(send_descriptor(giver.get(), STDIN_FILENO));
}

TEST_CASE("a packet without a file is none", "[descriptor]") {
  auto [giver, taker] = sockets();
  REQUIRE(::send(giver.get(), "x", 1, 0) == 1);
  CHECK(receive_descriptor(taker.get()).error().code == Errc::not_found);
}

}  // namespace outpost::test::descriptor_test
