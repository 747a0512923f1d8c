#include "supervisor/mobile/services/parameters.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/excerpt.h"
#include "common/text.h"
#include "protocol/mobile/limits.h"

namespace outpost::supervisor::mobile {

using protocol::CallParameter;
using std::chrono::seconds;

namespace {

constexpr std::string_view kBookingTime = "_booking_expiration_timeout";
constexpr std::string_view kCodeLengthName = "_access_code_length";
constexpr std::string_view kTtlName = "_ttl";

struct ValueLimit {
  std::string_view name;
  std::size_t bytes_max;
};
constexpr ValueLimit kValueLimits[] = {
    {"_phone_number", protocol::kNumberBytesMax},    {"_access_number", protocol::kNumberBytesMax},
    {"_access_code", protocol::kMobileNameBytesMax}, {"_resource_group", protocol::kMobileNameBytesMax},
    {"_id", protocol::kServiceIdBytesMax},
};

std::size_t value_bytes_max(std::string_view name) {
  const auto* row = std::ranges::find(kValueLimits, name, &ValueLimit::name);
  return row == std::end(kValueLimits) ? protocol::kServiceParameterBytesMax : row->bytes_max;
}

std::optional<Refusal> check_parameter(const CallParameter& one) {
  if (one.name.size() > protocol::kMobileNameBytesMax) {
    return Refusal{400, fmt::format("A name is longer than {} bytes.", protocol::kMobileNameBytesMax)};
  }
  if (one.is_file) {
    return Refusal{400, fmt::format("{} is a file; the parameters of a service, whose names begin with \"_\", are "
                                    "texts.",
                                    excerpt(one.name))};
  }
  if (std::size_t most = value_bytes_max(one.name); one.value.size() > most) {
    return Refusal{400, fmt::format("{} is longer than {} bytes.", excerpt(one.name), most)};
  }
  return std::nullopt;
}

Parameters effective_of(const Parameters& given, const ServiceSection& section) {
  Parameters effective = given;
  for (const auto& [name, value] : section.parameters) {
    if (name != kBookingTime) {
      effective.insert_or_assign(name, value);
    } else {
      effective.emplace(name, value);
    }
  }
  return effective;
}

// Nothing when it is absent.
tl::expected<std::optional<std::int64_t>, Refusal> number_in(const Parameters& parameters, std::string_view name,
                                                             std::int64_t low, std::int64_t high,
                                                             std::string_view unit) {
  auto found = parameters.find(name);
  if (found == parameters.end()) return std::nullopt;
  auto value = parse_integer(found->second);
  if (value && *value >= low && *value <= high) return value;
  return tl::unexpected(
      Refusal{400, fmt::format("{} is \"{}\"; valid: {} to {} {}.", name, excerpt(found->second), low, high, unit)});
}

}  // namespace

tl::expected<CallInput, Refusal> read_input(std::vector<CallParameter> parameters, const ServiceSection& section) {
  CallInput input;
  for (CallParameter& one : parameters) {
    if (!one.name.starts_with('_')) {
      input.user_data.push_back(std::move(one));
      continue;
    }
    if (auto refused = check_parameter(one)) return tl::unexpected(*std::move(refused));
    input.given.insert_or_assign(std::move(one.name), std::move(one.value));
  }
  input.effective = effective_of(input.given, section);
  return input;
}

tl::expected<std::string, Refusal> required(const Parameters& parameters, std::string_view name) {
  std::string_view value = optional_text(parameters, name);
  if (value.empty()) return tl::unexpected(Refusal{400, fmt::format("The parameter {} is missing.", name)});
  return std::string(value);
}

std::string_view optional_text(const Parameters& parameters, std::string_view name) {
  auto found = parameters.find(name);
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<bool> read_flag(std::string_view text) {
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

bool flag(const Parameters& parameters, std::string_view name) {
  return read_flag(optional_text(parameters, name)).value_or(false);
}

std::vector<std::string_view> ignored_flags(const Parameters& parameters) {
  std::vector<std::string_view> ignored;
  for (std::string_view name : {"_delete_match", "_delete_service", "_provide_code", "_return_data",
                                "_return_multiple_matches", "_return_user_data"}) {
    auto found = parameters.find(name);
    if (found != parameters.end() && !read_flag(found->second)) ignored.push_back(name);
  }
  return ignored;
}

tl::expected<std::optional<seconds>, Refusal> booking_time(const CallInput& input) {
  auto given = number_in(input.effective, kBookingTime, protocol::kBookingMin, protocol::kBookingMax, "seconds");
  if (!given) return tl::unexpected(std::move(given.error()));
  if (!*given) return std::nullopt;
  return seconds(**given);
}

tl::expected<std::size_t, Refusal> code_length(const CallInput& input) {
  auto given =
      number_in(input.effective, kCodeLengthName, protocol::kCodeLengthMin, protocol::kCodeLengthMax, "digits");
  if (!given) return tl::unexpected(std::move(given.error()));
  return static_cast<std::size_t>(given->value_or(protocol::kCodeLength));
}

seconds service_ttl(const CallInput& input) { return storage_ttl(optional_text(input.effective, kTtlName)).time; }

}  // namespace outpost::supervisor::mobile
