// outpost-proxy as it is but for its table of dialects.
#include "proxy/program.h"
#include "tests/support/echo_dialect.h"

int main(int argc, char** argv) {
  static constexpr outpost::proxy::DialectRow kDialects[] = {{"echo", outpost::test::make_echo_dialect}};
  return outpost::proxy::run_program(argc, argv, kDialects);
}
