#include "proxy/admin/dialect.h"
#include "proxy/mobile/dialect.h"
#include "proxy/outbound/dialect.h"
#include "proxy/program.h"

int main(int argc, char** argv) {
  static constexpr outpost::proxy::DialectRow kDialects[] = {{"outbound", outpost::proxy::make_outbound_dialect},
                                                             {"mobile", outpost::proxy::make_mobile_dialect},
                                                             {"admin", outpost::proxy::make_admin_dialect}};
  return outpost::proxy::run_program(argc, argv, kDialects);
}
