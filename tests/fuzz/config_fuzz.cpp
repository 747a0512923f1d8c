// The configuration file: any bytes give a configuration or at least one error, each on one line.
#include "supervisor/config/config.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto config = supervisor::parse_config(as_text(data, size), "fuzz.json");
  if (config) return 0;
  ENSURE(!config.error().empty(), "a configuration is refused without a reason");
  for (const std::string& error : config.error()) {
    ENSURE(!error.empty() && error.find('\n') == std::string::npos, "an error is not one line");
  }
  return 0;
}
