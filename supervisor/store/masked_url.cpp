#include "supervisor/store/masked_url.h"

#include "common/text.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kMask = "***";

// "user:password@host/database": the last @ counts, for a password may wrongly have one.
std::string masked_authority(std::string_view text) {
  std::size_t at = text.rfind('@');
  std::size_t colon = text.substr(0, at == std::string_view::npos ? 0 : at).find(':');
  if (colon == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, colon + 1)).append(kMask).append(text.substr(at));
}

// "password=...&sslmode=...": any name that speaks of a password.
std::string masked_options(std::string_view text) {
  std::string masked;
  while (!text.empty()) {
    std::string_view option = text.substr(0, text.find('&'));
    std::size_t equals = option.find('=');
    bool secret =
        equals != std::string_view::npos && to_lower(option.substr(0, equals)).find("password") != std::string::npos;
    masked.append(secret ? option.substr(0, equals + 1) : option).append(secret ? kMask : "");
    text.remove_prefix(option.size());
    if (text.empty()) break;
    masked += '&';
    text.remove_prefix(1);
  }
  return masked;
}

}  // namespace

std::string masked_url(std::string_view url) {
  constexpr std::string_view kBehindScheme = "://";
  std::size_t scheme = url.find(kBehindScheme);
  if (scheme == std::string_view::npos)
    return std::string(url.find_first_of("@=") == std::string_view::npos ? url : kMask);
  std::size_t begin = scheme + kBehindScheme.size();
  if (url.substr(0, scheme) == "sqlite") return std::string(url);
  std::string_view rest = url.substr(begin);
  // A ? of a password stands before the @.
  std::size_t at = rest.rfind('@');
  std::size_t question = rest.find('?', at == std::string_view::npos ? 0 : at);
  std::string masked = std::string(url.substr(0, begin)) + masked_authority(rest.substr(0, question));
  if (question != std::string_view::npos) masked += "?" + masked_options(rest.substr(question + 1));
  return masked;
}

}  // namespace outpost::supervisor
