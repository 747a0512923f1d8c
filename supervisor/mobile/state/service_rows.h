// Rows of the state that belong to services: services themselves, the numbers and codes by which callers are found
// again, subscriptions. Source: mobile.md 6.1, 8; gms.md 1, 3, 6.
#pragma once

#include <cstdint>
#include <string>

namespace outpost::supervisor {

// By what a caller is found again. Without a number there is none.
struct StateAccess {
  std::string group;            // of the number
  std::string scope;            // where it is booked: "" on all nodes, else the node_id as text
  bool booked = false;          // false of RANDOM and of a backup resource
  std::string number;           // as configured
  std::string number_key;       // as it is compared
  std::string code;             // empty: none
  std::int64_t expires_at = 0;  // ms by the store's clock; put_service() and set_access() fill it in
  bool operator==(const StateAccess&) const = default;
};

struct StateService {
  std::string id;
  std::string name;   // of its section
  std::string type;   // "builtin", "ors"
  std::string area;   // id of the area with its user data
  std::string phone;  // as it is compared; empty: none
  StateAccess access;
  std::string ors_base;         // "http://host:port" that has the session; empty: none
  std::string ors_cookie;       // ORSSESSIONID=...; empty: none
  std::int64_t created_at = 0;  // ms by the store's clock; put_service() fills it in, as the next
  std::int64_t expires_at = 0;
  std::int64_t left_ms = 0;  // until then, by the store's clock, when it was read
  bool operator==(const StateService&) const = default;
};

// One value of one group.
struct StateResource {
  std::string scope;
  std::string group;
  std::string value;
  std::int64_t position = 0;    // in its group; -1: no longer configured
  std::string owner;            // id of a service; empty: free
  std::int64_t expires_at = 0;  // of the booking, ms by the store's clock; 0: free
  std::int64_t used_at = 0;     // since when it rests, or will; 0: never used
  bool operator==(const StateResource&) const = default;
};

// Of one group: how many values are configured, and how many of these are booked.
struct GroupCount {
  std::string scope;
  std::string group;
  std::int64_t total = 0;
  std::int64_t booked = 0;
  bool operator==(const GroupCount&) const = default;
};

struct StateSubscription {
  std::string id;  // 32 lower-case hex digits
  std::string subscriber;
  std::string filter;
  bool pattern = false;  // whether the filter has a *
  std::string prefix;    // of the filter, before its first *; all of it without one
  std::string type;
  std::string device;
  std::string provider;         // empty: none
  std::string properties;       // JSON object whose members are strings
  std::string authorization;    // empty: none
  std::int64_t expires_at = 0;  // ms by the store's clock; put_subscription() fills it in
  std::int64_t left_ms = 0;     // until then, when it was read
  bool operator==(const StateSubscription&) const = default;
};

}  // namespace outpost::supervisor
