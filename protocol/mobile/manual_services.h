// The part of the manual of a mobile node that is about services.
#pragma once

#include <string_view>

namespace outpost::protocol {

std::string_view services_manual();

}  // namespace outpost::protocol
