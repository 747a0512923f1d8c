// What a store.url names, and how people may see it.
#pragma once

#include <optional>
#include <string>

#include "common/error.h"

namespace outpost::supervisor {

// The file of an embedded store; nothing for any other url.
std::optional<std::string> sqlite_file(const std::string& url);
bool is_postgresql(const std::string& url);
// Errc::invalid for a url that is neither: names what is valid.
Failure no_store(const std::string& url);
// The url as people may see it: without its passwords.
std::string shown_url(const std::string& url);

}  // namespace outpost::supervisor
