#include "supervisor/mobile/services/service_ids.h"

#include <algorithm>

#include "common/percent_encode.h"
#include "common/text.h"
#include "protocol/mobile/limits.h"
#include "supervisor/mobile/storage_rules.h"

namespace outpost::supervisor::mobile {

namespace {

bool is_id_character(char c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kUnreservedMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::string new_service_id(int node_id, std::string_view random16) {
  return fmt::format("{}-{}", node_id, uuid_of(random16));
}

bool may_be_service_id(std::string_view text) {
  // A path with these names another place.
  if (text.empty() || text == "." || text == "..") return false;
  return text.size() <= protocol::kServiceIdBytesMax && std::ranges::all_of(text, is_id_character);
}

}  // namespace outpost::supervisor::mobile
