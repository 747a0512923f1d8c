// outpost-proxy(8).
#pragma once

#include <string>

namespace outpost::proxy {

std::string proxy_page();

}  // namespace outpost::proxy
