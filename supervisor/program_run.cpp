#include "supervisor/program_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace outpost::supervisor {

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

ProgramRun::ProgramRun(Loop& loop, Log& log, const Messages& messages, std::chrono::milliseconds timeout,
                       std::function<void()> ended)
    : loop_(loop), log_(log), messages_(messages), timeout_(timeout), ended_(std::move(ended)), deadline_(loop, [this] {
        on_timeout();
      }) {}

ProgramRun::~ProgramRun() {
  if (process_) process_->kill_group(SIGKILL);
}

Result<> ProgramRun::start(const Program& program) {
  title_ = program.title;
  started_ms_ = loop_.now_ms();
  auto pipe = make_pipe();
  if (!pipe) return pass(pipe);
  Process::Program what;
  what.path = program.path;
  what.arguments = program.arguments;
  what.environment = program.environment;
  what.descriptors = {-1, pipe->writer.get(), pipe->writer.get()};
  what.own_session = true;
  auto process = Process::spawn(loop_, what, [this](int status, int signal) { on_exited(status, signal); });
  if (!process) return pass(process);
  process_ = std::move(*process);
  log_.write(messages_.started, "{} runs, pid {}{}{}", title_, process_->pid(), program.about.empty() ? "" : ", ",
             program.about);
  deadline_.start(timeout_);
  return watch(std::move(pipe->reader));
}

Result<> ProgramRun::watch(Descriptor reader) {
  output_ = std::move(reader);
  poll_ = std::make_unique<UvHandle<uv_poll_t>>(this);
  if (uv_poll_init(loop_.raw(), poll_->get(), output_.get()) != 0) {
    poll_->abandon();
    return fail(Errc::io, "the event loop refused the pipe of its output");
  }
  uv_poll_start(poll_->get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    auto* self = static_cast<ProgramRun*>(handle->data);
    if (self && !self->read_some() && errno != EAGAIN) uv_poll_stop(handle);
  });
  return {};
}

bool ProgramRun::read_some() {
  std::vector<char>& buffer = loop_.read_buffer();
  errno = 0;
  ssize_t n = read(output_.get(), buffer.data(), buffer.size());
  if (n > 0) take({buffer.data(), static_cast<std::size_t>(n)});
  return n > 0;
}

void ProgramRun::take(std::string_view bytes) {
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

void ProgramRun::log_line() {
  if (++lines_ <= kLinesMax) log_.write(messages_.output, "{}: {}{}", title_, line_, line_cut_ ? " ..." : "");
  line_.clear();
  line_cut_ = false;
}

void ProgramRun::on_timeout() {
  timed_out_ = true;
  process_->kill_group(SIGKILL);
}

void ProgramRun::on_exited(int status, int signal) {
  // What it has written; somebody that it left behind may write for ever.
  constexpr int kLastReads = 16;
  for (int i = 0; i < kLastReads && output_ && read_some(); ++i) {
  }
  if (!line_.empty()) log_line();
  if (lines_ > kLinesMax) {
    log_.write(messages_.output, "{}: {} more lines are left out", title_, lines_ - kLinesMax);
  }
  log_end(status, signal);
  std::function<void()> ended = std::move(ended_);  // destroys this
  ended();
}

void ProgramRun::log_end(int status, int signal) {
  if (timed_out_) {
    log_.write(messages_.failed, "{} was killed: it took longer than {} ms", title_, timeout_.count());
  } else if (signal != 0) {
    log_.write(messages_.failed, "{} was ended by signal {} ({})", title_, signal, strsignal(signal));
  } else if (status != 0) {
    log_.write(messages_.failed, "{} failed with exit status {}", title_, status);
  } else {
    log_.write(messages_.ended, "{} is done after {} ms", title_, loop_.now_ms() - started_ms_);
  }
}

}  // namespace outpost::supervisor
