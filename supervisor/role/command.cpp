#include "supervisor/role/command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "common/io/descriptor.h"
#include "common/io/process.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

struct Pipe {
  Descriptor reader;  // does not wait
  Descriptor writer;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  Pipe pipe{Descriptor(fds[0]), Descriptor(fds[1])};
  // Only our end: a program does not expect that writing fails.
  if (fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) return fail_errno(errno, "cannot make a pipe");
  return pipe;
}

}  // namespace

// --- One run --------------------------------------------------------------------------------------------------------

// The program, its output and its deadline.
class RoleCommand::Running {
 public:
  Running(Loop& loop, Log& log, std::chrono::milliseconds timeout, std::function<void()> ended);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Result<> start(const std::string& program, const Change& change);

 private:
  Result<> watch(Descriptor reader);
  // False when there is nothing to read for now, or ever.
  bool read_some();
  void take(std::string_view bytes);
  void log_line();
  void on_timeout();
  void on_exited(int status, int signal);
  void log_end(int status, int signal);

  Loop& loop_;
  Log& log_;
  std::chrono::milliseconds timeout_;
  std::function<void()> ended_;
  std::string title_;  // "role-command /usr/bin/vip primary starting"
  std::uint64_t started_ms_ = 0;
  Descriptor output_;  // closed after poll_: declared first
  std::unique_ptr<UvHandle<uv_poll_t>> poll_;
  Timer deadline_;
  std::unique_ptr<Process> process_;
  std::string line_;  // what came of a line that has not ended
  bool line_cut_ = false;
  std::size_t lines_ = 0;
  bool timed_out_ = false;
};

RoleCommand::Running::Running(Loop& loop, Log& log, std::chrono::milliseconds timeout, std::function<void()> ended)
    : loop_(loop), log_(log), timeout_(timeout), ended_(std::move(ended)), deadline_(loop, [this] { on_timeout(); }) {}

RoleCommand::Running::~Running() {
  if (process_) process_->kill_group(SIGKILL);
}

Result<> RoleCommand::Running::start(const std::string& program, const Change& change) {
  std::string role(to_string(change.role));
  std::string old_role(to_string(change.old_role));
  title_ = fmt::format("role-command {} {} {}", program, role, old_role);
  started_ms_ = loop_.now_ms();
  auto pipe = make_pipe();
  if (!pipe) return pass(pipe);
  Process::Program what;
  what.path = program;
  what.arguments = {role, old_role};
  what.environment = {"OUTPOST_ROLE=" + role, "OUTPOST_OLD_ROLE=" + old_role,
                      fmt::format("OUTPOST_EPOCH={}", change.epoch), "OUTPOST_NAME=" + change.name};
  what.descriptors = {-1, pipe->writer.get(), pipe->writer.get()};
  what.own_session = true;
  auto process = Process::spawn(loop_, what, [this](int status, int signal) { on_exited(status, signal); });
  if (!process) return pass(process);
  process_ = std::move(*process);
  log_.write(lm::kRoleCommandStarted, "{} runs, pid {}, epoch {}", title_, process_->pid(), change.epoch);
  deadline_.start(timeout_);
  return watch(std::move(pipe->reader));
}

Result<> RoleCommand::Running::watch(Descriptor reader) {
  output_ = std::move(reader);
  poll_ = std::make_unique<UvHandle<uv_poll_t>>(this);
  if (uv_poll_init(loop_.raw(), poll_->get(), output_.get()) != 0) {
    poll_->abandon();
    return fail(Errc::io, "the event loop refused the pipe of its output");
  }
  uv_poll_start(poll_->get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    auto* self = static_cast<Running*>(handle->data);
    if (self && !self->read_some() && errno != EAGAIN) uv_poll_stop(handle);
  });
  return {};
}

