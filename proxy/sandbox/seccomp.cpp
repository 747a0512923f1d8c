// The system calls that a child in service needs, and what happens at any other.
#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sched.h>
#include <cerrno>
#include <csignal>
#include <memory>

#include "proxy/sandbox/sandbox.h"

namespace outpost::proxy {

namespace {

// By name: a call that this architecture does not have is left out.
constexpr const char* kAllowed[] = {
    // the event loop
    "epoll_ctl", "epoll_pwait", "epoll_wait",
    // connections, the channel, log files
    "accept4", "close", "fstat", "ftruncate", "getpeername", "getsockopt", "read", "recvfrom", "recvmsg", "sendto",
    "setsockopt", "shutdown", "write", "writev",
    // memory
    "brk", "madvise", "mremap", "munmap",
    // threads and time
    "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "getpid", "gettid", "nanosleep",
    "restart_syscall", "rseq", "sched_yield", "set_robust_list",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    // keys
    "getrandom"};

// What a child needs as well that connects to others and asks name servers: libcurl and the resolver of the C library.
constexpr const char* kAllowedToConnect[] = {"connect", "bind", "getsockname", "sendmsg", "sendmmsg", "poll", "ppoll",
                                             "eventfd2", "pipe2",
                                             // the files of the resolver, and the host's name, which may end names
                                             "lseek", "newfstatat", "stat", "uname",
                                             // memory for many threads
                                             "sched_getaffinity"};

#if OUTPOST_SANITIZED
// What the runtimes of sanitizers ask for when a thread begins and ends, and when they report.
constexpr const char* kAllowedToSanitizers[] = {"getrlimit",         "prctl",       "prlimit64",
                                                "sched_getaffinity", "sigaltstack", "sysinfo"};
#endif

// Calls that are needed with some arguments only: when the bits of `mask` in one of them are `value`.
struct Conditional {
  const char* name;
  unsigned argument;
  scmp_datum_t mask;
  scmp_datum_t value;
  scmp_datum_t next_mask = 0;  // and those of this one in the argument behind it are `next_value`
  scmp_datum_t next_value = 0;
};
constexpr scmp_datum_t kInt = 0xFFFFFFFF;
constexpr scmp_datum_t kSocketType = 0xF;  // without SOCK_CLOEXEC and SOCK_NONBLOCK

class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise), seccomp_release) {
    // It is asked here whether the kernel, or a filter around us, lets a filter kill.
    if (!context_) failure_ = ENOSYS;
    set(SCMP_FLTATR_API_SYSRAWRC, 1);
    // Without the right, loading fails; asking for it is another measure.
    set(SCMP_FLTATR_CTL_NNP, 0);
    set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  }

  void allow(const char* name) { add(SCMP_ACT_ALLOW, name, 0, nullptr); }
  void allow(const Conditional& call) {
    scmp_arg_cmp conditions[] = {{call.argument, SCMP_CMP_MASKED_EQ, call.mask, call.value},
                                 {call.argument + 1, SCMP_CMP_MASKED_EQ, call.next_mask, call.next_value}};
    add(SCMP_ACT_ALLOW, call.name, call.next_mask == 0 ? 1 : 2, conditions);
  }
  void answer(const char* name, int errno_value) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(errno_value)), name, 0, nullptr);
  }
  void answer(const Conditional& call, int errno_value) {
    scmp_arg_cmp condition{call.argument, SCMP_CMP_MASKED_EQ, call.mask, call.value};
    add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(errno_value)), call.name, 1, &condition);
  }
  // 0, or an errno value.
  int load() { return failure_ != 0 ? failure_ : -seccomp_load(context_.get()); }

 private:
  void set(scmp_filter_attr attribute, std::uint32_t value) {
    if (failure_ == 0) failure_ = -seccomp_attr_set(context_.get(), attribute, value);
  }
  void add(std::uint32_t action, const char* name, unsigned count, const scmp_arg_cmp* conditions) {
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0 || failure_ != 0) return;
    failure_ = -seccomp_rule_add_array(context_.get(), action, number, count, conditions);
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int failure_ = 0;
};

void allow_to_connect(Filter& filter) {
  for (const char* name : kAllowedToConnect) filter.allow(name);
  constexpr scmp_datum_t kWrites = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
  const Conditional conditionals[] = {
      {"socket", 0, kInt, AF_INET},
      {"socket", 0, kInt, AF_INET6},
      // libcurl's own; one of datagrams could be sent to whatever other program listens at a path.
      {"socketpair", 0, kInt, AF_UNIX, kSocketType, SOCK_STREAM},
      {"openat", 2, kWrites, O_RDONLY},
      {"open", 1, kWrites, O_RDONLY},
      // How much a name server has sent; and that no program inherits a socket, of which there is none.
      {"ioctl", 1, kInt, FIONREAD},
      {"fcntl", 1, kInt, F_GETFD},
      {"fcntl", 1, kInt, F_SETFD},
  };
  for (const Conditional& call : conditionals) filter.allow(call);
  // The resolver looks for a cache of names and for the addresses of this host, and does without.
  for (scmp_datum_t family : {AF_UNIX, AF_NETLINK}) filter.answer({"socket", 0, kInt, family}, EACCES);
}

}  // namespace

int load_system_call_filter(protocol::SeccompMode on_violation, bool connects) {
  Filter filter(on_violation == protocol::SeccompMode::kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
  for (const char* name : kAllowed) filter.allow(name);
#if OUTPOST_SANITIZED
  for (const char* name : kAllowedToSanitizers) filter.allow(name);
#endif
  const Conditional conditionals[] = {
    // Memory, but no code, and none that its limit does not count.
    {"mmap", 2, PROT_EXEC, 0, MAP_SHARED, 0},
    {"mprotect", 2, PROT_EXEC, 0},
    // Threads, but no process.
    {"clone", 0, CLONE_THREAD, CLONE_THREAD},
    // abort(), and nobody else's end.
    {"tgkill", 0, kInt, static_cast<scmp_datum_t>(getpid())},
    // Sockets that do not wait.
    {"fcntl", 1, kInt, F_GETFL},
    {"fcntl", 1, kInt, F_SETFL, kInt, O_RDWR | O_NONBLOCK},
    {"ioctl", 1, kInt, FIONBIO},
#if OUTPOST_SANITIZED
    // Whether a report may be in colours.
    {"ioctl", 1, kInt, TCGETS},
#endif
    // glibc's fstat().
    {"newfstatat", 3, kInt, AT_EMPTY_PATH},
  };
  for (const Conditional& call : conditionals) filter.allow(call);
  if (connects) allow_to_connect(filter);
  // Its flags are in memory, where no filter sees them; glibc then takes clone.
  filter.answer("clone3", ENOSYS);
  return filter.load();
}

void hide_io_uring() {
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  int number = seccomp_syscall_resolve_name("io_uring_setup");
  if (!filter || number < 0) return;
  // Only root may do without.
  if (geteuid() == 0) (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0);
  if (seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(ENOSYS), number, 0, nullptr) == 0) {
    (void)seccomp_load(filter.get());
  }
}

}  // namespace outpost::proxy
