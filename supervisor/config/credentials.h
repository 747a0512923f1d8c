// The pairs of user and password of a mobile node: that of the section server, and those of services. A pair that
// stands in several sections has one name, that of the first. Pure. Source: gms.md G15.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

struct NamedPair {
  std::string name;  // "server", "service.NAME"
  std::string username;
  std::string password;
};

// Each pair once, the server's first, then by the names of the services.
std::vector<NamedPair> named_pairs(const Config& config);
// The name of the pair with which this service is asked, or with an empty name, all the rest. Empty: none is needed.
std::string pair_for(const Config& config, std::string_view service);

}  // namespace outpost::supervisor