bool RoleCommand::Running::read_some() {
  std::vector<char>& buffer = loop_.read_buffer();
  errno = 0;
  ssize_t n = read(output_.get(), buffer.data(), buffer.size());
  if (n > 0) take({buffer.data(), static_cast<std::size_t>(n)});
  return n > 0;
}

void RoleCommand::Running::take(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t end = bytes.find('\n');
    std::string_view part = bytes.substr(0, end);
    std::size_t room = kLineBytesMax - line_.size();
    line_cut_ = line_cut_ || part.size() > room;
    line_.append(part.substr(0, room));
    if (end == std::string_view::npos) return;
    log_line();
    bytes.remove_prefix(end + 1);
  }
}

void RoleCommand::Running::log_line() {
  if (++lines_ <= kLinesMax) log_.write(lm::kRoleCommandOutput, "{}: {}{}", title_, line_, line_cut_ ? " ..." : "");
  line_.clear();
  line_cut_ = false;
}

void RoleCommand::Running::on_timeout() {
  timed_out_ = true;
  process_->kill_group(SIGKILL);
}

void RoleCommand::Running::on_exited(int status, int signal) {
  // What it has written; somebody that it left behind may write for ever.
  constexpr int kLastReads = 16;
  for (int i = 0; i < kLastReads && output_ && read_some(); ++i) {
  }
  if (!line_.empty()) log_line();
  if (lines_ > kLinesMax) {
    log_.write(lm::kRoleCommandOutput, "{}: {} more lines are left out", title_, lines_ - kLinesMax);
  }
  log_end(status, signal);
  std::function<void()> ended = std::move(ended_);  // destroys this
  ended();
}

void RoleCommand::Running::log_end(int status, int signal) {
  if (timed_out_) {
    log_.write(lm::kRoleCommandFailed, "{} was killed: it took longer than {} ms", title_, timeout_.count());
  } else if (signal != 0) {
    log_.write(lm::kRoleCommandFailed, "{} was ended by signal {} ({})", title_, signal, strsignal(signal));
  } else if (status != 0) {
    log_.write(lm::kRoleCommandFailed, "{} failed with exit status {}", title_, status);
  } else {
    log_.write(lm::kRoleCommandEnded, "{} is done after {} ms", title_, loop_.now_ms() - started_ms_);
  }
}

// --- One after the other --------------------------------------------------------------------------------------------

RoleCommand::RoleCommand(Loop& loop, Log& log, std::string program, std::chrono::milliseconds timeout)
    : loop_(loop), log_(log), program_(std::move(program)), timeout_(timeout) {}

RoleCommand::~RoleCommand() = default;

void RoleCommand::configure(std::string program, std::chrono::milliseconds timeout) {
  program_ = std::move(program);
  timeout_ = timeout;
}

void RoleCommand::run(Role role, Role old_role, std::int64_t epoch, const std::string& name) {
  if (program_.empty()) return next_.reset();
  Change change{role, old_role, epoch, name};
  if (idle()) return start(change);
  if (next_) {
    log_.write(lm::kRoleCommandSkipped, "role-command is not run for the change from {} to {}: another followed",
               to_string(next_->old_role), to_string(next_->role));
  }
  next_ = std::move(change);
}

void RoleCommand::when_idle(std::function<void()> action) {
  if (idle()) return action();
  when_idle_ = std::move(action);
}

void RoleCommand::start(const Change& change) {
  running_ = std::make_unique<Running>(loop_, log_, timeout_, [this] { ended(); });
  auto started = running_->start(program_, change);
  if (started) return;
  log_.write(lm::kRoleCommandFailed, "role-command for the change from {} to {}: {}", to_string(change.old_role),
             to_string(change.role), started.error().text);
  running_.reset();
}

void RoleCommand::ended() {
  running_.reset();
  if (auto next = std::exchange(next_, std::nullopt); next && !program_.empty()) start(*next);
  if (!idle()) return;
  if (auto action = std::exchange(when_idle_, nullptr)) action();
}

}  // namespace outpost::supervisor
