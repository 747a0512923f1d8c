// outpostctl status, metrics, health, switch, role, reload, reopen-logs, stop: the supervisor itself.
#include "supervisor/ctl/commands/commands.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "common/json.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/status.h"

namespace outpost::supervisor::ctl {

namespace {

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

std::string show_health(const JsonValue& reply) {
  std::string text =
      fmt::format("{}: {}\n", flag_of(reply, "ready") ? "ready" : "not ready", printable(text_of(reply, "role")));
  for (const JsonValue& reason : array_of(reply, "reasons")) text += printable(text_of(reason)) + "\n";
  return text;
}

Exit judge_health(const JsonValue& reply, const Arguments& arguments) {
  std::string role = text_of(reply, "role");
  bool as_asked = arguments.role.empty() || arguments.role == role;
  if (!as_asked) fmt::print(stderr, "this supervisor is {}, not {}\n", printable(role), arguments.role);
  return as_asked && flag_of(reply, "ready") ? Exit::done : Exit::not_ready;
}

// A supervisor that says nothing of it is older.
Exit judge_status(const JsonValue& reply, const Arguments&) {
  const JsonValue* health = reply.find("health");
  return health && !flag_of(*health, "ready") ? Exit::not_ready : Exit::done;
}

constexpr const char* kHealthFooter =
    "Ready: a primary whose proxy serves and whose store works, a backup that could take over, or a mobile node\n"
    "that is ONLINE.\n"
    "Exit status: 0 ready, and in the role that --role names; 1 not; 2 the command line is wrong; 3 the supervisor\n"
    "cannot be reached or does not answer.";

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

std::string show_reload(const JsonValue& reply) {
  for (const JsonValue& warning : array_of(reply, "warnings")) {
    fmt::print(stderr, "warning: {}\n", printable(text_of(warning)));
  }
  std::string changes = show_changes(reply);
  return changes.empty() ? std::string("nothing changed\n") : changes;
}

std::string show_metrics(const JsonValue& reply) { return text_of(reply, "text"); }

std::string show_reopened(const JsonValue&) { return "logs reopened\n"; }

// The end of the connection says that the supervisor is done; its process is gone a moment later, which a script that
// starts the next one wants to know as well.
Result<Exit> run_stop(Client& client, const Arguments& arguments) {
  ProcessWatch process(client.process_id());
  auto reply = read_reply(client.command(arguments.command->sends));
  // A supervisor that is gone before its reply is read did what it was told.
  if (!reply && reply.error().code != Errc::closed) return pass(reply);
  auto ended = client.await_end();
  if (ended && !process.await_end(client.timeout())) ended = fail(Errc::timeout, "its process is still there");
  if (!ended) {
    return fail(ended.error().code, "outpostd (pid {}) is stopping but not gone yet: {}", client.supervisor().pid,
                ended.error().text);
  }
  if (arguments.json) {
    JsonWriter writer;
    writer.begin_object().member("stopped", true).member("pid", std::int64_t{client.supervisor().pid});
    fmt::print("{}\n", writer.end_object().take());
    return Exit::done;
  }
  fmt::print("outpostd (pid {}) stopped\n", client.supervisor().pid);
  return Exit::done;
}

}  // namespace

std::vector<Command> status_commands() {
  return {
      {.name = "status",
       .text = "Show supervisor, proxy, requests and store",
       .options = {json_option(), watch_option()},
       .footer = "Exit status 1 when the supervisor is not ready: see outpostctl health.",
       .sends = "status",
       .view = show_status,
       .verdict = judge_status},
      {.name = "metrics",
       .text = "Print all that is measured, as Prometheus reads it",
       .options = {json_option(), {"--openmetrics", "As OpenMetrics instead", &Arguments::openmetrics, "openmetrics"}},
       .sends = "metrics",
       .view = show_metrics},
      {.name = "health",
       .text = "Say whether the supervisor does what its role asks of it",
       .options = {json_option(),
                   {.names = "--role",
                    .text = "The role that it is to have",
                    .target = &Arguments::role,
                    .words = {"primary", "backup", "node"}}},
       .footer = kHealthFooter,
       .sends = "health",
       .view = show_health,
       .verdict = judge_health}};
}

std::vector<Command> daemon_commands() {
  return {
      {.name = "reload",
       .text = "Read the configuration again",
       .options = {json_option()},
       .sends = "reload",
       .view = show_reload},
      {.name = "reopen-logs",
       .text = "Begin new log files",
       .options = {json_option()},
       .sends = "reopen-logs",
       .view = show_reopened},
      {.name = "switch",
       .text = "Hand the role of primary over, in order",
       .options = {json_option(),
                   {"--to", "Name of the supervisor that is to be primary; the other one by default", &Arguments::to,
                    "to"}},
       .sends = "switch",
       .waits = true,
       .view = show_switch,
       .grave = true},
      {.name = "role",
       .text = "Make this supervisor primary or backup",
       .options = {json_option(),
                   {.names = "ROLE",
                    .text = "primary or backup",
                    .target = &Arguments::role,
                    .sent = "role",
                    .required = true,
                    .words = {"primary", "backup"}}},
       .sends = "role",
       .waits = true,
       .view = show_role,
       .grave = true},
      {.name = "stop",
       .text = "Stop the supervisor and wait until it is gone",
       .options = {json_option()},
       .sends = "stop",
       .run = run_stop,
       .grave = true},
  };
}

}  // namespace outpost::supervisor::ctl
