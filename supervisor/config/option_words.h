// What the rows of several sections have in common: sources, ranges, when a change takes effect, checks of a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/integers.h"
#include "common/networks.h"
#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

inline constexpr auto kAtOnce = TakesEffect::at_once;
inline constexpr auto kNextProxyStart = TakesEffect::next_proxy_start;
inline constexpr auto kRestart = TakesEffect::restart;

// Whose an option is, when it is not for all types of application.
inline constexpr std::string_view kOutbound = kApplicationTypeWords[0];
inline constexpr std::string_view kMobile = kApplicationTypeWords[1];

// Each source is a section of ocs.md; what the guide leaves open there is tagged [design].
inline constexpr std::string_view kGuide = "Source: ocs.md 6.1, from the deployment guide";
inline constexpr std::string_view kOurs = "Assumption: ocs.md 6.1 [design]";
inline constexpr std::string_view kConnectionRules = "Assumption: ocs.md 2.3 [design]";
inline constexpr std::string_view kBodyRules = "Assumption: ocs.md 2.1 [design]";
inline constexpr std::string_view kMobileOptions = "Source: gms.md 7.4";
inline constexpr std::string_view kMobileDesign = "Assumption: mobile.md 13 [design]";
inline constexpr std::string_view kDesign = "Assumption: the guide has no such option; design.md sections 2 to 5 and 9";

inline constexpr std::int64_t kYearHours = 365 * 24;
inline constexpr std::int64_t kPathBytesMax = 1'024;
inline constexpr std::string_view kOptionalPathValid = "an absolute path, or empty";
// A file that the service manager hands over: LoadCredential= of systemd.exec(5).
inline constexpr std::string_view kCredentials = "$CREDENTIALS_DIRECTORY/";
inline constexpr std::string_view kOptionalFileValid = "an absolute path, $CREDENTIALS_DIRECTORY/NAME, or empty";

inline constexpr std::string_view kNetworksValid =
    "networks with commas between them, as in 10.0.0.0/8, 2001:db8::/32, ::1";

inline const std::string& text_of(const OptionValue& value) { return std::get<std::string>(value); }

inline bool all_of(const std::string& text, std::string_view other_characters) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           other_characters.find(c) != std::string_view::npos;
  });
}

inline std::string networks_fault(const OptionValue& value) {
  auto networks = Networks::parse(text_of(value));
  return networks ? "" : "is no list of networks: " + networks.error();
}

inline std::string username_fault(const OptionValue& value) {
  return text_of(value).find(':') == std::string::npos ? "" : "holds a colon, which ends a user name in Basic";
}

// In options_host.cpp.
std::string machine_name();
std::string host_fault(const OptionValue& value);

inline std::string path_fault(const OptionValue& value) {
  return text_of(value).starts_with('/') ? "" : "is no absolute path";
}

inline std::string optional_path_fault(const OptionValue& value) {
  return text_of(value).empty() ? "" : path_fault(value);
}

inline std::string optional_file_fault(const OptionValue& value) {
  return text_of(value).starts_with(kCredentials) ? "" : optional_path_fault(value);
}

}  // namespace outpost::supervisor
