// The ids of services. Source: gms.md 1.2.
#pragma once

#include <string>
#include <string_view>

namespace outpost::supervisor::mobile {

// "7-0b5e...": the number of the node that made it, and a UUID of 16 random bytes.
std::string new_service_id(int node_id, std::string_view random16);

// Whether a text can be the id of a service of any type: that of a session of ORS is one that ORS chose. At most 256
// letters, digits, "-", ".", "_" and "~", so that it can stand in a path as it is.
bool may_be_service_id(std::string_view text);

}  // namespace outpost::supervisor::mobile
