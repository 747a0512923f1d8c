#include "supervisor/ctl/client.h"

#include <sys/stat.h>
#include <unistd.h>

#include <future>

#include "tests/support/control_peer.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::client_test {

using namespace outpost::supervisor::ctl;
using namespace std::chrono_literals;

namespace {

Result<Client> connect(const std::string& path) { return Client::connect(path, 20s); }

}  // namespace

TEST_CASE("a command brings its reply, a refusal its sentence", "[ctl][client]") {
  test::TempDir dir;
  test::ControlPeer peer(dir.file("s"), [](const protocol::FromCtl& message) -> std::optional<protocol::Reply> {
    const auto& command = std::get<protocol::Command>(message);
    if (command.name == "status") return protocol::Reply{true, command.arguments};
    return protocol::Reply{false, R"({"error":"there is no command \"dance\""})"};
  });
  auto client = connect(dir.file("s"));
  REQUIRE(client);
  CHECK(client->supervisor().pid == 4711);
  CHECK(client->command("status", R"({"a":1})").value() == R"({"a":1})");
  auto refused = client->command("dance");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);
  CHECK(refused.error().text == "there is no command \"dance\"");
  CHECK(client->command("status").value() == "{}");
}

TEST_CASE("replies are found by their correlation id", "[ctl][client]") {
  test::TempDir dir;
  test::ControlPeer peer(dir.file("s"), [](const protocol::FromCtl& message) -> std::optional<protocol::Reply> {
    return protocol::Reply{true, std::get<protocol::Command>(message).name};
  });
  auto client = connect(dir.file("s"));
  REQUIRE(client);
  auto first = client->send(protocol::Command{"first", ""});
  auto second = client->send(protocol::Command{"second", ""});
  REQUIRE(first);
  REQUIRE(second);
  CHECK(client->reply_to(*second).value() == "second");
  CHECK(client->reply_to(*first).value() == "first");
}

TEST_CASE("an absent supervisor, a dead socket and a path that is none are told apart from refusals", "[ctl][client]") {
  test::TempDir dir;
  auto absent = connect(dir.file("s"));
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == Errc::closed);
  CHECK(absent.error().text.find("--socket") != std::string::npos);
  CHECK(connect(std::string(300, 'x')).error().code == Errc::closed);
  CHECK(connect("").error().code == Errc::closed);
}

TEST_CASE("a supervisor of another version is refused by name", "[ctl][client]") {
  test::TempDir dir;
  test::ControlPeer peer(dir.file("s"), [](const protocol::FromCtl&) { return std::nullopt; }, {9, "outpostd 9.0", 1});
  auto client = connect(dir.file("s"));
  REQUIRE_FALSE(client);
  CHECK(client.error().code == Errc::protocol);
  CHECK(client.error().text.find("outpostd 9.0 speaks control version 9") != std::string::npos);
}

TEST_CASE("a connection that ends under a command is an error, under a stop it is the answer", "[ctl][client]") {
  test::TempDir dir;
  test::ControlPeer peer(dir.file("s"), [](const protocol::FromCtl&) { return std::nullopt; });
  auto client = connect(dir.file("s"));
  REQUIRE(client);
  auto lost = client->command("status");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::closed);
  CHECK(client->await_end());
}

TEST_CASE("a silent supervisor is given up after the timeout", "[ctl][client]") {
  test::TempDir dir;
  std::promise<void> over;
  test::ControlPeer peer(dir.file("s"), [&](const protocol::FromCtl&) -> std::optional<protocol::Reply> {
    over.get_future().wait();
    return std::nullopt;
  });
  auto client = Client::connect(dir.file("s"), 50ms);
  REQUIRE(client);
  auto late = client->command("status");
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::timeout);
  over.set_value();
}

TEST_CASE("a message larger than a frame is refused before it is sent", "[ctl][client]") {
  test::TempDir dir;
  test::ControlPeer peer(dir.file("s"), [](const protocol::FromCtl&) { return protocol::Reply{true, "{}"}; });
  auto client = connect(dir.file("s"));
  REQUIRE(client);
  auto large = client->command("apply", std::string(protocol::kPayloadBytesMax, 'x'));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Errc::limit);
  CHECK(client->command("status"));
}

}  // namespace outpost::test::client_test
