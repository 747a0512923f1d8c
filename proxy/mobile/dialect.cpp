#include "proxy/mobile/dialect.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "common/text.h"
#include "common/unicode.h"
#include "protocol/http/authority.h"
#include "protocol/http/media_type.h"
#include "protocol/mobile/call_log.h"
#include "protocol/mobile/errors.h"
#include "protocol/mobile/limits.h"
#include "protocol/outbound/exchange_log.h"
#include "proxy/mobile/attachment.h"
#include "proxy/mobile/cookies.h"
#include "proxy/mobile/cross_origin.h"
#include "proxy/mobile/parameters.h"
#include "proxy/mobile/target.h"

namespace outpost::proxy {

using protocol::HttpRequest;
using protocol::MobileRow;

namespace {

constexpr std::string_view kContentType = "Content-Type";
constexpr std::string_view kUser = "gms_user";
constexpr std::string_view kCookie = "Cookie";
constexpr std::string_view kOrigin = "Origin";
constexpr protocol::WantedHeader kWanted[] = {{kContentType, "Content-Type must be given once"},
                                              {kUser, "gms_user must be given once"},
                                              {kCookie},
                                              {kOrigin, "Origin must be given once"}};

constexpr std::string_view kBinaryType = "application/octet-stream";
constexpr std::string_view kCache = "no-cache, no-store";
// What is stored comes from strangers: a browser must not guess that it is a page.
constexpr std::string_view kMobileHeaders = "Pragma: no-cache\r\nX-Content-Type-Options: nosniff\r\n";
// Resources whose tokens must name them.
constexpr std::string_view kAdminApi = "admin";

constexpr protocol::FormLimits kFormLimits = {.fields_max = protocol::kMobileParametersMax,
                                              .name_bytes_max = protocol::kMobileNameBytesMax,
                                              .files_max = protocol::kMobileFilesMax,
                                              .part_header_bytes_max = protocol::kMobilePartHeaderBytesMax};

struct MobileSettings {
  protocol::MobileEdge edge;
  std::size_t body_bytes_max = 0;
  protocol::PartCharsets charsets;
};

std::string_view further_of(const HttpRequest& request, std::string_view name) {
  auto found = std::ranges::find(request.further, name, &protocol::FurtherHeader::name);
  return found == request.further.end() ? std::string_view() : std::string_view(found->value);
}

class MobileExchange final : public Exchange {
 public:
  MobileExchange(const MobileSettings& settings, const HttpRequest& request, const Dialect::Origin& origin)
      : settings_(settings), origin_(origin), listener_(origin.listener), client_(origin.client) {
    if (request.whole_head) page_ = further_of(request, kOrigin);
  }

  tl::expected<Scope, Response> check_head(const HttpRequest& request) override;
  void authorized(protocol::Proof proof, std::string_view name) override {
    proof_ = proof;
    principal_ = name;
  }
  tl::expected<Outgoing, Response> take(const HttpRequest& request, std::uint64_t correlation) override;
  Response respond(protocol::ClientReply reply) override;
  Response respond(const Refusal& refusal) override;
  [[nodiscard]] std::size_t row() const override { return row_ ? row_->place() + 1 : 0; }

 private:
  [[nodiscard]] Response refuse_target(const HttpRequest& request, const MobileTargetError& error) const;
  [[nodiscard]] std::optional<Response> refuse_head(const HttpRequest& request) const;
  [[nodiscard]] std::optional<protocol::FormError> read_into(protocol::Call& call, const ParameterSource& source) const;
  [[nodiscard]] tl::expected<std::string, Response> user_of(const HttpRequest& request) const;
  [[nodiscard]] Response refuse(int status, std::string_view text) const;
  [[nodiscard]] Response answer_options(std::string_view methods) const;
  [[nodiscard]] bool is_closed(const MobileRow& row) const {
    return origin_.external && row.exposure == protocol::RouteExposure::internal;
  }

