// What one connection has read: the parser, and the bytes that no request was taken from yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/http/http1.h"
#include "proxy/http/settings.h"

namespace outpost::proxy {

class RequestReader {
 public:
  explicit RequestReader(const Settings& settings) { renew(settings); }

  // Limits are the parser's from its beginning, so new settings reach a connection between two requests.
  void renew(const Settings& settings);
  // Forgets the request in the making, with its memory: nothing more is taken from this connection.
  void give_up(const Settings& settings);
  protocol::HttpParser& parser() { return *parser_; }
  [[nodiscard]] const protocol::HttpParser& parser() const { return *parser_; }
  // Nothing of a request was seen since the last.
  [[nodiscard]] bool is_idle() const { return parser_->phase() == protocol::HttpParser::Phase::idle; }

  // Bytes that cannot be taken now, where there were none.
  void keep(std::string_view bytes) { rest_.assign(bytes); }
  [[nodiscard]] bool has_rest() const { return !rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return std::string_view(rest_).substr(rest_used_); }
  // All but so many of them were taken.
  void keep_last(std::size_t bytes) { rest_used_ = rest_.size() - bytes; }
  // With their memory.
  void drop_rest();

 private:
  std::optional<protocol::HttpParser> parser_;
  std::uint32_t settings_version_ = 0;
  std::string rest_;
  std::size_t rest_used_ = 0;  // bytes at the front of rest_ that were taken
};

}  // namespace outpost::proxy
