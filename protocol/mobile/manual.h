// etc/MOBILE.md: what a mobile node is and serves, from the tables of routes and errors.
#pragma once

#include <string>

namespace outpost::protocol {

std::string mobile_manual();

}  // namespace outpost::protocol
