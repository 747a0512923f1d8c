// Whether a call comes with the pair of user and password that it needs. What was proved, the proxy says. Pure.
// Source: gms.md G15, mobile.md 5.3.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/channel/messages.h"

namespace outpost::supervisor::mobile {

// What a call needs: the pair of this name, or none when it is empty. Where calls need a token, it stands for every
// pair, and a pair stands for it only where it is the one that is needed: that of one service opens nothing else.
struct CallerNeeds {
  std::string_view pair;
  bool token = false;
};
std::optional<protocol::CallReply> caller_refusal(const protocol::Call& call, CallerNeeds needs);

}  // namespace outpost::supervisor::mobile
