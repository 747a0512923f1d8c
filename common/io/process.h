// Child processes, detaching from the terminal, files that say who runs.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/io/loop.h"

namespace outpost {

// A child process of this one, which inherits nothing but what it is given.
class Process {
 public:
  struct Program {
    std::string path;
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  // "NAME=value", beside what this process has
    std::vector<int> descriptors;          // its descriptors from 0 on; they stay the caller's. -1: /dev/null
    bool own_session = false;              // and so a process group that kill_group() reaches
  };
  // `exited` is called once, with the exit status (or -1) and the signal that ended it (or 0).
  using Exited = std::function<void(int status, int signal)>;
  static constexpr int kChannelFd = 3;
  static constexpr int kFilesFd = 4;  // open files are handed to the child here (io/descriptor.h)

  // Errc::io when it cannot be started. Returns once it runs, or cannot.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const Program& program, Exited exited);
  // The child gets /dev/null as stdin, our stdout and stderr, `channel_fd` as its descriptor 3 and `files_fd` as its
  // descriptor 4.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const std::string& program,
                                                const std::vector<std::string>& arguments, int channel_fd, int files_fd,
                                                Exited exited);
  // Does not end the child: the caller kills first when it must.
  ~Process() = default;

  // Nothing happens once it has ended: its pid may be another process's.
  void kill(int signal);
  // The same for it and those it started, when it has a session of its own.
  void kill_group(int signal);
  [[nodiscard]] int pid() const { return pid_; }

 private:
  explicit Process(Exited exited);

  Exited exited_;
  UvHandle<uv_process_t> process_;
  int pid_ = 0;
};

// A connected pair of Unix stream sockets, close-on-exec. The caller owns both.
Result<std::pair<int, int>> socket_pair();

// Closes every descriptor but the standard streams: what a careless caller left open would otherwise stay open for as
// long as a daemon and its children live. For the beginning of main.
void close_inherited_descriptors();

// The folder of the program that runs, without a trailing slash.
std::string program_folder();

// The path of a program that goes with this one: beside it, as in a build tree, or else where an installation has what
// nobody starts by hand. An absolute name stands for itself.
std::string companion_program(const std::string& name);

// Detaching, seen from both sides. detach() returns in the child only; the parent waits inside for the child's report
// and exits: 0 after started(), 1 after failed() or when the child ended without a word, with the text on its stderr.
class Daemon {
 public:
  // Forks; must be called before any thread exists. The child's standard streams go to /dev/null.
  static Result<Daemon> detach();
  Daemon() = default;  // not detached: started() and failed() print only
  // Reports success. `remark`, when not empty, is printed by the parent.
  void started(const std::string& remark);
  void failed(const std::string& reason);
  [[nodiscard]] bool detached() const { return report_fd_ >= 0; }

 private:
  int report_fd_ = -1;
};

// A file that is locked for as long as this lives and says the holder's pid. It stays behind, unlocked. Whatever it
// held is overwritten: only for names that nobody else gives to a file.
class LockFile {
 public:
  enum class Mode : std::uint8_t { exclusive, shared };
  // Errc::busy when another process holds it, or shares it with others while we want it alone; the text names the pid
  // of a holder.
  static Result<LockFile> acquire(const std::string& path, Mode mode = Mode::exclusive);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

  // Whether the file that is locked still has its name.
  [[nodiscard]] bool is_at_path() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class PidFile;
  LockFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;
  std::string path_;
};

// A lock file that goes with its holder, of a name that a person has chosen: what --pid-file names. Nobody else's file
// is ever written or removed.
class PidFile {
 public:
  // Errors as of LockFile::acquire(); and Errc::invalid for what was there and is no pid file: no regular file, a
  // symbolic link, or a file that holds something else than a pid.
  static Result<PidFile> create(const std::string& path);
  PidFile(PidFile&& other) noexcept = default;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  explicit PidFile(LockFile lock) : lock_(std::make_unique<LockFile>(std::move(lock))) {}

  std::unique_ptr<LockFile> lock_;
};

// Whether a filter of system calls (seccomp) holds for this process.
bool has_system_call_filter();

}  // namespace outpost
