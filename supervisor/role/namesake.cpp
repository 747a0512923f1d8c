#include "supervisor/role/namesake.h"

#include <algorithm>
#include <utility>

#include "supervisor/role/process_state.h"

namespace outpost::supervisor {

NamesakeWatch::Verdict NamesakeWatch::saw(const LeaseView& view, std::uint64_t now_ms) {
  auto row = std::ranges::find(view.members, name_, &Member::name);
  if (row == view.members.end()) return Verdict::gone;
  bool spoke = seen_ && (row->instance != namesake_.instance || row->seen_at != namesake_.seen_at);
  namesake_ = *row;
  if (!std::exchange(seen_, true)) seen_ms_ = now_ms;
  switch (process_fate(static_cast<int>(row->pid), row->process_start)) {
    case ProcessFate::runs: return Verdict::alive;
    case ProcessFate::gone: return Verdict::gone;
    case ProcessFate::unknown: break;
  }
  if (spoke) return Verdict::alive;
  std::int64_t silent = view.now - row->seen_at;
  bool waited = now_ms - seen_ms_ > static_cast<std::uint64_t>(kSilenceMax.count());
  return silent > kSilenceMax.count() || waited ? Verdict::gone : Verdict::unsure;
}

}  // namespace outpost::supervisor
