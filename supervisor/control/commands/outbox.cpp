// outbox: what waits for other servers, as outpostctl sees it.
#include "supervisor/engine/outward/outbox_pages.h"

#include <algorithm>
#include <iterator>

#include "common/text.h"
#include "supervisor/control/commands/arguments.h"

namespace outpost::supervisor {

namespace {

constexpr std::uint32_t kDroppedAtOnce = 500;  // in one piece
constexpr std::uint32_t kReadAtOnce = 64;      // their bodies come with them, and may be large
constexpr std::int64_t kSecondsAnHour = 3'600;
constexpr std::int64_t kOlderThanMax = 100'000;
constexpr std::string_view kOutboxKindWords[] = {"history", "contact-processed", "webhook"};

// One that has messages, that is paused, or that the configuration has.
Result<std::string> destination_argument(RecordStore& store, const JsonValue& arguments,
                                         const std::vector<std::string>& configured) {
  const std::string* given = text_argument(arguments, "destination");
  if (!given) return fail(Errc::invalid, "argument destination must be a string");
  std::vector<std::string> all = configured;
  auto waiting = store.outbox_destinations();
  if (!waiting) return pass(waiting);
  std::ranges::move(*waiting, std::back_inserter(all));
  auto pauses = store.outbox_pauses();
  if (!pauses) return pass(pauses);
  std::ranges::transform(*pauses, std::back_inserter(all), &OutboxPause::destination);
  if (std::ranges::find(all, *given) != all.end()) return *given;
  std::vector<std::string_view> names(all.begin(), all.end());
  std::string_view near = nearest(*given, names);
  return fail(Errc::not_found, "the outbox has no destination \"{}\"{}", *given,
              near.empty() ? std::string("; outpostctl outbox shows those that it has")
                           : fmt::format("; is \"{}\" meant?", near));
}

Result<std::optional<std::int64_t>> number_argument(const JsonValue& arguments, std::string_view name, std::int64_t low,
                                                    std::int64_t high) {
  const JsonValue* given = arguments.find(name);
  if (!given || given->kind() == JsonValue::Kind::null) return std::optional<std::int64_t>();
  auto number = integer_argument(arguments, name);
  if (!number) return pass(number);
  if (*number < low || *number > high) return fail(Errc::invalid, "{} must be from {} to {}", name, low, high);
  return std::optional(*number);
}

std::string list_name(const Catalogue& catalogue, std::int64_t dbid) {
  auto list = std::ranges::find(catalogue.lists, dbid, &CallingList::dbid);
  return list == catalogue.lists.end() ? std::string() : list->name;
}

void write_message(JsonWriter& out, const OutboxMessage& message, const Catalogue& catalogue, bool body) {
  out.begin_object().member("message_id", message.message_id);
  out.member("kind", kOutboxKindWords[static_cast<std::size_t>(message.kind)]);
  out.member("list", list_name(catalogue, message.list_dbid)).member("chain_id", message.chain_id);
  out.member("created_at", message.created_at).member("attempts", message.attempts);
  out.member("problem", message.problem).member("body_bytes", std::uint64_t{message.body.size()});
  if (body) out.member("body", message.body);
  out.end_object();
}

// --- What is dropped -------------------------------------------------------------------------------------------------

struct ChosenMessages {
  std::vector<std::int64_t> ids;
  std::optional<std::int64_t> next;  // behind which there may be more
};

Result<ChosenMessages> choose_message(RecordStore& store, const std::string& destination, std::int64_t id) {
  auto message = store.outbox_message(id);
  if (!message) return pass(message);
  if (!*message || (*message)->destination != destination) {
    return fail(Errc::not_found, "{} has no message {}", destination, id);
  }
  return ChosenMessages{{id}, {}};
}

Result<ChosenMessages> choose(RecordStore& store, const std::string& destination, const JsonValue& arguments,
                              std::int64_t now) {
  auto id = number_argument(arguments, "message_id", 1, INT64_MAX);
  if (!id) return pass(id);
  auto hours = number_argument(arguments, "older_than", 0, kOlderThanMax);
  if (!hours) return pass(hours);
  auto after = number_argument(arguments, "after", 0, INT64_MAX);
  if (!after) return pass(after);
  bool all = flag_argument(arguments, "all");
  if (int{id->has_value()} + int{hours->has_value()} + int{all} != 1) {
    return fail(Errc::invalid, "which messages? one of message_id, older_than and all chooses them");
  }
  if (*id) return choose_message(store, destination, **id);
  ChosenMessages chosen;
  std::int64_t last = after->value_or(0);
  while (chosen.ids.size() < kDroppedAtOnce) {
    std::uint32_t some = std::min(kReadAtOnce, kDroppedAtOnce - static_cast<std::uint32_t>(chosen.ids.size()));
    auto page = store.outbox(destination, last, some);
    if (!page) return pass(page);
    for (const OutboxMessage& message : *page) {
      if (!all && message.created_at > now - **hours * kSecondsAnHour) return chosen;
      chosen.ids.push_back(last = message.message_id);
    }
    if (page->size() < some) return chosen;
  }
  chosen.next = last;
  return chosen;
}

}  // namespace

Result<std::string> run_outbox_list(RecordStore& store, const JsonValue& arguments,
                                    const std::vector<std::string>& configured) {
  auto destination = destination_argument(store, arguments, configured);
  if (!destination) return pass(destination);
  auto limit = number_argument(arguments, "limit", 1, kPageRecordsMax);
  if (!limit) return pass(limit);
  auto after = number_argument(arguments, "after", 0, INT64_MAX);
  if (!after) return pass(after);
  auto behind = number_argument(arguments, "behind", 0, INT64_MAX);
  if (!behind) return pass(behind);
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  bool body = flag_argument(arguments, "body");
  std::uint32_t most = static_cast<std::uint32_t>(limit->value_or(kPageRecordsMax));
  std::int64_t last = std::max(after->value_or(0), behind->value_or(0));
  JsonWriter reply;
  reply.begin_object().member("destination", *destination).key("messages").begin_array();
  bool more = true;
  std::size_t bytes = 0;
  // Bodies may be large: a page of them ends early.
  for (std::uint32_t left = most; left > 0 && more && bytes < kReplyBytesMax / 8;) {
    std::uint32_t some = body ? 1 : std::min(left, kReadAtOnce);
    auto page = store.outbox(*destination, last, some);
    if (!page) return pass(page);
    for (const OutboxMessage& message : *page) {
      write_message(reply, message, *catalogue, body);
      bytes += body ? message.body.size() : 0;
      last = message.message_id;
    }
    more = page->size() == some;
    left -= some;
  }
  reply.end_array().key("next");
  more ? reply.value(last) : reply.null();
  return reply.end_object().take();
}

Result<OutboxOutcome> run_outbox_drop(RecordStore& store, const JsonValue& arguments,
                                      const std::vector<std::string>& configured, std::int64_t now) {
  auto destination = destination_argument(store, arguments, configured);
  if (!destination) return pass(destination);
  auto chosen = choose(store, *destination, arguments, now);
  if (!chosen) return pass(chosen);
  bool dry = flag_argument(arguments, "dry_run");
  if (!dry) {
    for (std::int64_t id : chosen->ids) {
      if (auto removed = store.remove_outbox(id); !removed) return pass(removed);
    }
  }
  JsonWriter reply;
  reply.begin_object().member("destination", *destination);
  reply.member("chosen", std::uint64_t{chosen->ids.size()});
  reply.member("removed", std::uint64_t{dry ? 0 : chosen->ids.size()}).key("next");
  chosen->next ? reply.value(*chosen->next) : reply.null();
  OutboxOutcome outcome{reply.end_object().take(), *destination, {}, 0};
  if (!dry) outcome.removed = std::move(chosen->ids);
  return outcome;
}

Result<OutboxOutcome> run_outbox_pause(RecordStore& store, const JsonValue& arguments,
                                       const std::vector<std::string>& configured, bool pause, std::int64_t now) {
  auto destination = destination_argument(store, arguments, configured);
  if (!destination) return pass(destination);
  auto pauses = store.outbox_pauses();
  if (!pauses) return pass(pauses);
  auto found = std::ranges::find(*pauses, *destination, &OutboxPause::destination);
  bool paused = found != pauses->end();
  std::int64_t paused_at = pause ? (paused ? found->paused_at : now) : 0;
  auto written = pause == paused ? Result<>()
                 : pause         ? store.pause_outbox({*destination, paused_at})
                                 : store.resume_outbox(*destination);
  if (!written) return pass(written);
  JsonWriter reply;
  reply.begin_object().member("destination", *destination).member("paused", pause).member("before", paused);
  return OutboxOutcome{reply.end_object().take(), *destination, {}, paused_at};
}

}  // namespace outpost::supervisor
