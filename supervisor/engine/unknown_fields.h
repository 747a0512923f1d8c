// Fields of a request with which nothing would be done: custom fields that the calling list does not declare, and GSW_
// keys that the vocabulary does not have. Most are slips of the hand, and what a client is told is stored must be.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "protocol/outbound/vocabulary.h"
#include "supervisor/engine/requests/request.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// In an answer: the names of what was not stored, each with the nearest known one.
inline constexpr std::string_view kUnknownFieldsKey = "GSW_UNKNOWN_FIELDS";

// The words of the option unknown-fields by the numbers of UnknownFields; the first is for lists only.
const protocol::Enumeration& unknown_fields_words();

// What an engine has met: how many, and what the log has told lately. Runs on the engine's thread but for met().
class UnknownFieldWatch {
 public:
  static constexpr std::size_t kNamesMax = 1000;  // remembered; beyond it new names are counted only
  static constexpr std::int64_t kQuietSeconds = 3600;

  void count(std::size_t fields) noexcept { met_ += fields; }
  [[nodiscard]] std::uint64_t met() const noexcept { return met_; }
  // Whether the log is to tell of this name: the first time, and again when an hour has passed.
  bool is_news(const std::string& name, std::int64_t now);

 private:
  std::atomic<std::uint64_t> met_ = 0;
  std::map<std::string, std::int64_t> told_;  // name, and when
};

// Judges the unknown fields of context.event as the list's option says, else the application's:
//   report  they are taken out of the event, and context.unknown_fields names them
//   refuse  104, naming the first
//   carry   they stay, and a request that stores custom fields stores them beside the declared ones
// Custom fields of a request that stores none are not judged. `list` is nullptr where the request has none. To be
// called once, before anything is written.
// Assumption: ocs.md 2.1 lets the store drop such fields and 3.6 lets no error text repeat request bytes. A slip can
// only be found by its name, so keys are repeated here, at most 64 bytes of each and escaped. Values never are.
Step<> settle_unknown_fields(RequestContext& context, const CallingList* list);

}  // namespace outpost::supervisor
