// Bearer tokens: what they are for and until when.
#pragma once

#include <string>

#include "common/json.h"

namespace outpost::supervisor::ctl {

// What a new token is for and until when, as a sentence; and all tokens.
std::string show_token_made(const JsonValue& token);
std::string show_tokens(const JsonValue& reply);

}  // namespace outpost::supervisor::ctl
