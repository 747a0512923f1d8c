// A second dialect, to hold the proxy to what it promises every dialect: a service that says back what it hears.
//
//   POST /echo   answered at once     POST /late   answered when the service likes: a held call
//
// Whatever else is asked is 404. A response is text, also a refusal: its status and a sentence.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "proxy/http/dialect.h"

namespace outpost::test {

enum class EchoRoute : std::uint16_t { echo, late };
inline constexpr std::uint32_t kEchoHeldMs = 600'000;  // longer than any test may take

class EchoExchange final : public proxy::Exchange {
 public:
  EchoExchange(const proxy::Dialect::Origin& origin, std::uint32_t held_ms)
      : origin_(origin), listener_(origin.listener), client_(origin.client), held_ms_(held_ms) {}

  tl::expected<Scope, proxy::Response> check_head(const protocol::HttpRequest& request) override {
    bool late = request.target == "/late";
    if (!late && request.target != "/echo") {
      return tl::unexpected(respond(proxy::http_refusal(404, "only /echo and /late are here")));
    }
    route_ = late ? EchoRoute::late : EchoRoute::echo;
    return Scope{"echo", late ? "late" : "echo"};
  }
  void authorized(protocol::Proof proof, std::string_view name) override {
    proof_ = proof;
    principal_ = name;
  }
  tl::expected<Outgoing, proxy::Response> take(const protocol::HttpRequest& request, std::uint64_t) override {
    protocol::Call call;
    call.connection = origin_.connection;
    call.sequence = origin_.sequence;
    call.route = static_cast<std::uint16_t>(route_);
    for (const auto& header : request.further) {
      if (header.name == kHeader) call.captures.push_back(header.value);
    }
    call.listener = listener_;
    call.external = origin_.external;
    call.peer = client_;
    call.proof = proof_;
    call.principal = principal_;
    call.json = request.body;
    return Outgoing{std::move(call), route_ == EchoRoute::late ? held_ms_ : 0};
  }
  proxy::Response respond(protocol::ClientReply reply) override {
    auto& call = std::get<protocol::CallReply>(reply);
    return {.status = call.status,
            .content_type = "text/plain",
            .body = std::move(call.body),
            .retry_after_s = call.retry_after_s,
            .more = call.more};
  }
  proxy::Response respond(const proxy::Refusal& refusal) override {
    return {.status = refusal.status,
            .content_type = "text/plain",
            .body = std::to_string(refusal.status) + ' ' + refusal.text,
            .retry_after_s = refusal.retry_after_s,
            .challenge = refusal.challenge};
  }

  static constexpr std::string_view kHeader = "x-echo";

 private:
  proxy::Dialect::Origin origin_;
  std::string listener_;
  std::string client_;
  protocol::Proof proof_ = protocol::Proof::none;
  std::string principal_;
  std::uint32_t held_ms_;
  EchoRoute route_ = EchoRoute::echo;
};

class EchoDialect final : public proxy::Dialect {
 public:
  // A held call gets ten times what another gets, if the test has made that short.
  void configure(const protocol::Configure& options) override {
    held_ms_ = std::min(10 * options.limits.request_timeout_ms, kEchoHeldMs);
  }
  [[nodiscard]] bool understands(const protocol::ClientReply& reply) const override {
    return std::holds_alternative<protocol::CallReply>(reply);
  }
  [[nodiscard]] std::span<const protocol::WantedHeader> headers() const override {
    static constexpr protocol::WantedHeader kHeaders[] = {{EchoExchange::kHeader}};
    return kHeaders;
  }
  [[nodiscard]] std::unique_ptr<proxy::Exchange> begin(const protocol::HttpRequest&,
                                                       const Origin& origin) const override {
    return std::make_unique<EchoExchange>(origin, held_ms_);
  }

 private:
  std::uint32_t held_ms_ = kEchoHeldMs;
};

inline proxy::DialectRow::Made make_echo_dialect(const protocol::Configure&) {
  return {std::make_unique<EchoDialect>(), {}};
}

}  // namespace outpost::test
