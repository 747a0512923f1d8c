// The service behind the echo dialect.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "supervisor/children/http_proxy/traffic.h"

namespace outpost::test {

// Says back what it hears; what comes to /late when it is told to, and "secret" not at all.
class EchoTraffic final : public supervisor::ProxyTraffic {
 public:
  Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) override {
    auto* call = std::get_if<protocol::Call>(&message);
    if (!call) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
    if (call->route == kLate) {
      held.emplace(Call{&replies, correlation}, std::move(call->json));
      return {};
    }
    bool secret = call->json == "secret";
    say({&replies, correlation}, secret ? "this is not said" : "heard: " + call->json, secret ? 403 : 200);
    return {};
  }
  void on_cancel(std::uint64_t correlation, const Replies& replies) override {
    auto call = std::ranges::find_if(
        held, [&](const auto& one) { return one.first.correlation == correlation && one.first.proxy == &replies; });
    if (call == held.end()) return;
    cancelled.push_back(call->second);
    held.erase(call);
  }
  void on_gone(const Replies& replies) override {
    std::erase_if(held, [&](const auto& one) { return one.first.proxy == &replies; });
    ++gone;
  }

  void answer_held() {
    for (const auto& [call, text] : std::exchange(held, {})) say(call, "heard late: " + text, 200);
  }

  // Proxies may use the same ids.
  struct Call {
    Replies* proxy;
    std::uint64_t correlation;
    auto operator<=>(const Call&) const = default;
  };
  std::map<Call, std::string> held;
  std::vector<std::string> cancelled;
  int gone = 0;

 private:
  static constexpr std::uint16_t kLate = 1;  // the place of /late in the dialect's table

  static void say(const Call& call, std::string text, std::uint16_t status) {
    protocol::CallReply reply;
    reply.status = status;
    reply.content_type = "text/plain";
    reply.body = std::move(text);
    call.proxy->reply(call.correlation, std::move(reply));
  }
};

}  // namespace outpost::test