  const MobileSettings& settings_;
  Dialect::Origin origin_;
  std::string listener_;
  std::string client_;
  std::string page_;    // the Origin of the request
  std::string cookie_;  // as it was sent
  const MobileRow* row_ = nullptr;
  std::vector<std::string> captures_;
  std::string query_;
  protocol::Proof proof_ = protocol::Proof::none;
  std::string principal_;
};

// --- The head --------------------------------------------------------------------------------------------------------

tl::expected<Exchange::Scope, Response> MobileExchange::check_head(const HttpRequest& request) {
  auto target = find_mobile_route(request.method_text, request.target);
  if (!target) return tl::unexpected(refuse_target(request, target.error()));
  if (is_closed(*target->row)) return tl::unexpected(refuse(403, "this is not served through this listener"));
  row_ = target->row;
  captures_ = std::move(target->captures);
  query_ = target->query;
  if (auto refused = refuse_head(request)) return tl::unexpected(*std::move(refused));
  return Scope{row_->api, row_->name, Scope::Token::as_configured, row_->api == kAdminApi};
}

Response MobileExchange::refuse_target(const HttpRequest& request, const MobileTargetError& error) const {
  if (error.row && is_closed(*error.row)) return refuse(403, "this is not served through this listener");
  if (error.status == 405 && request.method == protocol::HttpMethod::options) return answer_options(error.allow);
  Response response = refuse(error.status, error.text);
  response.allow = error.allow;
  return response;
}

std::optional<Response> MobileExchange::refuse_head(const HttpRequest& request) const {
  if (protocol::is_https(request.target) && origin_.transport != Dialect::Transport::tls) {
    return refuse(421, "a target that begins with https:// is served over TLS alone; this connection is without it");
  }
  if (request.expectation == protocol::Expectation::unknown) {
    return refuse(417, "the only expectation that is met here is 100-continue");
  }
  if (!request.content_encoding.empty() && !equal_ignoring_case(request.content_encoding, "identity")) {
    return refuse(415, "a body must be sent without content coding");
  }
  return std::nullopt;
}

// A browser asks so before a page of another site may call. It sends no credentials with it.
Response MobileExchange::answer_options(std::string_view methods) const {
  return {.content_type = "text/plain",
          .allow = methods,
          .cache = kCache,
          .headers = kMobileHeaders,
          .own_lines = preflight_lines(page_, settings_.edge.origins, methods)};
}

// --- The whole request -----------------------------------------------------------------------------------------------

tl::expected<Exchange::Outgoing, Response> MobileExchange::take(const HttpRequest& request, std::uint64_t) {
  auto user = user_of(request);
  if (!user) return tl::unexpected(std::move(user.error()));
  protocol::Call call;
  if (auto error = read_into(call, {query_, further_of(request, kContentType), request.body})) {
    return tl::unexpected(refuse(error->status, error->text));
  }
  cookie_ = further_of(request, kCookie);
  call.connection = origin_.connection;
  call.sequence = origin_.sequence;
  call.route = static_cast<std::uint16_t>(row_->place());
  call.captures = std::move(captures_);
  call.listener = std::move(listener_);
  call.external = origin_.external;
  call.peer = std::move(client_);
  call.user = *std::move(user);
  call.proof = proof_;
  call.principal = std::move(principal_);
  std::string text;
  if (origin_.log.wants(LogLevel::trace)) text = protocol::call_lines(call, origin_.log.wants(LogLevel::debug));
  return Outgoing{std::move(call), 0, std::move(text)};
}

// A route that takes JSON looks at no query.
std::optional<protocol::FormError> MobileExchange::read_into(protocol::Call& call,
                                                             const ParameterSource& source) const {
  if (row_->body == protocol::RouteBody::json) {
    auto json = call_json(source);
    if (!json) return std::move(json.error());
    call.json = *std::move(json);
    return std::nullopt;
  }
  auto parameters = call_parameters(row_->body, source, settings_.charsets, kFormLimits);
  if (!parameters) return std::move(parameters.error());
  call.parameters = *std::move(parameters);
  return std::nullopt;
}

tl::expected<std::string, Response> MobileExchange::user_of(const HttpRequest& request) const {
  std::string_view user = further_of(request, kUser);
  if (user.empty() && row_->needs_user) {
    return tl::unexpected(refuse(400, "the header gms_user must say whose data these are"));
  }
  if (user.size() > protocol::kMobileUserBytesMax || !is_plain_text(user)) {
    return tl::unexpected(refuse(
        400, fmt::format("the header gms_user must be UTF-8 of at most {} bytes", protocol::kMobileUserBytesMax)));
  }
  return std::string(user);
}

// --- Responses -------------------------------------------------------------------------------------------------------

Response MobileExchange::respond(protocol::ClientReply reply) {
  auto& call = std::get<protocol::CallReply>(reply);
  Response response{.status = call.status,
                    .retry_after_s = call.retry_after_s,
                    .challenge = has_control(call.challenge) ? std::string() : std::move(call.challenge),
                    .cache = kCache,
                    .headers = kMobileHeaders,
                    .own_lines = cross_origin_lines(page_, settings_.edge.origins),
                    .more = call.more};
  if (call.attachment) response.own_lines += attachment_line(call.file_name);
  if (call.affinity) response.own_lines += cookie_lines(cookie_, settings_.edge, new_cookie_id);
  if (origin_.log.wants(LogLevel::trace)) {
    response.log_text = protocol::reply_lines(call, origin_.log.wants(LogLevel::debug));
  }
  bool is_typed = call.content_type.empty() || protocol::is_media_type(call.content_type);
  response.content_type = is_typed ? std::move(call.content_type) : std::string(kBinaryType);
  response.body = std::move(call.body);
  return response;
}

Response MobileExchange::respond(const Refusal& refusal) {
  constexpr int kTooLarge = 413;
  std::string limit;
  if (refusal.status == kTooLarge) limit = fmt::format(" At most {} are taken.", human_bytes(settings_.body_bytes_max));
  Response response = refuse(refusal.status, refusal.text + limit);
  response.retry_after_s = refusal.retry_after_s;
  response.challenge = refusal.challenge;
  return response;
}

Response MobileExchange::refuse(int status, std::string_view text) const {
  Response response{.status = status,
                    .body = protocol::error_body(status, text),
                    .cache = kCache,
                    .headers = kMobileHeaders,
                    .own_lines = cross_origin_lines(page_, settings_.edge.origins)};
  if (origin_.log.wants(LogLevel::trace)) {
    protocol::Event lines;
    lines.add("(message)", text);
    response.log_text = protocol::attribute_lines(lines, true);
  }
  return response;
}

class MobileDialect final : public Dialect {
 public:
  MobileDialect() { settings_.charsets = protocol::PartCharsets::open(); }

  void configure(const protocol::Configure& options) override {
    settings_.edge = options.mobile;
    settings_.body_bytes_max = options.limits.body_bytes_max;
  }
  [[nodiscard]] bool understands(const protocol::ClientReply& reply) const override {
    return std::holds_alternative<protocol::CallReply>(reply);
  }
  [[nodiscard]] std::size_t rows() const override { return protocol::mobile_rows().size() + 1; }
  [[nodiscard]] std::span<const protocol::WantedHeader> headers() const override { return kWanted; }
  [[nodiscard]] std::string shown_target(std::string_view method, std::string_view target) const override {
    return std::string(shown_mobile_target(method, target));
  }
  [[nodiscard]] std::unique_ptr<Exchange> begin(const HttpRequest& request, const Origin& origin) const override {
    return std::make_unique<MobileExchange>(settings_, request, origin);
  }

 private:
  MobileSettings settings_;
};

}  // namespace

DialectRow::Made make_mobile_dialect(const protocol::Configure&) { return {std::make_unique<MobileDialect>(), {}}; }

}  // namespace outpost::proxy
