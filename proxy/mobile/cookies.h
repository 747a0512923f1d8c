// The cookies that keep a client at one node: NAME=<id>.<route>, where a balancer reads the route. Pure.
// Source: gms.md 8.2.
#pragma once

#include <string>
#include <string_view>

#include "protocol/channel/messages.h"

namespace outpost::proxy {

// An id that nobody can guess, of letters and digits; empty when the system has no random bytes.
std::string new_cookie_id();

// Set-Cookie lines, each ended with CRLF, for a client that sent `header` as its Cookie: those of the configured names
// that it lacks, or has of another node. The id of one that it has stays, else `make_id` makes one. Empty: it has all.
std::string cookie_lines(std::string_view header, const protocol::MobileEdge& edge, std::string (*make_id)());

}  // namespace outpost::proxy
