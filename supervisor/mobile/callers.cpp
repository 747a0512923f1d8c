#include "supervisor/mobile/callers.h"

#include "supervisor/mobile/replies.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr const char* kChallenge = "Basic realm=\"outpost\"";

}  // namespace

std::optional<protocol::CallReply> caller_refusal(const protocol::Call& call, CallerNeeds needs) {
  bool by_password = call.proof == protocol::Proof::password;
  if (call.proof == protocol::Proof::token || (by_password && call.principal == needs.pair)) return std::nullopt;
  // What comes without a token where one is needed, the proxy has let pass for its password alone.
  if (needs.pair.empty() && !(needs.token && by_password)) return std::nullopt;
  protocol::CallReply refused = error_reply(401, "This needs a user and a password (Basic).");
  refused.challenge = kChallenge;
  return refused;
}

}  // namespace outpost::supervisor::mobile
