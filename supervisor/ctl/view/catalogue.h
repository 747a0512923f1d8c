// The catalogue, its campaign groups, and who has a session.
#pragma once

#include <string>

#include "common/json.h"

namespace outpost::supervisor::ctl {

std::string show_lists(const JsonValue& catalogue);
std::string show_catalogue(const JsonValue& catalogue);
std::string show_groups(const JsonValue& reply);
// What a command made of a group, as a sentence.
std::string show_group_change(const JsonValue& reply);
std::string show_sessions(const JsonValue& reply);

}  // namespace outpost::supervisor::ctl
