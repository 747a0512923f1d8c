#include "proxy/outbound/dialect.h"

#include <utility>
#include <variant>

#include "protocol/outbound/exchange_log.h"
#include "proxy/log_messages.h"
#include "proxy/outbound/translate.h"

namespace outpost::proxy {

namespace lm = log_messages;
using protocol::ErrorNumber;

namespace {

ErrorNumber number_of(const Refusal& refusal) {
  switch (refusal.reason) {
    case Refusal::Reason::http: break;
    case Refusal::Reason::timeout: return ErrorNumber::timeout;
    case Refusal::Reason::overload: return ErrorNumber::overload;
    case Refusal::Reason::leaving: return ErrorNumber::not_primary;
  }
  return static_cast<ErrorNumber>(refusal.status);
}

struct OutboundSettings {
  protocol::BodyLimits body;
  std::unique_ptr<EventCharset> charset;  // null: event strings are UTF-8
  bool health = false;                    // there is /healthz
};

constexpr std::string_view kHealthPath = "/healthz";

class OutboundExchange final : public Exchange {
 public:
  OutboundExchange(const OutboundSettings& settings, const protocol::HttpRequest& request,
                   const Dialect::Origin& origin)
      : settings_(settings), origin_(origin), presentation_(presentation_for(request.accept)) {}

  tl::expected<Scope, Response> check_head(const protocol::HttpRequest& request) override;
  tl::expected<Outgoing, Response> take(const protocol::HttpRequest& request, std::uint64_t correlation) override;
  Response respond(protocol::ClientReply reply) override;
  Response respond(const Refusal& refusal) override;
  [[nodiscard]] std::size_t row() const override {
    return route_.row ? static_cast<std::size_t>(route_.row->id) + 1 : 0;
  }

 private:
  [[nodiscard]] Response answer_health(const protocol::HttpRequest& request) const;
  void log_ignored_parameters() const;
  [[nodiscard]] std::string log_text(const protocol::Event& event) const;
  [[nodiscard]] Response finish(EventResponse response) const;

  const OutboundSettings& settings_;
  Dialect::Origin origin_;
  Presentation presentation_;
  Route route_{};
  ClientReference client_reference_;
};

tl::expected<Exchange::Scope, Response> OutboundExchange::check_head(const protocol::HttpRequest& request) {
  if (settings_.health && request.target == kHealthPath) return tl::unexpected(answer_health(request));
  auto route = proxy::check_head(request, origin_.transport);
  if (!route) return tl::unexpected(finish(std::move(route.error())));
  route_ = *std::move(route);
  return Scope{protocol::to_string(route_.row->resource), route_.row->request};
}

// By the proxy alone: one that does not hear its supervisor ends.
Response OutboundExchange::answer_health(const protocol::HttpRequest& request) const {
  if (request.method != protocol::HttpMethod::get && request.method != protocol::HttpMethod::head) {
    EventResponse refused = http_failure(405, "this method is not allowed here; the header Allow names those that are");
    refused.allow = "GET, HEAD";
    return finish(std::move(refused));
  }
  return {.body = "{\"alive\":true}\n"};
}

tl::expected<Exchange::Outgoing, Response> OutboundExchange::take(const protocol::HttpRequest& request,
                                                                  std::uint64_t correlation) {
  auto outbound = translate(request, route_, settings_.body, settings_.charset.get());
  if (!outbound) return tl::unexpected(finish(std::move(outbound.error())));
  log_ignored_parameters();
  client_reference_ = std::move(outbound->client_reference);
  protocol::Request& message = outbound->message;
  message.connection = origin_.connection;
  message.sequence = origin_.sequence;
  std::string text = log_text(message.event);
  message.event.add("GSW_REFERENCE_ID", static_cast<std::int64_t>(correlation));
  return Outgoing{std::move(message), 0, std::move(text)};
}

Response OutboundExchange::respond(protocol::ClientReply reply) {
  EventResponse response =
      to_response(std::get<protocol::Answer>(std::move(reply)), client_reference_, settings_.charset.get());
  Location location = location_of(route_, response);
  Response out = finish(std::move(response));
  out.location = std::move(location);
  return out;
}

Response OutboundExchange::respond(const Refusal& refusal) {
  EventResponse response = failure(refusal.status, number_of(refusal), refusal.text);
  response.retry_after_s = refusal.retry_after_s;
  response.challenge = refusal.challenge;
  restore_reference(response.event, client_reference_);
  return finish(std::move(response));
}

void OutboundExchange::log_ignored_parameters() const {
  if (!origin_.log.wants(LogLevel::debug)) return;
  for (const std::string& name : route_.target.ignored) {
    origin_.log.write(lm::kParameterIgnored, "connection {} request {}: query parameter \"{}\" is ignored",
                      origin_.connection, origin_.sequence, name);
  }
}

std::string OutboundExchange::log_text(const protocol::Event& event) const {
  if (!origin_.log.wants(LogLevel::trace)) return {};
  return protocol::attribute_lines(event, origin_.log.wants(LogLevel::debug));
}

Response OutboundExchange::finish(EventResponse response) const {
  std::string text = log_text(response.event);
  Response out = render(std::move(response), presentation_, {origin_.connection, origin_.sequence});
  out.log_text = std::move(text);
  return out;
}

class OutboundDialect final : public Dialect {
 public:
  explicit OutboundDialect(std::unique_ptr<EventCharset> charset) { settings_.charset = std::move(charset); }

  void configure(const protocol::Configure& options) override {
    settings_.body = {options.limits.body_keys_max, options.limits.key_bytes_max};
    settings_.health = options.http.health;
  }
  [[nodiscard]] bool understands(const protocol::ClientReply& reply) const override {
    return std::holds_alternative<protocol::Answer>(reply);
  }
  [[nodiscard]] std::string shown_target(std::string_view, std::string_view target) const override {
    return protocol::shown_target(target);
  }
  [[nodiscard]] std::size_t rows() const override { return protocol::requests().size() + 1; }
  [[nodiscard]] std::unique_ptr<Exchange> begin(const protocol::HttpRequest& request,
                                                const Origin& origin) const override {
    return std::make_unique<OutboundExchange>(settings_, request, origin);
  }

 private:
  OutboundSettings settings_;
};

}  // namespace

DialectRow::Made make_outbound_dialect(const protocol::Configure& options) {
  auto charset = EventCharset::make(options.encoding);
  std::string alarm;
  if (!charset) alarm = fmt::format("encoding: {}; event strings are not converted", charset.error().text);
  return {std::make_unique<OutboundDialect>(charset ? *std::move(charset) : nullptr), std::move(alarm)};
}

}  // namespace outpost::proxy
