#include "supervisor/mobile/services/access_code.h"

#include "common/digest.h"

namespace outpost::supervisor::mobile {

Result<std::string> draw_code(int node_id, std::size_t length) {
  // Above the largest multiple of ten a byte would make the low digits likelier.
  constexpr unsigned char kFairBelow = 250;
  std::string code = fmt::format("{:02}", node_id);
  while (code.size() < length) {
    auto random = random_bytes(length - code.size());
    if (!random) return pass(random);
    for (char byte : *random) {
      auto drawn = static_cast<unsigned char>(byte);
      if (drawn < kFairBelow) code += static_cast<char>('0' + drawn % 10);
    }
  }
  return code;
}

}  // namespace outpost::supervisor::mobile
