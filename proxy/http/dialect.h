// What a proxy speaks: how an HTTP request becomes a message for the supervisor, and its answer a response. What knows
// a product's paths, bodies and words is behind this; what knows connections, limits and time-outs is in front of it.
// A proxy has one dialect: Configure.dialect names it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "common/log.h"
#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"
#include "proxy/http/refusal.h"
#include "proxy/http/responses.h"

namespace outpost::proxy {

// One request, from its head to its response. Made for each that gets a response, also when it could not be read.
class Exchange {
 public:
  // What a bearer token must be for: constants.
  struct Scope {
    // When there must be one.
    enum class Token : std::uint8_t { as_configured, always, never };

    std::string_view resource;
    std::string_view request;
    Token token = Token::as_configured;
    bool by_name = false;  // a token that is for all resource types is not for this one
  };
  struct Outgoing {
    protocol::ClientRequest message;
    // 0: it counts in the window, and is answered within http-request-timeout. Else the Call is held: it has this long,
    // its client's connection is read no more meanwhile, and the supervisor hears when the client leaves.
    std::uint32_t held_ms = 0;
    std::string log_text = {};  // the lines of its trace block; only if the log wants them
  };

  virtual ~Exchange() = default;

  // What the head alone decides: the response is what the client gets at once, before its body when it waits for "100
  // Continue".
  virtual tl::expected<Scope, Response> check_head(const protocol::HttpRequest& request) = 0;
  // By what it was proved who asks, and that token's or pair's name: where check_head() asked for a token and it was
  // right, and where Basic credentials were right.
  virtual void authorized(protocol::Proof, std::string_view) {}
  // The whole request, whose head was right. `correlation` is the id that the message will travel under.
  virtual tl::expected<Outgoing, Response> take(const protocol::HttpRequest& request, std::uint64_t correlation) = 0;
  virtual Response respond(protocol::ClientReply reply) = 0;
  virtual Response respond(const Refusal& refusal) = 0;
  // The row under which it is counted (RequestCounts); 0 as long as it is no request of the dialect.
  [[nodiscard]] virtual std::size_t row() const { return 0; }
};

class Dialect {
 public:
  // What a request came over.
  enum class Transport : std::uint8_t { clear, tls };

  // Where a request comes from.
  struct Origin {
    Log& log;  // the proxy's
    std::uint64_t connection = 0;
    std::uint32_t sequence = 0;  // on the connection, from 1
    Transport transport = Transport::clear;
    std::string_view listener = {};  // its name; good during begin(), as is the next
    std::string_view client = {};    // its address, behind a trusted proxy the one that it has forwarded
    bool external = false;           // whether customers' machines reach the listener
  };

  virtual ~Dialect() = default;

  // Holds from the next request on.
  virtual void configure(const protocol::Configure& options) = 0;
  // Whether it is this dialect's: another one ends the channel.
  [[nodiscard]] virtual bool understands(const protocol::ClientReply& reply) const = 0;
  // How many rows its requests are counted in, row 0 among them. The supervisor has the same table.
  [[nodiscard]] virtual std::size_t rows() const { return 1; }
  // Headers that it reads beside those of HttpRequest: constants.
  [[nodiscard]] virtual std::span<const protocol::WantedHeader> headers() const { return {}; }
  // What the access log shows of a target, which may be malformed: by default its path without the query.
  [[nodiscard]] virtual std::string shown_target(std::string_view /*method*/, std::string_view target) const {
    return std::string(target.substr(0, target.find('?')));
  }
  // `request` is good during the call, and may be cut off anywhere when it is only to be refused. The dialect outlives
  // the exchange.
  [[nodiscard]] virtual std::unique_ptr<Exchange> begin(const protocol::HttpRequest& request,
                                                        const Origin& origin) const = 0;
};

// A row of the table of dialects.
struct DialectRow {
  struct Made {
    std::unique_ptr<Dialect> dialect;
    std::string alarm;  // what of the configuration it cannot use, and what it does instead; empty: nothing
  };

  std::string_view name;
  // Before the sandbox takes files away; configure() follows.
  Made (*make)(const protocol::Configure& options);
};

}  // namespace outpost::proxy
