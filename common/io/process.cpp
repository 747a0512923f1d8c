#include "common/io/process.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/io/access.h"
#include "common/io/descriptor.h"
#include "common/io/journal.h"
#include "common/text.h"
#include "common/version.h"

namespace outpost {

// --- Process --------------------------------------------------------------------------------------------------------

Process::Process(Exited exited) : exited_(std::move(exited)), process_(this) {}

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Ours, without the names that `added` has: some programs take the first of two, others the last.
std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view ours(*entry);
    std::string_view name = ours.substr(0, std::min(ours.find('='), ours.size() - 1) + 1);
    auto same = [&](const std::string& other) { return other.starts_with(name); };
    if (std::none_of(added.begin(), added.end(), same)) all.emplace_back(ours);
  }
  return all;
}

std::vector<uv_stdio_container_t> stdio_of(const std::vector<int>& descriptors) {
  std::vector<uv_stdio_container_t> stdio(descriptors.size());
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    stdio[i].flags = descriptors[i] < 0 ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = descriptors[i];
  }
  return stdio;
}

}  // namespace

Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const Program& program, Exited exited) {
  std::vector<std::string> arguments = program.arguments;
  arguments.insert(arguments.begin(), program.path);
  std::vector<char*> argv = pointers(arguments);
  std::vector<std::string> environment = environment_with(program.environment);
  std::vector<char*> envp = pointers(environment);
  std::vector<uv_stdio_container_t> stdio = stdio_of(program.descriptors);

  uv_process_options_t options{};
  options.file = program.path.c_str();
  options.args = argv.data();
  options.env = envp.data();
  options.stdio = stdio.data();
  options.stdio_count = static_cast<int>(stdio.size());
  options.flags = program.own_session ? UV_PROCESS_DETACHED : 0;
  options.exit_cb = [](uv_process_t* handle, std::int64_t status, int signal) {
    auto* self = static_cast<Process*>(handle->data);
    if (!self) return;
    Exited call = std::move(self->exited_);  // the callee may destroy the object
    if (call) call(signal ? -1 : static_cast<int>(status), signal);
  };

  std::unique_ptr<Process> process(new Process(std::move(exited)));
  // libuv initialises the handle even when spawning fails, so it is closed in the normal way.
  int error = uv_spawn(loop.raw(), process->process_.get(), &options);
  if (error != 0) return fail(Errc::io, "cannot start {}: {}", program.path, uv_strerror(error));
  process->pid_ = process->process_.get()->pid;
  return process;
}

Result<std::unique_ptr<Process>> Process::spawn(Loop& loop, const std::string& program,
                                                const std::vector<std::string>& arguments, int channel_fd, int files_fd,
                                                Exited exited) {
  std::vector<int> descriptors{-1, STDOUT_FILENO, STDERR_FILENO, channel_fd, files_fd};
  static_assert(kChannelFd == 3 && kFilesFd == 4, "the order above");
  return spawn(loop, Program{program, arguments, {}, std::move(descriptors), false}, std::move(exited));
}

void Process::kill(int signal) {
  if (uv_is_active(process_.handle())) uv_process_kill(process_.get(), signal);
}

void Process::kill_group(int signal) {
  if (uv_is_active(process_.handle())) ::kill(-pid_, signal);
}

Result<std::pair<int, int>> socket_pair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) return fail_errno(errno, "cannot make a channel");
  return std::pair{fds[0], fds[1]};
}

std::string program_folder() {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  ENSURE(n > 0 && n < static_cast<ssize_t>(sizeof path), "cannot find my own program file");
  std::string folder(path, static_cast<std::size_t>(n));
  return folder.substr(0, folder.rfind('/'));
}

std::string companion_program(const std::string& name) {
  std::filesystem::path folder = program_folder();
  std::filesystem::path installed = folder / kCompanionFolder / name;
  std::filesystem::path beside = folder / name;
  bool is_installed = access(beside.c_str(), X_OK) != 0 && access(installed.c_str(), X_OK) == 0;
  return (is_installed ? installed : beside).lexically_normal();
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
    tell(Severity::error, reason);
    return;
  }
  report(report_fd_, '1', reason);
  close(report_fd_);
  report_fd_ = -1;
}

