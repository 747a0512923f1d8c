#include "supervisor/mobile/storage_rules.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "common/digest.h"
#include "common/json.h"
#include "common/text.h"

namespace outpost::supervisor::mobile {

using protocol::CallParameter;

namespace {

constexpr std::size_t kMediaTypeBytesMax = 255;  // longer is no type that anybody has

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Refusal> check_name(std::string_view name) {
  if (name.empty()) return Refusal{400, "A value has no name; each needs one."};
  if (name.front() == '_') {
    return Refusal{400, "A name begins with \"_\", which is reserved for parameters of services; name data otherwise."};
  }
  // Their own address would be none.
  if (name == "." || name == "..") return Refusal{400, "A name must not be \".\" or \"..\"."};
  if (name.size() > protocol::kMobileNameBytesMax) {
    return Refusal{400, fmt::format("A name is longer than {} bytes.", protocol::kMobileNameBytesMax)};
  }
  return std::nullopt;
}

}  // namespace

Ttl storage_ttl(std::string_view text) {
  using std::chrono::seconds;
  bool digits = !text.empty() && std::ranges::all_of(text, is_digit);
  std::int64_t given = digits ? parse_integer(text).value_or(protocol::kTtlMax + 1) : 0;
  if (given < 1) return {seconds(protocol::kDefaultTtl), false};
  return {seconds(std::min(given, protocol::kTtlMax)), given <= protocol::kTtlMax};
}

std::optional<Refusal> take_parameters(std::vector<CallParameter> parameters, StoragePlan& plan) {
  std::int64_t file_bytes = 0;
  std::set<std::string, std::less<>> file_keys;
  for (CallParameter& one : parameters) {
    if (auto refused = check_name(one.name)) return refused;
    if (!one.is_file) {
      plan.texts.insert_or_assign(std::move(one.name), std::move(one.value));
      continue;
    }
    if (one.file_name.size() > protocol::kMobileNameBytesMax) {
      return Refusal{400, fmt::format("The name of a file is longer than {} bytes.", protocol::kMobileNameBytesMax)};
    }
    if (one.content_type.size() > kMediaTypeBytesMax) one.content_type.clear();
    // The proxy sends each name once; what it does not do must not become two files under one key.
    if (!file_keys.insert(one.name).second) return Refusal{400, "Two files have one name."};
    file_bytes += static_cast<std::int64_t>(one.value.size());
    plan.files.push_back(
        {plan.id, std::move(one.name), std::move(one.content_type), std::move(one.file_name), std::move(one.value)});
  }
  for (const StateFile& file : plan.files) plan.texts.erase(file.key);
  return check_sizes(plan.texts.size() + plan.files.size(), texts_json(plan.texts).size(), file_bytes);
}

std::optional<Refusal> check_sizes(std::size_t keys, std::size_t texts_bytes, std::int64_t file_bytes) {
  if (keys > protocol::kMobileParametersMax)
    return Refusal{400, fmt::format("The area would have more than {} keys.", protocol::kMobileParametersMax)};
  if (texts_bytes > protocol::kAreaTextBytesMax) {
    return Refusal{
        413, fmt::format("The texts of the area would be larger than {}.", human_bytes(protocol::kAreaTextBytesMax))};
  }
  if (file_bytes > protocol::kAreaFileBytesMax) {
    return Refusal{413, fmt::format("The files of the area would be larger than {} together.",
                                    human_bytes(static_cast<std::uint64_t>(protocol::kAreaFileBytesMax)))};
  }
  return std::nullopt;
}

Result<Texts> read_texts(std::string_view json) {
  constexpr std::size_t kDepthMax = 2;
  auto parsed = parse_json(json, {.bytes_max = 2 * protocol::kAreaTextBytesMax, .depth_max = kDepthMax});
  auto* members = parsed ? std::get_if<JsonValue::Object>(&parsed->value) : nullptr;
  if (!members) return fail(Errc::store, "the texts of an area are no JSON object");
  Texts texts;
  for (auto& [key, value] : *members) {
    auto* text = std::get_if<std::string>(&value.value);
    if (!text) return fail(Errc::store, "the texts of an area have a member that is no text");
    texts.emplace(std::move(key), std::move(*text));
  }
  return texts;
}

std::string texts_json(const Texts& texts) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [key, value] : texts) out.member(key, value);
  return out.end_object().take();
}

std::string area_json(std::string_view texts, const std::vector<StateFile>& files,
                      const std::vector<std::string>& urls) {
  if (files.empty()) return std::string(texts);
  JsonWriter out;
  out.begin_object();
  for (std::size_t i = 0; i < files.size(); ++i) out.member(files[i].key, urls[i]);
  std::string members = out.end_object().take();
  // Two objects become one.
  std::string_view inside = trim(texts.substr(0, texts.rfind('}')));
  bool empty = inside.size() <= 1;
  return std::string(inside).append(empty ? "" : ",").append(members, 1);
}

}  // namespace outpost::supervisor::mobile
