// The services that a node answers by itself, each as one transaction on a store's thread: what it does, and what its
// reply is. A Result that is an error is the store's. Source: gms.md 1.3 to 1.6.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/error.h"
#include "protocol/channel/messages.h"
#include "supervisor/mobile/services/access.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/mobile/storage_rules.h"

namespace outpost::supervisor::mobile {

// What came of it, the reply apart for whoever minds the numbers.
struct ServiceOutcome {
  protocol::CallReply reply;
  std::string group;                    // of the number that was asked for
  std::optional<AccessOutcome> access;  // what came of that; nothing: none was
};

// How times are told to clients.
struct TimeTexts {
  std::string date_format;  // server.dateFormat; empty: the seconds that are left
};

struct InteractionPlan {
  std::string id;
  std::string name;
  std::string phone;  // as it is compared
  StoragePlan data;   // its ttl is that of the service
  AccessWish wish;
  TimeTexts times;
};
Result<> request_interaction(StateStore& store, const InteractionPlan& plan, ServiceOutcome& outcome);

struct MatchPlan {
  std::string number_key;
  std::string code;   // empty: not given
  std::string phone;  // as it is compared; empty: not given
  bool delete_service = false;
  bool return_data = false;
  bool several = false;  // all that match, and not the newest alone
  std::string url_base;  // of the files among the data that are returned
};
// Of a reply with user data: it is made where others wait for the store, and is not asked for again.
inline constexpr std::size_t kMatchDataBytesMax = 1024 * 1024;
// How many are matched at once at most.
inline constexpr std::int64_t kMatchesMax = 100;
Result<> match_interaction(StateStore& store, const MatchPlan& plan, ServiceOutcome& outcome);

// What the service has is given back first: where nothing is given then, it has neither number nor code.
struct AccessPlan {
  std::string id;     // of the service that wants it
  std::string phone;  // instead of its own; empty: it keeps that
  AccessWish wish;    // `time` is bounded by what is left of the service
  TimeTexts times;
};
Result<> request_access(StateStore& store, const AccessPlan& plan, ServiceOutcome& outcome);

// A service that lives, with its access and its data; `ended` is what it was. Nothing: there was none.
Result<> end_service(StateStore& store, const std::string& id, std::optional<StateService>& ended);

}  // namespace outpost::supervisor::mobile