// --- LockFile -------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kPidBytesMax = 32;

// What the file says; nothing when that is no pid.
std::optional<std::int64_t> pid_in(int fd) {
  char text[kPidBytesMax];
  ssize_t n = pread(fd, text, sizeof text, 0);
  if (n <= 0 || n == sizeof text) return std::nullopt;
  auto pid = parse_integer(trim({text, static_cast<std::size_t>(n)}));
  return pid && *pid > 0 ? pid : std::nullopt;
}

// `kind` names the file in errors.
Result<Descriptor> open_to_lock(const std::string& path, std::string_view kind, int flags = 0) {
  Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644));
  if (!file) return fail_access(errno, fmt::format("cannot open the {} {}", kind, path), path);
  return file;
}

Result<> lock(int fd, LockFile::Mode mode, const std::string& path) {
  if (flock(fd, (mode == LockFile::Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return fail_errno(errno, fmt::format("cannot lock {}", path));
  auto pid = pid_in(fd);
  return fail(Errc::busy, "{} is locked by the running process {}", path, pid ? std::to_string(*pid) : "(unknown pid)");
}

Result<> write_pid(int fd, const std::string& path, std::string_view kind) {
  std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) == 0 && pwrite(fd, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size())) return {};
  return fail_errno(errno, fmt::format("cannot write the {} {}", kind, path));
}

}  // namespace

Result<LockFile> LockFile::acquire(const std::string& path, Mode mode) {
  constexpr std::string_view kKind = "lock file";
  auto file = open_to_lock(path, kKind);
  if (!file) return pass(file);
  Result<> done = lock(file->get(), mode, path);
  if (done) done = write_pid(file->get(), path, kKind);
  if (!done) return pass(done);
  return LockFile(file->release(), path);
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

bool LockFile::is_at_path() const {
  struct stat held {};
  struct stat there {};
  return fstat(fd_, &held) == 0 && lstat(path_.c_str(), &there) == 0 && held.st_dev == there.st_dev &&
         held.st_ino == there.st_ino;
}

// --- PidFile --------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kPidFile = "pid file";

// Before the file is opened: that alone can do something where it is a device.
Result<> check_kind(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return {};
  if (S_ISLNK(info.st_mode)) {
    return fail(Errc::invalid, "the pid file {} is a symbolic link; valid: the file itself", path);
  }
  return fail(Errc::invalid, "the pid file {} is no regular file", path);
}

Result<> check_content(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return fail_errno(errno, fmt::format("cannot examine the pid file {}", path));
  if (info.st_size == 0 || pid_in(fd)) return {};
  return fail(Errc::invalid,
              "{} holds something else than a pid and is left as it is; valid: a pid file, or a new name", path);
}

}  // namespace

Result<PidFile> PidFile::create(const std::string& path) {
  // The file that was locked may be one that its former holder removed meanwhile.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    if (auto good = check_kind(path); !good) return pass(good);
    auto file = open_to_lock(path, kPidFile, O_NOFOLLOW);
    if (!file) return pass(file);
    Result<> locked = lock(file->get(), LockFile::Mode::exclusive, path);
    if (!locked) return pass(locked);
    LockFile held(file->release(), path);
    if (!held.is_at_path()) continue;
    Result<> written = check_content(held.fd_, path);
    if (written) written = write_pid(held.fd_, path, kPidFile);
    if (!written) return pass(written);
    return PidFile(std::move(held));
  }
  return fail(Errc::busy, "{} is removed by somebody again and again", path);
}

PidFile::~PidFile() {
  if (lock_ && lock_->is_at_path()) unlink(lock_->path().c_str());
}

bool has_system_call_filter() { return prctl(PR_GET_SECCOMP) > 0; }

}  // namespace outpost
