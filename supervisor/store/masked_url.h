// A store.url for people to read.
#pragma once

#include <string>
#include <string_view>

namespace outpost::supervisor {

// With *** for whatever may be a password, also in a url that is not well formed.
std::string masked_url(std::string_view url);

}  // namespace outpost::supervisor
