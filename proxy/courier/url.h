// The URL of a fetch, as libcurl itself reads it: two parsers would see two servers in one URL.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/networks.h"

namespace outpost::courier {

class Url {
 public:
  // Errc::invalid with a sentence that holds nothing of the URL, for there may be a password in it: not http or https,
  // too long, bytes that no URL has (names with other letters are written in punycode, other characters as %XX).
  static Result<Url> parse(std::string_view text);

  // For CURLOPT_CURLU; good for as long as this.
  [[nodiscard]] CURLU* handle() const { return handle_.get(); }
  // "https://host:443": requests with the same one go to the same server.
  [[nodiscard]] const std::string& server() const { return server_; }
  // For people: without user, password, query and fragment.
  [[nodiscard]] std::string shown() const { return server_ + path_; }
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] const std::string& port() const { return port_; }
  // When the host is no name.
  [[nodiscard]] std::optional<IpAddress> address() const;
  [[nodiscard]] bool secure() const { return secure_; }

 private:
  struct Free {
    void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
  };

  [[nodiscard]] std::string part(CURLUPart part, unsigned flags = 0) const;

  std::unique_ptr<CURLU, Free> handle_;
  std::string host_;
  std::string port_;
  std::string server_;
  std::string path_;
  bool secure_ = false;
};

}  // namespace outpost::courier
