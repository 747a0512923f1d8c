#include "proxy/courier/url.h"

#include <algorithm>

#include "common/text.h"
#include "protocol/channel/courier.h"

namespace outpost::courier {

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > protocol::kUrlBytesMax) {
    return fail(Errc::invalid, "the URL is longer than {}", human_bytes(protocol::kUrlBytesMax));
  }
  auto is_visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!std::ranges::all_of(text, is_visible)) {
    return fail(
        Errc::invalid,
        "the URL holds a byte that no URL has; valid: visible ASCII, other characters as %XX and other names in "
        "punycode");
  }
  Url url;
  url.handle_.reset(curl_url());
  std::string copy(text);
  CURLUcode code = curl_url_set(url.handle(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) {
    return fail(Errc::invalid, "the URL cannot be read ({}); valid: as in https://host.example/path",
                to_lower(curl_url_strerror(code)));
  }
  std::string scheme = url.part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return fail(Errc::invalid, "the URL is neither http nor https; valid: as in https://host.example/path");
  }
  url.secure_ = scheme == "https";
  url.host_ = url.part(CURLUPART_HOST);
  url.port_ = url.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (url.host_.empty() || url.port_ == "0") {
    return fail(Errc::invalid, "the URL names no {}; valid: as in https://host.example/path",
                url.host_.empty() ? "host" : "port that there is");
  }
  url.server_ = fmt::format("{}://{}:{}", scheme, to_lower(url.host_), url.port_);
  url.path_ = url.part(CURLUPART_PATH);
  return url;
}

std::string Url::part(CURLUPart which, unsigned flags) const {
  char* text = nullptr;
  if (curl_url_get(handle(), which, &text, flags) != CURLUE_OK) return "";
  std::unique_ptr<char, void (*)(void*)> owned(text, curl_free);
  return text;
}

std::optional<IpAddress> Url::address() const {
  std::string_view host = host_;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return IpAddress::parse(host);
}

}  // namespace outpost::courier
