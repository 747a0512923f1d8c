// Pre-dial validation: what another server is asked before a record is handed out, and what its answer means. Pure
// functions. Source: ocs.md 6.4.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/channel/courier.h"
#include "protocol/outbound/event.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/store/foresight.h"

namespace outpost::supervisor {

// A record that was chosen for a request, and is handed out when its validator agrees.
struct Validation {
  std::int64_t handle = 0;
  std::string url;
  std::string http_client;  // empty for the first
  std::string body;
  std::uint32_t tries = 1;  // as far as there is time
  // What the do-not-call list is asked once more before the record is handed out.
  std::vector<Foresight::Contact> contacts = {};
};

// Of an answer; a longer one is none.
inline constexpr std::size_t kVerdictBytesMax = 64 * 1024;

struct Verdict {
  enum class Kind : std::uint8_t {
    dial,       // with what is to be changed before
    refuse,     // it is not to be called
    fail,       // nobody can say; the record is due again later
    give_back,  // nobody was asked, or nobody waits for it: the record is as if it had never been chosen
  };

  Kind kind = Kind::fail;
  protocol::Event update = {};                   // of dial: attributes in canonical form, custom fields, UTF-8
  std::optional<std::int32_t> call_result = {};  // of refuse, where the validator says one
  protocol::ErrorNumber error = protocol::ErrorNumber::internal_error;  // what the client is told, of the last two
  std::string reason = {};  // why, as the rest of a sentence, without a byte of the validator's
};

// What came of asking about the record of this handle.
Verdict read_verdict(const protocol::FetchReply& reply, std::int64_t handle);
Verdict failed_verdict(std::string reason, protocol::ErrorNumber error = protocol::ErrorNumber::internal_error);
Verdict giving_back(std::string reason, protocol::ErrorNumber error);

// --- How they end ----------------------------------------------------------------------------------------------------

enum class ValidationEnd : std::uint8_t {
  accepted,
  refused,
  failed,
  given_back,
  race,  // not asked: the call before is not reported yet
};
inline constexpr std::array<std::string_view, 5> kValidationEndWords{"accepted", "refused", "failed", "given-back",
                                                                     "race"};
constexpr std::span<const std::string_view> words_of(ValidationEnd) { return kValidationEndWords; }

// Counts on the engine's thread; read on any. What a transaction is done again for counts again.
class ValidationCounts {
 public:
  void count(ValidationEnd end) noexcept { ++counts_[static_cast<std::size_t>(end)]; }
  [[nodiscard]] std::uint64_t of(ValidationEnd end) const noexcept { return counts_[static_cast<std::size_t>(end)]; }

 private:
  std::array<std::atomic<std::uint64_t>, kValidationEndWords.size()> counts_{};
};

}  // namespace outpost::supervisor
