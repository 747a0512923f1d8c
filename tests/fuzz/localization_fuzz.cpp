// The file with the texts of events, which an operator's tools may have made.
#include "supervisor/mobile/notification/localization.h"

#include "common/text.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using supervisor::mobile::Localization;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto made = Localization::parse(as_text(data, size));
  if (!made) {
    ENSURE(!made.error().text.empty() && is_utf8(made.error().text), "an error says nothing");
    return 0;
  }
  for (std::string_view language : {"", "en", "de-DE"}) {
    ENSURE(is_plain_text(made->text("K", language)), "a text is none");
    ENSURE(made->text("no such key", language) == "no such key" || made->messages() > 0, "a text comes from nowhere");
  }
  return 0;
}
