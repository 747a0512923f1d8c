#include "supervisor/ctl/commands.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>

#include "common/digest.h"
#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/dnc.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/import.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/reply.h"
#include "supervisor/ctl/view.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::int64_t kPage = 500;
// Leaves room in a frame for the escapes that JSON needs.
constexpr std::size_t kApplyBytesMax = protocol::kPayloadBytesMax / 4;

Result<Exit> show_reply(Client& client, const char* command, const std::string& arguments, bool json,
                        std::string (*show)(const JsonValue&)) {
  auto body = client.command(command, arguments);
  if (!body) return fail(body.error());
  if (json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return fail(reply.error());
  fmt::print("{}", show(*reply));
  return Exit::done;
}

// Tells when a process has ended, zombies included; one that cannot be watched (another pid namespace, an old kernel)
// is taken to be gone.
class ProcessWatch {
 public:
  explicit ProcessWatch(pid_t pid) : fd_(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1) {}
  ~ProcessWatch() {
    if (fd_ >= 0) close(fd_);
  }
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  [[nodiscard]] bool await_end(std::chrono::milliseconds timeout) const {
    if (fd_ < 0) return true;
    pollfd entry{fd_, POLLIN, 0};
    return poll(&entry, 1, static_cast<int>(timeout.count())) != 0;
  }

 private:
  int fd_;
};

std::string show_changes(const JsonValue& reply) {
  std::string text;
  for (const JsonValue& change : array_of(reply, "changes")) text += printable(text_of(change)) + "\n";
  return text;
}

}  // namespace

Exit exit_of(const Error& error) {
  switch (error.code) {
    case Errc::closed:
    case Errc::timeout:
    case Errc::protocol: return Exit::unreachable;
    case Errc::io:
    case Errc::limit: return Exit::file;
    default: return Exit::refused;
  }
}

