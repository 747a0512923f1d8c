// The numbers that services give out, as the sections resources and list.* have them. Source: gms.md 6.1 to 6.3.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/options.h"
#include "common/words.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

enum class AllocationStrategy : std::uint8_t { random, local, cluster };
inline constexpr std::array<std::string_view, 3> kAllocationStrategyWords{"RANDOM", "LOCAL", "CLUSTER"};
constexpr std::span<const std::string_view> words_of(AllocationStrategy) { return kAllocationStrategyWords; }

struct ResourceGroup {
  AllocationStrategy strategy = AllocationStrategy::random;
  std::chrono::seconds booking{30};
  std::string backup;               // empty: none
  std::vector<std::string> values;  // by the order of their names in the file, each once
};

struct Resources {
  std::map<std::string, ResourceGroup, std::less<>> groups;
  std::vector<std::string>
      doubles;  // one sentence for each value that stands twice, in one group or in two: alarm 2000
};

// Of the list that is used. A text that is no strategy is RANDOM.
Resources resources_of(const Config& config);
// The name of the list that is used.
const std::string& resource_list(const Config& config);

// What no row can see alone.
void check_resources(const Config& config, ParsedOptions& parsed);

}  // namespace outpost::supervisor
