#include "supervisor/ctl/commands.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/json.h"
#include "common/text.h"
#include "supervisor/ctl/file.h"
#include "supervisor/ctl/import.h"
#include "supervisor/ctl/progress.h"
#include "supervisor/ctl/reply.h"
#include "supervisor/ctl/view.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::int64_t kPageRecords = 500;
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
  if (!is_utf8(*text)) return fail(Errc::io, "{} is not UTF-8", arguments.file);
  JsonWriter writer;
  writer.begin_object().member("text", *text).member("dry_run", arguments.dry_run).end_object();
  auto body = client.command("apply", writer.take());
  if (!body) return fail(body.error().code, "{}: {}", arguments.file, body.error().text);
  if (arguments.json) {
    fmt::print("{}\n", *body);
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return fail(reply.error());
  fmt::print("{}{} changed, {} unchanged{}\n", show_changes(*reply), array_of(*reply, "changes").size(),
             integer_of(*reply, "unchanged"), arguments.dry_run ? " (dry run: nothing was written)" : "");
  return Exit::done;
}

// Page after page, so that a list of any size can be looked at; with --json each page is one line.
Result<Exit> run_records(Client& client, const Arguments& arguments) {
  Table table = records_table();
  std::int64_t after = 0;
  std::int64_t left = arguments.all ? INT64_MAX : arguments.limit;
  std::int64_t shown = 0;
  do {
    auto body = client.command(
        "records", records_arguments(arguments.list, arguments.filters, after, std::min(left, kPageRecords)));
    auto page = read_reply(body);
    if (!page) return fail(page.error());
    auto records = static_cast<std::int64_t>(array_of(*page, "records").size());
    if (arguments.json) {
      fmt::print("{}\n", *body);
    } else {
      add_records(table, *page);
      fmt::print("{}", table.take());
    }
    shown += records;
    left -= records;
    after = integer_of(*page, "next");
  } while (after > 0 && left > 0);
  if (!arguments.json && after > 0) {
    std::fflush(stdout);
    fmt::print(stderr, "the first {} records; --limit and --all show more\n", shown);
  }
  return Exit::done;
}

Result<Exit> run_import(Client& client, const Arguments& arguments) {
  ImportOptions options{arguments.list, arguments.file, arguments.rejects, arguments.restart, arguments.skip};
  if (options.rejects.empty()) options.rejects = options.file + ".rejects.csv";
  auto summary = import_file(client, options);
  if (!summary) return fail(summary.error());
  std::uint64_t now = summary->rows - std::min(summary->rows_before, summary->rows);
  fmt::print("imported {} rows in {} ({} rows/s)", grouped(now),
             human_duration(std::chrono::duration<double>(summary->seconds)),
             grouped(static_cast<std::uint64_t>(static_cast<double>(now) / std::max(summary->seconds, 0.001))));
  if (summary->rows_before > 0) fmt::print(", {} with those of earlier runs", grouped(summary->rows));
  if (summary->rejected == 0) {
    fmt::print(", none rejected\n");
    return Exit::done;
  }
  fmt::print(", {} rejected: see {}\n", grouped(summary->rejected), options.rejects);
  return Exit::rejects;
}

Result<Exit> run_export(Client& client, const Arguments& arguments) {
  auto rows = export_list(client, arguments.list, arguments.filters, arguments.output);
  if (!rows) return fail(rows.error());
  if (!arguments.output.empty()) fmt::print(stderr, "exported {} records to {}\n", grouped(*rows), arguments.output);
  return Exit::done;
}

Result<Exit> run_reload(Client& client, const Arguments& arguments) {
  return show_reply(client, "reload", "{}", arguments.json, [](const JsonValue& reply) {
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
