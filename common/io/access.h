// Why this process cannot have a file, said so that a person can mend it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost {

enum class Access : std::uint8_t {
  read,
  write,  // reading and writing, or making it
};

// What stands in the way of such an access to `path`: who lacks which permission on what, or which folder is missing.
// "user outpost may not make files in the folder /srv (of root, mode 0755)". Empty when nothing that can be seen does.
std::string obstacle_to(const std::string& path, Access access = Access::write);

// fail_errno() with the obstacle behind it.
[[nodiscard]] Failure fail_access(int errno_value, std::string_view what, const std::string& path,
                                  Access access = Access::write);

// The name of a user in /etc/passwd, empty for none. It asks no other place for users, of which some are far away.
std::string local_user_name(uid_t id);

// Errc::not_found when this host has no such group.
Result<gid_t> group_id(const std::string& name);

}  // namespace outpost
