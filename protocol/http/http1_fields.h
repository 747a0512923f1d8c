// The header and trailer fields of one HTTP/1.x request, as they come in pieces: counted and bounded, and the values of
// those collected that are read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/http/http1.h"

namespace outpost::protocol {

enum class HttpField : std::uint8_t {
  host,
  accept,
  content_encoding,
  idempotency_key,
  authorization,
  connection,
  transfer_encoding,
  expect,
  further,  // the one of HttpRequest::further that `further_` names
  other,
};
inline constexpr std::size_t kHttpFields = 10;

class HttpFields {
 public:
  // The pieces of a name, its end, the pieces of its value, its end. `place` is that of the first byte in the request.
  // What the request has a place for goes there at once. An error ends the request.
  std::optional<HttpError> on_name(std::string_view bytes, std::size_t place, const HttpLimits& limits);
  std::optional<HttpError> on_name_complete(HttpRequest& request, std::span<const WantedHeader> wanted,
                                            bool is_trailer);
  std::optional<HttpError> on_value(HttpRequest& request, std::string_view bytes, std::size_t place,
                                    const HttpLimits& limits);
  void on_value_complete(HttpRequest& request);

  // Those of another request's fields, for this one's.
  void keep_buffers(HttpFields& old);

  [[nodiscard]] bool has(HttpField field) const { return seen_[static_cast<std::size_t>(field)] > 0; }
  // Values that are for the parser alone.
  [[nodiscard]] const std::string& connection() const { return connection_; }
  [[nodiscard]] const std::string& transfer_encoding() const { return transfer_encoding_; }
  [[nodiscard]] const std::string& expect() const { return expect_; }

 private:
  std::optional<HttpError> on_bytes(std::string_view bytes, std::size_t place, const HttpLimits& limits);
  std::optional<HttpError> find_further(HttpRequest& request, std::span<const WantedHeader> wanted);
  std::string* destination(HttpRequest& request);

  std::string name_;  // of the field being read, cut
  bool in_name_ = false;
  HttpField field_ = HttpField::other;
  std::size_t further_ = 0;      // place in HttpRequest::further
  std::size_t field_start_ = 0;  // places of the field being read
  std::size_t field_end_ = 0;
  std::size_t bytes_ = 0;  // of the fields in front of it
  std::size_t count_ = 0;
  std::array<std::uint32_t, kHttpFields> seen_{};
  std::string connection_;
  std::string transfer_encoding_;
  std::string expect_;
};

}  // namespace outpost::protocol
