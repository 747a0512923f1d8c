#include "supervisor/mobile/store_watch.h"

#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

void StoreWatch::note(const Result<>& outcome) {
  if (outcome) return turn(State::works, "");
  const Error& error = outcome.error();
  switch (error.code) {
    // Somebody else's transaction, a limit of ours, or the end of this process, says nothing of the store.
    case Errc::conflict:
    case Errc::limit:
    case Errc::invalid:
    case Errc::busy:
    case Errc::closed: return;
    case Errc::unavailable:
    case Errc::io:
    case Errc::timeout: return turn(State::away, error.text);
    default: return turn(State::fails, error.text);
  }
}

void StoreWatch::turn(State state, const std::string& text) {
  State before = std::exchange(state_, state);
  if (before == state) return;
  switch (state) {
    case State::works: log_.write(lm::kStateWorks, "the store works again"); break;
    case State::fails: log_.write(lm::kStateFails, "the store fails: {}", text); break;
    case State::away: log_.write(lm::kStateAway, "the store cannot be reached: {}", text); break;
  }
  if ((before == State::away) != (state == State::away)) changed_(state == State::away ? text : std::string());
}

}  // namespace outpost::supervisor::mobile
