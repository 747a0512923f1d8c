#include "common/io/process.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "common/text.h"

namespace outpost {

// --- Process --------------------------------------------------------------------------------------------------------

Process::Process(Exited exited) : exited_(std::move(exited)), process_(this) {}

Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const std::string& program,
                                                const std::vector<std::string>& arguments, int channel_fd, int files_fd,
                                                Exited exited) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  uv_stdio_container_t stdio[kFilesFd + 1];
  stdio[0].flags = UV_IGNORE;
  for (int fd : {1, 2}) {
    stdio[fd].flags = UV_INHERIT_FD;
    stdio[fd].data.fd = fd;
  }
  for (auto [fd, ours] : {std::pair(kChannelFd, channel_fd), std::pair(kFilesFd, files_fd)}) {
    stdio[fd].flags = UV_INHERIT_FD;
    stdio[fd].data.fd = ours;
  }

  uv_process_options_t options{};
  options.file = program.c_str();
  options.args = argv.data();
  options.stdio = stdio;
  options.stdio_count = kFilesFd + 1;
  options.exit_cb = [](uv_process_t* handle, std::int64_t status, int signal) {
    auto* self = static_cast<Process*>(handle->data);
    if (!self) return;
    Exited call = std::move(self->exited_);  // the callee may destroy the object
    if (call) call(signal ? -1 : static_cast<int>(status), signal);
  };

  std::unique_ptr<Process> process(new Process(std::move(exited)));
  // libuv initialises the handle even when spawning fails, so it is closed in the normal way.
  int error = uv_spawn(loop.raw(), process->process_.get(), &options);
  if (error != 0) return fail(Errc::io, "cannot start {}: {}", program, uv_strerror(error));
  process->pid_ = process->process_.get()->pid;
  return process;
}

void Process::kill(int signal) {
  // After the end the pid may be another process's.
  if (uv_is_active(process_.handle())) uv_process_kill(process_.get(), signal);
}

Result<std::pair<int, int>> socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) return fail_errno(errno, "cannot make a channel");
  return std::pair{fds[0], fds[1]};
}

std::string program_folder() {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  CHECK(n > 0 && n < static_cast<ssize_t>(sizeof path), "cannot find my own program file");
  std::string folder(path, static_cast<std::size_t>(n));
  return folder.substr(0, folder.rfind('/'));
}

void close_inherited_descriptors() { close_range(STDERR_FILENO + 1, ~0U, 0); }

// --- Daemon ---------------------------------------------------------------------------------------------------------

namespace {

// What the child reports: one byte ('0' success, '1' failure), then the text, then end of file.
[[noreturn]] void wait_for_report(int fd, pid_t child) {
  std::string report;
  char buffer[1024];
  for (;;) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    report.append(buffer, static_cast<std::size_t>(n));
  }
  if (report.empty()) {
    int status = 0;
    waitpid(child, &status, 0);
    report = fmt::format("1the daemon ended during its start (wait status {})", status);
  }
  if (report.size() > 1) std::fprintf(stderr, "%s\n", report.c_str() + 1);
  std::_Exit(report[0] == '0' ? EXIT_SUCCESS : EXIT_FAILURE);
}

void report(int fd, char verdict, const std::string& text) {
  std::string message = verdict + text;
  std::size_t sent = 0;
  while (sent < message.size()) {
    ssize_t n = write(fd, message.data() + sent, message.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

void point_standard_streams_at_null() {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
}

}  // namespace

Result<Daemon> Daemon::detach() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  pid_t child = fork();
  if (child < 0) return fail_errno(errno, "cannot fork");
  if (child > 0) {
    close(fds[1]);
    wait_for_report(fds[0], child);
  }
  close(fds[0]);
  setsid();
  point_standard_streams_at_null();
  // The parent may be gone by the time of the report; that is no reason to end.
  std::signal(SIGPIPE, SIG_IGN);
  Daemon daemon;
  daemon.report_fd_ = fds[1];
  return daemon;
}

void Daemon::started(const std::string& remark) {
  if (!detached()) {
    if (!remark.empty()) std::fprintf(stderr, "%s\n", remark.c_str());
    return;
  }
  report(report_fd_, '0', remark);
  close(report_fd_);
  report_fd_ = -1;
}

void Daemon::failed(const std::string& reason) {
  if (!detached()) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    return;
  }
  report(report_fd_, '1', reason);
  close(report_fd_);
  report_fd_ = -1;
}

// --- LockFile -------------------------------------------------------------------------------------------------------

Result<LockFile> LockFile::acquire(const std::string& path, Mode mode) {
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail_errno(errno, fmt::format("cannot open the lock file {}", path));
  if (flock(fd, (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      auto failure = fail_errno(errno, fmt::format("cannot lock {}", path));
      close(fd);
      return failure;
    }
    char holder[32] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    close(fd);
    auto pid = parse_integer(trim({holder, n > 0 ? static_cast<std::size_t>(n) : 0}));
    return fail(Errc::busy, "{} is locked by the running process {}", path,
                pid ? std::to_string(*pid) : "(unknown pid)");
  }
  std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    auto failure = fail_errno(errno, fmt::format("cannot write the lock file {}", path));
    close(fd);
    return failure;
  }
  return LockFile(fd, path);
}

LockFile::LockFile(LockFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

LockFile::~LockFile() {
  // The file stays: removing it would let a third process lock a new file while a second waits on this one.
  if (fd_ >= 0) close(fd_);
}

void notify_service_manager(const std::string& state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path || !*path) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A service manager that does not read must not stop us: the kernel queues few datagrams.
  (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&address), size);
  close(fd);
}

}  // namespace outpost
