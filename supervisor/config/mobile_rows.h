// What the sections of a mobile node's services say, as structs; their rows are in options_services.cpp,
// options_resources.cpp, options_connections.cpp and options_push.cpp. Source: gms.md 1, 3.5, 6.1, 7.4, mobile.md 8,
// 9, 13.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "common/options.h"
#include "common/words.h"

namespace outpost::supervisor {

// Of one section service.NAME, in either spelling (gms.md G12): what is empty was not given.
struct ServiceOptions {
  std::string access_code_length;
  std::string booking_expiration_timeout;
  std::string delete_match;
  std::string ors;
  std::string ors_lb_strategy;
  std::string provide_code;
  std::string resource_group;
  std::string service;
  std::string ttl;
  std::string type;
};

struct ServiceConfig {
  std::string external;  // "true", "false"; empty: by what it is
  OptionTexts further;   // travel to ORS as "_key"
  ServiceOptions plain;
  std::string password;
  ServiceOptions prefixed;  // the same options with "_" before their names
  std::string username;
};

// A server of the contact centre: the guide's Connections tab.
enum class ConnectionType : std::uint8_t { ors, webapi };
inline constexpr std::array<std::string_view, 2> kConnectionTypeWords{"ors", "webapi"};
constexpr std::span<const std::string_view> words_of(ConnectionType) { return kConnectionTypeWords; }

struct ConnectionConfig {
  std::string host;
  std::string name;
  std::uint16_t port = 0;  // 0: that of the type, 7210 or 9002
  bool secure = false;
  ConnectionType type = ConnectionType::ors;

  bool operator==(const ConnectionConfig&) const = default;
};

struct OrsConfig {
  std::uint32_t max_ors_request_attempts = 3;
};

// Which LIST of the sections list.LIST.GROUP has the groups of numbers.
struct ResourcesConfig {
  std::string resource_list_name;   // the guide's other spelling; empty: not given
  std::string resources_list_name;  // empty: not given
};

// One group of numbers: its options, and its values under names that nobody looks at.
struct ListGroupConfig {
  std::string allocation_strategy;  // a word that is none of the three stands for RANDOM, with a remark
  std::string backup_resource;
  std::uint32_t booking_expiration_time = 0;     // s; 0: not given
  std::uint32_t booking_expiration_timeout = 0;  // the other spelling
  OptionTexts values;                            // without those that begin with # or _
};

struct AlarmsConfig {
  std::string command;
  std::uint32_t command_timeout = 10;  // s
};

// Formatting of events for devices: of one section push, push.provider.event[.E] or push.provider.P.event.E.
struct PushFormatOptions {
  std::string android_collapse_key;
  std::string android_delay_while_idle;  // "true", "false"; empty: not given, as all of these
  std::string apple_action_loc_key;
  std::string apple_badge;
  std::string apple_body;
  std::string apple_launch_image;
  std::string apple_loc_arg_names;
  std::string apple_loc_key;
  std::string apple_sound;
};
// The provider's own options (gms.md 3.5, affinity P) and their debug. twins are checked and kept as texts: what they
// are for comes with native push.
struct PushSectionConfig {
  PushFormatOptions format;
  OptionTexts provider;
};
struct PushConfig {
  std::int64_t default_subscription_expiration = 30;  // s, 30 or more
  std::string localization_file;
  std::string push_enabled;  // names with commas between them
  PushSectionConfig section;
};

}  // namespace outpost::supervisor
