// What is done to areas on a store's thread, for the Storage API and for services alike. A Result that is an error is
// the store's; what the client did wrong is in the reply. Source: gms.md 2.
#pragma once

#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/channel/messages.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/mobile/storage_rules.h"

namespace outpost::supervisor::mobile {

inline constexpr std::string_view kNoArea = "There is no storage area with this id, or its time is over.";
inline constexpr std::string_view kNoKey = "The storage area has no such key.";

protocol::CallReply id_reply(std::string_view id);
protocol::CallReply refusal_reply(const Refusal& refusal);
// 200 without a body.
protocol::CallReply empty_reply();
// What clients are given for a path: behind server.external_url_base, which ends with a slash, where there is one.
std::string public_url(const std::string& base, const std::string& path);

// An area in the place of whatever has its id.
Result<> put_whole(StateStore& store, const StoragePlan& plan);
// What is given replaces what has its name, whether that was a text or a file. Nothing is written before it is certain
// that it fits.
Result<> merge_into(StateStore& store, const StoragePlan& plan, protocol::CallReply& reply);
Result<> remove_key_of(StateStore& store, const std::string& id, const std::string& key, protocol::CallReply& reply);

}  // namespace outpost::supervisor::mobile
