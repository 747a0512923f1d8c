// The services of a mobile node, as the sections service.* have them. Source: gms.md 0.4 (G10 to G13), 1, 7.3,
// mobile.md 8.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/options.h"
#include "common/words.h"
#include "supervisor/config/config_rows.h"
#include "supervisor/config/connections.h"

namespace outpost::supervisor {

enum class ServiceType : std::uint8_t { builtin, ors };
inline constexpr std::array<std::string_view, 2> kServiceTypeWords{"builtin", "ors"};
constexpr std::span<const std::string_view> words_of(ServiceType) { return kServiceTypeWords; }

enum class Builtin : std::uint8_t { request_interaction, match_interaction, request_access };
inline constexpr std::array<std::string_view, 3> kBuiltinWords{"request-interaction", "match-interaction",
                                                               "request-access"};
constexpr std::span<const std::string_view> words_of(Builtin) { return kBuiltinWords; }

// In which order the servers of ORS are tried.
enum class OrsStrategy : std::uint8_t { linear, circular };
inline constexpr std::array<std::string_view, 2> kOrsStrategyWords{"linear", "circular"};
constexpr std::span<const std::string_view> words_of(OrsStrategy) { return kOrsStrategyWords; }

struct ServiceSection {
  std::string name;
  ServiceType type = ServiceType::builtin;
  Builtin builtin = Builtin::request_interaction;  // of type builtin
  std::string scxml;                               // of type ors: URL of the application
  std::vector<ServerAddress> ors;                  // of type ors: instead of the connections; empty: those
  OrsStrategy strategy = OrsStrategy::circular;
  bool external = true;  // false by default for match-interaction and request-access
  std::string username;  // empty: the server's pair, if any
  std::string password;
  // What overrides request parameters of the same name and travels to ORS: "_ttl" "60", "_provide_code" "true",
  // "_resource_group", "_access_code_length", "_booking_expiration_timeout", "_delete_match", "_type", "_service", and
  // the further ones. Values of known options are in their plain form (booleans "true"/"false", numbers in decimal).
  std::map<std::string, std::string, std::less<>> parameters;
};
using ServiceSections = std::map<std::string, ServiceSection, std::less<>>;

// Of a loaded configuration.
ServiceSections service_sections(const Config& config);
// Name of today of a service that older releases called a2c-NAME; empty: none.
std::string_view name_of_today(std::string_view old_name);
// A name that no section may have, as it looks like a service id: a number, a hyphen and a UUID, a UUID, or 32 or more
// upper-case letters, digits and ~.
bool looks_like_service_id(std::string_view name);

// What no row can see alone.
void check_services(const Config& config, ParsedOptions& parsed);

}  // namespace outpost::supervisor
