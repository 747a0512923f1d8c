// The sections of the configuration that all nodes of a store must have alike: their digests, and who differs.
// Source: mobile.md 6.4, gms.md 7.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/config.h"
#include "supervisor/mobile/state/state_store.h"

namespace outpost::supervisor::mobile {

// A JSON object: each section to 16 hexadecimal digits.
std::string shared_digests(const Config& config);

// Names of sections that both have and that are not alike. What is no such JSON object has none.
std::vector<std::string> differing_sections(std::string_view ours, std::string_view theirs);

// "section gms is not that of node 2 (NAME): all nodes need the same", for each node that was seen of late.
std::vector<std::string> option_warnings(const StateNode& self, const std::vector<StateNode>& nodes,
                                         std::int64_t now_ms);

// A node that was not seen for longer has gone without a word. ms.
inline constexpr std::int64_t kNodeStaleMs = 10'000;

}  // namespace outpost::supervisor::mobile
