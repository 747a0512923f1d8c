#include "protocol/admin/resources.h"

#include <algorithm>
#include <iterator>

namespace outpost::protocol {

namespace {

using ParameterType = AdminParameter::Type;

constexpr AdminParameter kRecords[] = {
    {"list", ParameterType::text},        {"status", ParameterType::word},   {"type", ParameterType::word},
    {"result", ParameterType::word},      {"chain", ParameterType::integer}, {"contact", ParameterType::text},
    {"customer_id", ParameterType::text}, {"agent", ParameterType::text},    {"due_from", ParameterType::integer},
    {"due_till", ParameterType::integer}, {"after", ParameterType::json},    {"limit", ParameterType::integer}};
constexpr AdminParameter kRecord[] = {{"list", ParameterType::text}, {"record_id", ParameterType::integer}};
constexpr AdminParameter kStatistics[] = {
    {"names", ParameterType::texts}, {"lists", ParameterType::texts}, {"groups", ParameterType::texts}};
constexpr AdminParameter kDncList[] = {{"tenant", ParameterType::text},      {"phone", ParameterType::text},
                                       {"customer_id", ParameterType::text}, {"kind", ParameterType::text},
                                       {"after", ParameterType::json},       {"limit", ParameterType::integer}};

constexpr AdminParameter kEvents[] = {{"log", ParameterType::texts}};

// There is an event each second.
constexpr std::uint32_t kEventsMs = 30'000;
// Longer than a supervisor waits for another, so that it is the one to give up.
constexpr std::uint32_t kSwitchMs = 120'000;

constexpr AdminRow reads(std::string_view path, std::string_view command,
                         std::span<const AdminParameter> parameters = {}) {
  return {.path = path, .answer = AdminAnswer::command, .command = command, .parameters = parameters};
}

constexpr AdminRow writes(std::string_view path, std::string_view command, std::uint32_t held_ms = 0) {
  return {.path = path, .answer = AdminAnswer::command, .command = command, .writes = true, .held_ms = held_ms};
}

constexpr AdminRow kRows[] = {
    {.path = "/healthz", .answer = AdminAnswer::alive},
    {.path = "/readyz", .answer = AdminAnswer::ready},
    {.path = "/primary", .answer = AdminAnswer::primary},
    {.path = "/backup", .answer = AdminAnswer::backup},
    {.path = "/metrics", .answer = AdminAnswer::metrics},
    reads("/status", "status"),
    reads("/api/status", "status"),
    reads("/api/health", "health"),
    reads("/api/catalogue", "catalogue"),
    reads("/api/records", "records", kRecords),
    reads("/api/record", "record", kRecord),
    reads("/api/statistics", "statistics", kStatistics),
    reads("/api/imports", "imports"),
    reads("/api/groups", "groups"),
    reads("/api/sessions", "sessions"),
    reads("/api/dnc-list", "dnc-list", kDncList),
    {.path = "/api/configuration", .answer = AdminAnswer::configuration},
    {.path = "/events", .answer = AdminAnswer::events, .parameters = kEvents, .held_ms = kEventsMs},
    writes("/api/switch", "switch", kSwitchMs),
    writes("/api/role", "role", kSwitchMs),
    writes("/api/group", "group"),
    writes("/api/recall", "recall"),
    writes("/api/dnc-add", "dnc-add"),
    writes("/api/dnc-remove", "dnc-remove"),
    writes("/api/reload", "reload"),
    writes("/api/reopen-logs", "reopen-logs"),
};

}  // namespace

std::span<const AdminRow> admin_rows() { return kRows; }

const AdminRow* find_admin_row(std::string_view path) {
  auto row = std::ranges::find(kRows, path, &AdminRow::path);
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace outpost::protocol