std::string printable(std::string_view text) {
  std::string out;
  for (;;) {
    std::size_t end = std::min(text.find('\n'), text.size());
    out += escape_control(text.substr(0, end));
    if (end == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

Result<Exit> run_status(Client& client, const Arguments& arguments) {
  return show_reply(client, "status", "{}", arguments.json, show_status);
}

Result<Exit> run_lists(Client& client, const Arguments& arguments) {
  return show_reply(client, "catalogue", "{}", arguments.json, show_lists);
}

Result<Exit> run_catalogue(Client& client, const Arguments& arguments) {
  return show_reply(client, "catalogue", "{}", arguments.json, show_catalogue);
}

Result<Exit> run_record(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("list", arguments.list).member("record_id", arguments.record_id).end_object();
  return show_reply(client, "record", writer.take(), arguments.json, show_record);
}

Result<Exit> run_apply(Client& client, const Arguments& arguments) {
  auto text = read_file(arguments.file, kApplyBytesMax);
  if (!text) return fail(text.error());
  std::string source = shown_source(arguments.file);
  if (!is_utf8(*text)) return fail(Errc::io, "{} is not UTF-8", source);
  JsonWriter writer;
  writer.begin_object().member("text", *text).member("dry_run", arguments.dry_run).end_object();
  auto body = client.command("apply", writer.take());
  if (!body) return fail(body.error().code, "{}: {}", source, body.error().text);
  if (arguments.json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return fail(reply.error());
  fmt::print("{}{} changed, {} unchanged{}\n", show_changes(*reply), array_of(*reply, "changes").size(),
             integer_of(*reply, "unchanged"), arguments.dry_run ? " (dry run: nothing was written)" : "");
  std::fflush(stdout);
  for (const JsonValue& warning : array_of(*reply, "warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
  }
  return Exit::done;
}

// --- Pages -----------------------------------------------------------------------------------------------------------

namespace {

// A listing that comes in pages, so that one of any size can be looked at.
struct Listing {
  std::string_view command;
  std::string_view items;  // the member of a page that holds them
  std::function<std::string(const JsonValue* after, std::int64_t limit)> arguments;
  Table table;
  void (*add)(Table&, const JsonValue& page);
};

// Puts the items of `page` behind those of `whole`, and its end in the place of the other.
void append_page(JsonValue& whole, JsonValue page, std::string_view items) {
  if (whole.kind() != JsonValue::Kind::object) {
    whole = std::move(page);
    return;
  }
  for (auto& [name, value] : std::get<JsonValue::Object>(whole.value)) {
    if (name == items) {
      auto& all = std::get<JsonValue::Array>(value.value);
      const JsonValue::Array& more = array_of(page, items);
      all.insert(all.end(), more.begin(), more.end());
    } else if (name == "next") {
      value = next_of(page);
    }
  }
}

// --json prints one reply, however many pages it takes; with --all, which may be more than memory holds, one a line.
Result<Exit> show_pages(Client& client, const Arguments& arguments, Listing listing) {
  std::int64_t left = arguments.all ? INT64_MAX : arguments.limit;
  std::int64_t shown = 0;
  JsonValue after;
  JsonValue whole;
  do {
    bool first = after.kind() == JsonValue::Kind::null;
    auto body = client.command(listing.command, listing.arguments(first ? nullptr : &after, std::min(left, kPage)));
    auto page = read_reply(body);
    if (!page) return fail(page.error());
    auto items = static_cast<std::int64_t>(array_of(*page, listing.items).size());
    shown += items;
    left -= items;
    after = next_of(*page);
    if (!arguments.json) {
      listing.add(listing.table, *page);
      fmt::print("{}", listing.table.take());
    } else if (!arguments.all) {
      append_page(whole, std::move(*page), listing.items);
    } else if (items > 0 || first) {
      fmt::print("{}\n", *body);
    }
  } while (after.kind() != JsonValue::Kind::null && left > 0);
  if (arguments.json) {
    if (!arguments.all) fmt::print("{}\n", JsonWriter().value(whole).take());
  } else if (after.kind() != JsonValue::Kind::null) {
    std::fflush(stdout);
    fmt::print(stderr, "the first {}; --limit and --all show more\n", shown);
  }
  return Exit::done;
}

}  // namespace

Result<Exit> run_records(Client& client, const Arguments& arguments) {
  auto page_arguments = [&arguments](const JsonValue* after, std::int64_t limit) {
    return records_arguments(arguments.list, arguments.filters, after, limit);
  };
  return show_pages(client, arguments, {"records", "records", page_arguments, records_table(), add_records});
}

// --- Files -----------------------------------------------------------------------------------------------------------

namespace {

bool in_a_file(const std::string& output) { return !output.empty() && output != kStandardStream; }
void show_reject(const Reject& reject) {
  fmt::print("line {}{}: {}\n", reject.line, reject.column.empty() ? "" : ", " + escape_control(reject.column),
             escape_control(reject.reason));
}

std::string show_rows(const ImportSummary& summary, bool dry_run) {
  std::uint64_t now = summary.rows - std::min(summary.rows_before, summary.rows);
  std::string text =
      fmt::format("{} {} rows in {} ({} rows/s)", dry_run ? "dry run: would import" : "imported", grouped(now),
                  human_duration(std::chrono::duration<double>(summary.seconds)),
                  grouped(static_cast<std::uint64_t>(static_cast<double>(now) / std::max(summary.seconds, 0.001))));
  if (summary.rows_before > 0) text += fmt::format(", {} with those of earlier runs", grouped(summary.rows));
  return text;
}

std::string show_rejects(std::uint64_t rejected, const std::string& path) {
  if (rejected == 0) return ", none rejected";
  return fmt::format(", {} rejected{}{}", grouped(rejected), path.empty() ? "" : ": see ", path);
}

// Somebody's work is not overwritten, and he is told where ours is.
void say_kept(const std::string& wanted, const std::string& used) {
  if (used.empty() || used == wanted) return;
  fmt::print(
      stderr,
      "{} is left as it is: it was changed since it was written, belongs to an import that was not finished, or is "
      "not a reject file\n",
      wanted);
}

void warn(const ImportCounts& counts, const Arguments& arguments) {
  if (counts.duplicates > 0 && arguments.duplicates == "keep") {
    fmt::print(stderr,
               "warning: {} of the rows have a contact that the list had already, and it {} there once more; "
               "--duplicates skip leaves such rows out, --duplicates refuse puts them into the reject file\n",
               grouped(counts.duplicates), arguments.dry_run ? "would be" : "is now");
  }
  if (counts.odd_windows > 0) {
    fmt::print(stderr,
               "warning: {} of the rows have a dialing window of which hours or minutes are probably meant: daily_from "
               "and daily_till are seconds since midnight, 28800 is 8:00 and 64800 is 18:00\n",
               grouped(counts.odd_windows));
  }
}

}  // namespace

Result<Exit> run_import(Client& client, const Arguments& arguments) {
  ImportOptions options{arguments.list,       arguments.file,   arguments.rejects,
                        arguments.restart,    arguments.skip,   arguments.chain_by,
                        arguments.duplicates, arguments.format, {}};
  if (options.rejects.empty()) options.rejects = options.file + ".rejects.csv";
  if (arguments.dry_run) options.dry_run = show_reject;
  auto summary = import_file(client, options);
  if (!summary) return fail(summary.error());
  const ImportCounts& counts = summary->counts;
  std::string skipped;
  if (counts.duplicates > 0 && options.duplicates == "skip") {
    skipped = fmt::format(", {} skipped: their contacts were in the list already", grouped(counts.duplicates));
  }
  fmt::print("{}{}{}\n", show_rows(*summary, arguments.dry_run), skipped,
             show_rejects(counts.rejected, summary->rejects));
  std::fflush(stdout);
  if (counts.rejected > 0) say_kept(options.rejects, summary->rejects);
  warn(counts, arguments);
  return counts.rejected > 0 ? Exit::rejects : Exit::done;
}

Result<Exit> run_export(Client& client, const Arguments& arguments) {
  auto rows = export_list(client, arguments.list, arguments.filters, arguments.output);
  if (!rows) return fail(rows.error());
  if (in_a_file(arguments.output)) fmt::print(stderr, "exported {} records to {}\n", grouped(*rows), arguments.output);
  return Exit::done;
}

// --- Statistics, groups, sessions ------------------------------------------------------------------------------------

namespace {

// Whether somebody watches, and how.
std::optional<ChartStyle> chart_style() {
  if (isatty(STDOUT_FILENO) != 1) return std::nullopt;
  const char* no_colour = std::getenv("NO_COLOR");
  return ChartStyle{terminal_columns(STDOUT_FILENO), !no_colour || *no_colour == '\0'};
}

}  // namespace

Result<Exit> run_stats(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object();
  for (auto [key, names] :
       {std::pair{"names", &arguments.names}, {"lists", &arguments.lists}, {"groups", &arguments.groups}}) {
    writer.key(key).begin_array();
    for (const std::string& name : *names) writer.value(name);
    writer.end_array();
  }
  return show_reply(client, "statistics", writer.end_object().take(), arguments.json,
                    [](const JsonValue& reply) { return show_statistics(reply, chart_style()); });
}

Result<Exit> run_groups(Client& client, const Arguments& arguments) {
  return show_reply(client, "groups", "{}", arguments.json, show_groups);
}

Result<Exit> run_group(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("command", arguments.group_command).member("group", arguments.group);
  if (arguments.force) writer.member("force", true);
  if (!arguments.mode.empty()) writer.member("mode", arguments.mode);
  return show_reply(client, "group", writer.end_object().take(), arguments.json, show_group_change);
}

Result<Exit> run_sessions(Client& client, const Arguments& arguments) {
  return show_reply(client, "sessions", "{}", arguments.json, show_sessions);
}

// --- Do-not-call -----------------------------------------------------------------------------------------------------

namespace {

std::string dnc_arguments(const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object();
  if (!arguments.tenant.empty()) writer.member("tenant", arguments.tenant);
  writer.key("entries").begin_array();
  for (const std::string& phone : arguments.phones) writer.begin_object().member("phone", phone).end_object();
  for (const std::string& id : arguments.customer_ids) writer.begin_object().member("customer_id", id).end_object();
  return writer.end_array().end_object().take();
}

// A count that was ended early is a lower bound.
std::string show_matching(std::uint64_t records, bool or_more) {
  if (records == 1 && !or_more) return "1 record matches";
  return fmt::format("{}{} records match", grouped(records), or_more ? " or more" : "");
}

std::string show_dnc_added(const JsonValue& reply) {
  return fmt::format(
      "{} added, {} in the list already; {}\n", integer_of(reply, "added"), integer_of(reply, "known"),
      show_matching(static_cast<std::uint64_t>(integer_of(reply, "matching")), flag_of(reply, "matching_or_more")));
}

std::string show_dnc_removed(const JsonValue& reply) {
  std::string text = fmt::format("{} removed\n", integer_of(reply, "removed"));
  for (const JsonValue& entry : array_of(reply, "missing")) {
    text += fmt::format("{}{} was not in the list\n", escape_control(text_of(entry, "phone")),
                        escape_control(text_of(entry, "customer_id")));
  }
  return text;
}

}  // namespace

Result<Exit> run_dnc_add(Client& client, const Arguments& arguments) {
  return show_reply(client, "dnc-add", dnc_arguments(arguments), arguments.json, show_dnc_added);
}

Result<Exit> run_dnc_remove(Client& client, const Arguments& arguments) {
  return show_reply(client, "dnc-remove", dnc_arguments(arguments), arguments.json, show_dnc_removed);
}

Result<Exit> run_dnc_list(Client& client, const Arguments& arguments) {
  DncQuery query{arguments.tenant, arguments.kind, arguments.filters.contact, arguments.filters.customer_id};
  auto page_arguments = [&query](const JsonValue* after, std::int64_t limit) {
    return dnc_list_arguments(query, after, limit);
  };
  return show_pages(client, arguments, {"dnc-list", "entries", page_arguments, dnc_table(), add_dnc_entries});
}

Result<Exit> run_dnc_import(Client& client, const Arguments& arguments) {
  DncImportOptions options{arguments.tenant, arguments.file, arguments.rejects, arguments.skip, arguments.format};
  if (options.rejects.empty()) options.rejects = options.file + ".rejects.csv";
  auto summary = import_dnc(client, options);
  if (!summary) return fail(summary.error());
  fmt::print("added {} entries in {}, {} were in the list already", grouped(summary->added),
             human_duration(std::chrono::duration<double>(summary->seconds)), grouped(summary->known));
  fmt::print("{}; {}\n", show_rejects(summary->rejected, summary->rejects),
             show_matching(summary->matching, summary->matching_or_more));
  if (summary->rejected == 0) return Exit::done;
  std::fflush(stdout);
  say_kept(options.rejects, summary->rejects);
  return Exit::rejects;
}

Result<Exit> run_dnc_export(Client& client, const Arguments& arguments) {
  auto entries = export_dnc(client, arguments.tenant, arguments.output);
  if (!entries) return fail(entries.error());
  if (in_a_file(arguments.output))
    fmt::print(stderr, "exported {} entries to {}\n", grouped(*entries), arguments.output);
  return Exit::done;
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

namespace {

// A prefix by which a person, or a scanner of files, knows what it is; then 256 random bits.
constexpr std::string_view kTokenPrefix = "outpost_";
constexpr std::size_t kTokenRandomBytes = 32;

std::string token_arguments(const Arguments& arguments, const std::string& token) {
  JsonWriter writer;
  writer.begin_object().member("name", arguments.token).member("digest", to_hex(sha256(token)));
  for (auto [key, names] : {std::pair{"resources", &arguments.resources}, {"requests", &arguments.requests}}) {
    writer.key(key).begin_array();
    for (const std::string& name : *names) writer.value(name);
    writer.end_array();
  }
  if (arguments.expires_in_days > 0) {
    constexpr double kDay = 24 * 3600;
    writer.member("expires_in", static_cast<std::int64_t>(std::ceil(arguments.expires_in_days * kDay)));
  }
  return writer.end_object().take();
}

}  // namespace

// The token is made here and goes to standard output only: the supervisor gets to know its digest.
Result<Exit> run_token_add(Client& client, const Arguments& arguments) {
  auto random = random_bytes(kTokenRandomBytes);
  if (!random) return fail(random.error());
  std::string token = std::string(kTokenPrefix) + base64url(*random);
  auto reply = read_reply(client.command("token-add", token_arguments(arguments, token)));
  if (!reply) return fail(reply.error());
  if (arguments.json) {
    JsonWriter whole;
    whole.begin_object().member("token", token);
    for (const auto& [key, value] : std::get<JsonValue::Object>(reply->value)) whole.member(key, value);
    fmt::print("{}\n", whole.end_object().take());
    return Exit::done;
  }
  fmt::print("{}\n", token);
  std::fflush(stdout);
  fmt::print(stderr, "This is the only time that the token is shown. {}\n", show_token_made(*reply));
  return Exit::done;
}

Result<Exit> run_token_list(Client& client, const Arguments& arguments) {
  return show_reply(client, "token-list", "{}", arguments.json, show_tokens);
}

Result<Exit> run_token_revoke(Client& client, const Arguments& arguments) {
  std::string sent = JsonWriter().begin_object().member("name", arguments.token).end_object().take();
  return show_reply(client, "token-revoke", sent, arguments.json, [](const JsonValue& reply) {
    return fmt::format("token {} is revoked\n", escape_control(text_of(reply, "name")));
  });
}

// --- The daemon ------------------------------------------------------------------------------------------------------

namespace {

// The supervisor gives up first, so that its sentence is heard.
constexpr std::chrono::milliseconds kReplyMargin{500};

JsonWriter& with_timeout(JsonWriter& writer, const Client& client) {
  return writer.member("timeout_ms", std::max<std::int64_t>(1, (client.timeout() - kReplyMargin).count()));
}

std::string show_switch(const JsonValue& reply) {
  std::string from = text_of(reply, "from");
  std::string text = fmt::format("{} is primary{}, epoch {}\n", printable(text_of(reply, "to")),
                                 from.empty() ? "" : " after " + printable(from), text_of(reply, "epoch"));
  const JsonValue* gap = reply.find("gap_ms");
  if (gap && gap->kind() != JsonValue::Kind::null) {
    text += fmt::format("no port was open for {} ms\n", integer_of(reply, "gap_ms"));
  }
  return text;
}

std::string show_role(const JsonValue& reply) {
  if (reply.find("to")) return show_switch(reply);
  return fmt::format("this supervisor is {}\n", text_of(reply, "role"));
}

}  // namespace

Result<Exit> run_switch(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("to", arguments.to);
  return show_reply(client, "switch", with_timeout(writer, client).end_object().take(), arguments.json, show_switch);
}

Result<Exit> run_role(Client& client, const Arguments& arguments) {
  JsonWriter writer;
  writer.begin_object().member("role", arguments.role);
  return show_reply(client, "role", with_timeout(writer, client).end_object().take(), arguments.json, show_role);
}

Result<Exit> run_reload(Client& client, const Arguments& arguments) {
  return show_reply(client, "reload", "{}", arguments.json, [](const JsonValue& reply) {
    for (const JsonValue& warning : array_of(reply, "warnings")) {
      fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
    }
    std::string changes = show_changes(reply);
    return changes.empty() ? std::string("nothing changed\n") : changes;
  });
}

Result<Exit> run_reopen_logs(Client& client, const Arguments&) {
  auto reply = read_reply(client.command("reopen-logs"));
  if (!reply) return fail(reply.error());
  fmt::print("logs reopened\n");
  return Exit::done;
}

// The end of the connection says that the supervisor is done; its process is gone a moment later, which a script that
// starts the next one wants to know as well.
Result<Exit> run_stop(Client& client, const Arguments&) {
  ProcessWatch process(client.process_id());
  auto reply = read_reply(client.command("stop"));
  // A supervisor that is gone before its reply is read did what it was told.
  if (!reply && reply.error().code != Errc::closed) return fail(reply.error());
  auto ended = client.await_end();
  if (ended && !process.await_end(client.timeout())) ended = fail(Errc::timeout, "its process is still there");
  if (!ended) {
    return fail(ended.error().code, "outpostd (pid {}) is stopping but not gone yet: {}", client.supervisor().pid,
                ended.error().text);
  }
  fmt::print("outpostd (pid {}) stopped\n", client.supervisor().pid);
  return Exit::done;
}

}  // namespace outpost::supervisor::ctl
