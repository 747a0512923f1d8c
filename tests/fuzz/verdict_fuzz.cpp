// The answer of a validator: status (the first byte), ETag (the first line) and body, of a server that nobody trusts.
#include "supervisor/engine/outward/verdict.h"

#include <algorithm>
#include <variant>

#include "common/text.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::supervisor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint16_t kStatuses[] = {200, 409, 500};
  std::string_view text = as_text(data, size);
  if (text.empty()) return 0;
  protocol::FetchReply reply;
  reply.status = kStatuses[static_cast<unsigned char>(text[0]) % 3];
  text.remove_prefix(1);
  std::size_t end = std::min(text.find('\n'), text.size());
  if (end > 0) reply.headers.push_back({"etag", std::string(text.substr(0, end))});
  reply.body = text.substr(std::min(end + 1, text.size()));

  Verdict verdict = read_verdict(reply, 4711);
  using enum Verdict::Kind;
  ENSURE(verdict.kind != give_back, "an answer is none");
  ENSURE(reply.status == 200 || verdict.kind != dial, "it dials without being told to");
  ENSURE(verdict.kind == dial || verdict.update.empty(), "a record is changed that is not dialled");
  ENSURE(!verdict.call_result || (*verdict.call_result >= 0 && *verdict.call_result <= 53), "a result there is not");
  if (verdict.kind != dial) check_error_text(verdict.reason);
  for (const auto& [key, value] : verdict.update) {
    const auto* words = std::get_if<std::string>(&value);
    ENSURE(is_plain_text(key) && (!words || is_plain_text(*words)), "an update holds what is no text");
  }
  return 0;
}
