// A real proxy on a real channel, with a scripted supervisor and real TCP clients.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <iterator>
#include <list>

#include "proxy/mobile/dialect.h"
#include "proxy/outbound/dialect.h"
#include "proxy/proxy.h"
#include "tests/support/echo_dialect.h"
#include "tests/support/run_until.h"
#include "tests/support/scripted_supervisor.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temp_dir.h"

namespace outpost::test {

using proxy::Proxy;

inline constexpr proxy::DialectRow kDialects[] = {
    {"outbound", proxy::make_outbound_dialect}, {"mobile", proxy::make_mobile_dialect}, {"echo", make_echo_dialect}};

inline constexpr std::uint32_t kGeneration = 3;
inline constexpr std::uint32_t kTinyMs = 20;
inline constexpr const char* kLogFile = "proxy.log";

inline std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

inline std::string post(const std::string& phone, const std::string& headers = {}) {
  std::string body = "{\"GSW_PHONE\":\"" + phone + "\"}";
  return "POST /lists/Spring?req=AddRecord HTTP/1.1\r\nHost: ocs1\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct ProxyFixture {
  TempDir folder;
  protocol::Configure configure = [this] {
    protocol::Configure c;
    c.generation = kGeneration;
    c.listeners = {{"http", "127.0.0.1", 0, false, false, ""}};
    c.http.custom_headers = "X-Frame-Options: SAMEORIGIN";
    c.log.level = LogLevel::debug;
    return c;
  }();
  Loop loop;
  ScriptedSupervisor supervisor{loop};
  std::optional<protocol::ProxyExit> exit;
  std::optional<std::vector<protocol::SandboxMeasure>> sandbox{std::in_place};
  bool sandbox_entered = false;
  std::unique_ptr<Proxy> proxy = std::make_unique<Proxy>(
      loop, std::move(supervisor.proxy_side), std::move(supervisor.proxy_files), kDialects,
      [this](const protocol::SandboxSettings& settings) { return enter_sandbox(settings); },
      [this](protocol::ProxyExit code) { exit = code; });
  std::list<TcpClient> clients;

  void until(const std::function<bool()>& condition) { run_until(loop, condition); }

  // The real one would hold for all the tests.
  Result<std::vector<protocol::SandboxMeasure>> enter_sandbox(const protocol::SandboxSettings&) {
    sandbox_entered = true;
    if (!sandbox) return fail(Errc::invalid, "no sandbox");
    return *sandbox;
  }
  void send_log_segment(const std::string& name, protocol::LogFileKind kind = protocol::LogFileKind::proxy) {
    Descriptor file(::open(folder.file(name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    supervisor.send_log_segment(file, kind);
  }
  void configure_proxy() {
    until([&] { return supervisor.hello.has_value(); });
    send_log_segment(kLogFile);
    supervisor.send(configure);
  }
  void start() {
    configure_proxy();
    until([&] { return supervisor.bound.has_value(); });
    supervisor.send(protocol::Start{});
  }
  std::uint16_t port() { return supervisor.bound->listeners.at(0).port; }
  TcpClient& client(int receive_buffer = 0) { return clients.emplace_back(port(), receive_buffer); }
  void until_asked(std::size_t n) {
    until([&] { return supervisor.asked.size() >= n; });
  }
  void until_responses(TcpClient& client, std::size_t n) {
    until([&] { return count(client.received(), "HTTP/1.1 ") >= n; });
  }
  void until_ended(TcpClient& client) {
    until([&] { return client.ended(); });
  }
  std::string phone(std::size_t i) { return *supervisor.asked.at(i).request.event.string("GSW_PHONE"); }
  std::string log_text(const char* name = kLogFile) const {
    std::ifstream file(folder.file(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // A whole exchange on a connection of its own: the listener is alive and well.
  void check_service() {
    std::size_t before = supervisor.asked.size();
    TcpClient& fresh = client();
    fresh.send(post("service"));
    until_asked(before + 1);
    supervisor.answer(supervisor.asked.back().correlation, "served");
    until_responses(fresh, 1);
    CHECK_THAT(fresh.received(), Catch::Matchers::StartsWith("HTTP/1.1 200 OK"));
    fresh.close();
  }
};

}  // namespace outpost::test
