// outpost-proxy as a child (child/program.h).
#pragma once

#include <span>

#include "proxy/http/dialect.h"

namespace outpost::proxy {

// What main() does in a program that knows these dialects.
int run_program(int argc, char** argv, std::span<const DialectRow> dialects);

}  // namespace outpost::proxy
