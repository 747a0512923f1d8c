// Frames and every message in them. The first byte says in which pieces the rest arrives.
#include "protocol/channel/frame.h"

#include <string>
#include <vector>

#include "protocol/channel/control.h"
#include "protocol/channel/courier.h"
#include "protocol/channel/messages.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

namespace {

// What decodes encodes to the same bytes: there is one form of each message.
template <class Family>
void check_message(const Frame& frame) {
  auto message = decode<Family>(frame.type, frame.payload);
  if (!message) return;
  std::visit(
      [&](const auto& m) {
        std::string bytes;
        encode(m, bytes);
        ENSURE(bytes == frame.payload, "a message has two forms");
        ENSURE(!describe(m).empty(), "a message has no description");
      },
      *message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::size_t piece_bytes = 1 + data[0];
  std::string_view stream = as_text(data + 1, size - 1);
  FrameReader reader;
  while (!stream.empty()) {
    std::string_view part = stream.substr(0, piece_bytes);
    std::vector<char> piece(part.begin(), part.end());
    stream.remove_prefix(part.size());
    reader.feed({piece.data(), piece.size()});
    for (;;) {
      auto frame = reader.next();
      if (!frame) return 0;
      if (!*frame) break;
      check_message<FromProxy>(**frame);
      check_message<FromSupervisor>(**frame);
      check_message<FromCourier>(**frame);
      check_message<ToCourier>(**frame);
      check_message<FromCtl>(**frame);
      check_message<ToCtl>(**frame);
    }
  }
  return 0;
}
