// What may be stored, and under what: the rules of the Storage API that need no store. Pure.
// Source: gms.md 2, mobile.md 15.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/uuid.h"  // ids of areas
#include "protocol/channel/messages.h"
#include "protocol/mobile/limits.h"
#include "supervisor/mobile/state/state_store.h"

namespace outpost::supervisor::mobile {

// An error of the caller's.
struct Refusal {
  std::uint16_t status;
  std::string text;
};

using Texts = std::map<std::string, std::string, std::less<>>;

// What a POST brings for one area.
struct StoragePlan {
  std::string id;
  std::string owner;
  std::chrono::seconds ttl{0};
  bool keeps_time = false;  // of an area that is updated: it lives as long as it would have
  Texts texts;
  std::vector<StateFile> files;
};

struct Ttl {
  std::chrono::seconds time;
  bool as_given;  // false: it was none, or too long
};
// 30 s for what is no ttl, a year for what is longer. Source: gms.md 2.2.
Ttl storage_ttl(std::string_view text);

// Moves the parameters into `plan`, which has its id. A refusal leaves both half done.
std::optional<Refusal> take_parameters(std::vector<protocol::CallParameter> parameters, StoragePlan& plan);
// The limits of a whole area: its keys, its texts as JSON, and the files that it has.
std::optional<Refusal> check_sizes(std::size_t keys, std::size_t texts_bytes, std::int64_t file_bytes);

Result<Texts> read_texts(std::string_view json);
std::string texts_json(const Texts& texts);

// One JSON object: the texts as they are stored, and for each file the address at which it is found.
std::string area_json(std::string_view texts, const std::vector<StateFile>& files,
                      const std::vector<std::string>& urls);

}  // namespace outpost::supervisor::mobile
