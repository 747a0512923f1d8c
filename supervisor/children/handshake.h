// What every child says of itself at its start, and how much of it is believed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/messages.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {

class Child;

// False: it speaks another version of the channel, and nothing is begun with it. It was told so and will exit; its end
// has the reason.
bool check_version(Child& child, protocol::Channel& channel, const protocol::Hello& hello);
// A child that says which measures it took may not say more than a status can bear.
Result<> check_measures(const std::vector<protocol::SandboxMeasure>& measures);
bool has_filter(const std::vector<protocol::SandboxMeasure>& measures);

// Members of the open object, in `status`: how it is, and what it has given up. `now_ms` is the loop's.
void write_life(JsonWriter& out, const Child& child, std::uint64_t now_ms);
void write_sandbox(JsonWriter& out, const std::vector<protocol::SandboxMeasure>& measures);

}  // namespace outpost::supervisor
