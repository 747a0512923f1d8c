// Networks and authorities: what is accepted can be said again and means the same.
#include "common/networks.h"

#include "protocol/http/authority.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = as_text(data, size);
  if (auto address = IpAddress::parse(text)) {
    ENSURE(IpAddress::parse(address->text()) == address, "an address is not what its text says");
    ENSURE(address->network(address->bits()) == *address, "a whole prefix changes an address");
    auto alone = Networks::parse(address->text());
    ENSURE(alone && alone->contains(*address), "an address is not in its own network");
  }
  auto networks = Networks::parse(text);
  if (!networks) {
    for (char c : networks.error()) ENSURE(static_cast<unsigned char>(c) >= 0x20, "an error is not one line");
    ENSURE(!networks.error().empty(), "networks are refused without a reason");
  }
  if (is_authority(text)) {
    ENSURE(same_authority("http://x/", text, text), "an authority is not its own");
    for (char c : text) ENSURE(c > ' ' && c != '@' && c != '/', "an authority holds what none may");
  }
  return 0;
}
