#include "proxy/admin/dialect.h"

#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "common/json.h"
#include "protocol/outbound/exchange_log.h"
#include "proxy/admin/assets.h"
#include "proxy/admin/translate.h"

namespace outpost::proxy {

namespace {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

class AdminExchange final : public Exchange {
 public:
  explicit AdminExchange(const Dialect::Origin& origin)
      : origin_(origin), listener_(origin.listener), client_(origin.client) {}

  tl::expected<Scope, Response> check_head(const protocol::HttpRequest& request) override;
  void authorized(protocol::Proof proof, std::string_view name) override {
    proof_ = proof;
    principal_ = name;
  }
  tl::expected<Outgoing, Response> take(const protocol::HttpRequest& request, std::uint64_t correlation) override;
  Response respond(protocol::ClientReply reply) override;
  Response respond(const Refusal& refusal) override;

 private:
  Response respond(const AdminRefusal& refused);
  [[nodiscard]] std::string log_text(const std::string& arguments) const;

  Dialect::Origin origin_;
  std::string listener_;
  std::string client_;
  protocol::Proof proof_ = protocol::Proof::none;
  std::string principal_;
  AdminRoute route_;
};

tl::expected<Exchange::Scope, Response> AdminExchange::check_head(const protocol::HttpRequest& request) {
  if (auto file = console_response(request, path_of(request.target))) return tl::unexpected(*std::move(file));
  auto route = find_admin_route(request, origin_.transport);
  if (!route) return tl::unexpected(respond(route.error()));
  route_ = *std::move(route);
  const protocol::AdminRow& row = *route_.row;
  auto token = row.is_open() ? Scope::Token::never : row.writes ? Scope::Token::always : Scope::Token::as_configured;
  return Scope{protocol::kAdminResource, row.writes ? protocol::kAdminWrite : protocol::kAdminRead, token, true};
}

tl::expected<Exchange::Outgoing, Response> AdminExchange::take(const protocol::HttpRequest& request, std::uint64_t) {
  auto arguments = admin_arguments(route_, request.body);
  if (!arguments) return tl::unexpected(respond(arguments.error()));
  protocol::Call call;
  call.connection = origin_.connection;
  call.sequence = origin_.sequence;
  call.route = static_cast<std::uint16_t>(route_.row - protocol::admin_rows().data());
  call.captures = {request.accept.size() > protocol::kAdminAcceptBytesMax ? std::string() : request.accept};
  call.listener = std::move(listener_);
  call.external = origin_.external;
  call.peer = std::move(client_);
  call.proof = proof_;
  call.principal = std::move(principal_);
  call.json = *std::move(arguments);
  std::string text = log_text(call.json);
  return Outgoing{std::move(call), route_.row->held_ms, std::move(text)};
}

Response AdminExchange::respond(protocol::ClientReply reply) {
  auto& call = std::get<protocol::CallReply>(reply);
  return {.status = call.status,
          .content_type = std::move(call.content_type),
          .body = std::move(call.body),
          .retry_after_s = call.retry_after_s,
          .more = call.more};
}

Response AdminExchange::respond(const Refusal& refusal) {
  return {.status = refusal.status,
          .body = JsonWriter().begin_object().member("error", refusal.text).end_object().take() + "\n",
          .retry_after_s = refusal.retry_after_s,
          .challenge = refusal.challenge};
}

Response AdminExchange::respond(const AdminRefusal& refused) {
  Response response = respond(refused.refusal);
  response.allow = refused.allow;
  return response;
}

// Arguments may be people's data.
std::string AdminExchange::log_text(const std::string& arguments) const {
  if (!origin_.log.wants(LogLevel::trace)) return {};
  protocol::Event lines;
  lines.add("path", std::string(route_.row->path));
  std::string text = protocol::attribute_lines(lines, true);
  if (arguments.empty()) return text;
  protocol::Event more;
  more.add("arguments", arguments);
  return text + protocol::attribute_lines(more, origin_.log.wants(LogLevel::debug));
}

class AdminDialect final : public Dialect {
 public:
  void configure(const protocol::Configure&) override {}
  [[nodiscard]] bool understands(const protocol::ClientReply& reply) const override {
    return std::holds_alternative<protocol::CallReply>(reply);
  }
  [[nodiscard]] std::span<const protocol::WantedHeader> headers() const override {
    static constexpr protocol::WantedHeader kWanted[] = {kIfNoneMatch};
    return kWanted;
  }
  [[nodiscard]] std::unique_ptr<Exchange> begin(const protocol::HttpRequest&, const Origin& origin) const override {
    return std::make_unique<AdminExchange>(origin);
  }
};

}  // namespace

DialectRow::Made make_admin_dialect(const protocol::Configure&) { return {std::make_unique<AdminDialect>(), {}}; }

}  // namespace outpost::proxy
