// Who may send what: bearer tokens, and pairs of user and password. Pure; the time is passed in. Source: RFC 6750,
// RFC 7617, RFC 9110 section 11.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "common/error.h"
#include "protocol/channel/messages.h"
#include "proxy/http/refusal.h"

namespace outpost::proxy {

class Authorization {
 public:
  // Longest credentials that are looked at; a longer one is malformed.
  static constexpr std::size_t kCredentialsBytesMax = 512;
  // Of a pair of user and password in Base64.
  static constexpr std::size_t kBasicBytesMax = 2048;

  // All that are valid from now on. Errc::protocol when they cannot be what they should, and then nothing changes.
  Result<> set(protocol::Tokens tokens);
  [[nodiscard]] bool required() const { return required_; }
  // Whether there are pairs of user and password to know somebody by.
  [[nodiscard]] bool has_pairs() const { return !pairs_.empty(); }

  struct Denial {
    Refusal refusal;
    std::string reason;  // for the log: may name the token, holds no byte that the client sent
  };
  // The name of the token, good until set(). `header` is the value of Authorization, empty when there is none;
  // `resource` and `request` are what the token must be for; `by_name`: one that is for all resource types is not for
  // this one. `now` is wall-clock time, in seconds.
  [[nodiscard]] tl::expected<std::string_view, Denial> check(std::string_view header, std::string_view resource,
                                                             std::string_view request, std::int64_t now,
                                                             bool by_name = false) const;

  // Whether credentials are a user and a password, right or not.
  [[nodiscard]] static bool is_basic(std::string_view header);
  // The name of the pair that it shows, good until set(); empty when it shows none that there is.
  [[nodiscard]] std::string_view check_basic(std::string_view header) const;

 private:
  [[nodiscard]] const protocol::AccessToken* find(std::string_view credentials) const;

  bool required_ = false;
  std::vector<protocol::BasicCredential> pairs_;
  std::vector<protocol::AccessToken> tokens_;
};

}  // namespace outpost::proxy
