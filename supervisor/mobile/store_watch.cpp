#include "supervisor/mobile/store_watch.h"

#include <utility>

namespace outpost::supervisor::mobile {

void StoreWatch::note(const Result<>& outcome) {
  if (outcome) return turn(false, "");
  switch (outcome.error().code) {
    case Errc::unavailable:
    case Errc::io:
    case Errc::timeout: return turn(true, outcome.error().text);
    // One that fails answers all the same. What is another transaction's, a limit of ours or the end of this process
    // says nothing of it.
    case Errc::store: return turn(false, "");
    default: return;
  }
}

void StoreWatch::turn(bool away, const std::string& problem) {
  if (std::exchange(away_, away) != away) changed_(problem);
}

}  // namespace outpost::supervisor::mobile
