// Who asks over a connection, and whether they may: for whom a trusted proxy asks, how often, where to, and by what
// right.

#include <algorithm>
#include <ctime>
#include <utility>

#include "proxy/http/client_address.h"
#include "proxy/http/connection.h"
#include "proxy/http/redirect.h"
#include "proxy/log_messages.h"

namespace outpost::proxy {

namespace lm = log_messages;

const protocol::ListenAddress& Connection::listener() const {
  static const protocol::ListenAddress kNone;
  const auto& listeners = host_.settings().options.listeners;
  return listener_ < listeners.size() ? listeners[listener_] : kNone;
}

std::unique_ptr<Exchange> Connection::begin_exchange(const protocol::HttpRequest& request, std::uint32_t sequence) {
  note_client(request);
  auto transport = stream_->secure() ? Dialect::Transport::tls : Dialect::Transport::clear;
  const protocol::ListenAddress& own = listener();
  return host_.settings().dialect->begin(request,
                                         {host_.log(), id_, sequence, transport, own.name, client_, own.external});
}

// Each request of a trusted proxy's may be another's.
void Connection::note_client(const protocol::HttpRequest& request) {
  is_trusted_ = host_.is_trusted(peer_.address);
  if (!is_trusted_ && !forwarded_) return;
  forwarded_ = is_trusted_ ? forwarded_for(request) : std::nullopt;
  client_ = forwarded_.value_or(peer_.address).text();
}

std::string Connection::shown_client() const { return forwarded_ ? fmt::format("{} by {}", client_, peer()) : peer(); }

std::uint32_t Connection::wait_for_rate() {
  if (forwarded_) return host_.take_token(*forwarded_);
  return is_trusted_ || !peer_.source ? 0 : host_.take_token(*peer_.source);
}

// What a listener that only redirects says to whatever it is asked.
std::optional<Response> Connection::redirect(const protocol::HttpRequest& request, Exchange& exchange) const {
  const std::string& name = listener().redirect_to;
  if (name.empty()) return std::nullopt;
  const auto& listeners = host_.settings().options.listeners;
  auto secure = std::ranges::find(listeners, name, &protocol::ListenAddress::name);
  if (secure == listeners.end()) {
    return exchange.respond(http_refusal(500, "the listener that requests are redirected to is not there"));
  }
  auto location = secure_location(request, secure->port);
  if (!location) {
    return exchange.respond(
        http_refusal(400, "this port redirects to https, and without a Host it is not known where to"));
  }
  Response response =
      exchange.respond(http_refusal(308, "requests are served over https alone; the header Location names the place"));
  response.own_lines += fmt::format("Location: {}\r\n", *location);
  return response;
}

std::optional<Response> Connection::refuse_head(const protocol::HttpRequest& request, Exchange& exchange,
                                                std::uint32_t sequence) {
  if (auto redirected = redirect(request, exchange)) return redirected;
  auto scope = exchange.check_head(request);
  if (!scope) return std::move(scope.error());
  auto refusal = unauthorized(request, *scope, sequence);
  if (!refusal) return std::nullopt;
  return exchange.respond(*refusal);
}

std::optional<Refusal> Connection::unauthorized(const protocol::HttpRequest& request, const Exchange::Scope& scope,
                                                std::uint32_t sequence) {
  const Authorization& authorization = host_.settings().authorization;
  auto refused = [&](std::string_view why) {
    host_.log().write(lm::kUnauthorized, "connection {} request {} from {}: {}", id_, sequence, shown_client(), why);
  };
  std::string_view pair = authorization.check_basic(request.authorization);
  if (!pair.empty()) {
    note_authorized(protocol::Proof::password, pair, scope, sequence);
    return std::nullopt;
  }
  using Token = Exchange::Scope::Token;
  bool needed = scope.token == Token::as_configured ? authorization.required() : scope.token == Token::always;
  if (!needed) {
    // Whether one is needed is the supervisor's to say; it does not hear of any that was wrong.
    if (authorization.has_pairs() && Authorization::is_basic(request.authorization)) {
      refused("a user and password that are not known");
    }
    return std::nullopt;
  }
  auto token =
      authorization.check(request.authorization, scope.resource, scope.request, std::time(nullptr), scope.by_name);
  if (token) {
    note_authorized(protocol::Proof::token, *token, scope, sequence);
    return std::nullopt;
  }
  refused(token.error().reason);
  Refusal refusal = std::move(token.error().refusal);
  if (authorization.has_pairs() && refusal.status == 401) refusal.challenge += ", Basic realm=\"outpost\"";
  return refusal;
}

void Connection::note_authorized(protocol::Proof proof, std::string_view name, const Exchange::Scope& scope,
                                 std::uint32_t sequence) {
  if (sequence != pipeline_.last_sequence()) return;  // asked before its body: it will be asked again
  pipeline_.last().exchange->authorized(proof, name);
  if (auto& seen = pipeline_.last().seen) seen->user = name;
  host_.log().write(lm::kAuthorized, "connection {} request {}: {} \"{}\", {} of {}", id_, sequence,
                    protocol::words_of(proof)[static_cast<std::size_t>(proof)], name, scope.request, scope.resource);
}

}  // namespace outpost::proxy
