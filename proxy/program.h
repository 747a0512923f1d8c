// The life of the proxy's process: what it finds when it is started, and how it ends.
#pragma once

#include <span>

#include "proxy/http/dialect.h"

namespace outpost::proxy {

// What main() does in a program that knows these dialects.
int run_program(int argc, char** argv, std::span<const DialectRow> dialects);

}  // namespace outpost::proxy
