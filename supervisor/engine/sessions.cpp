#include "supervisor/engine/sessions.h"

namespace outpost::supervisor {

using protocol::OutboundProtocol;

void Sessions::touch(OutboundProtocol protocol, std::string_view agent_id, std::int64_t now) {
  bool desktop = protocol == OutboundProtocol::desktop;
  auto known = desktop ? desktop_.find(agent_id) : desktop_.end();
  Place place = known != desktop_.end() ? known->second : desktop ? by_activity_.end() : third_party_;
  if (place == by_activity_.end()) {
    if (by_activity_.size() >= kSessionsMax) forget(std::prev(by_activity_.end()));
    by_activity_.push_front({protocol, application_dbid_, std::string(agent_id), now, now, 0});
    place = by_activity_.begin();
    ++open_of(protocol);
    if (desktop) {
      desktop_.emplace(agent_id, place);
    } else {
      third_party_ = place;
    }
  }
  by_activity_.splice(by_activity_.begin(), by_activity_, place);
  place->active_at = now;
  ++place->requests;
}

std::int64_t Sessions::active_at(std::string_view agent_id) const {
  auto found = desktop_.find(agent_id);
  return found == desktop_.end() ? 0 : found->second->active_at;
}

void Sessions::end(std::string_view agent_id) {
  auto found = desktop_.find(agent_id);
  if (found != desktop_.end()) forget(found->second);
}

void Sessions::end_idle(std::int64_t active_till) {
  while (!by_activity_.empty() && by_activity_.back().active_at <= active_till) forget(std::prev(by_activity_.end()));
}

void Sessions::forget(Place place) {
  --open_of(place->protocol);
  if (place == third_party_) third_party_ = by_activity_.end();
  if (place->protocol == OutboundProtocol::desktop) desktop_.erase(place->agent_id);
  by_activity_.erase(place);
}

}  // namespace outpost::supervisor
