#include "proxy/sandbox/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

namespace outpost::proxy {

namespace {

using protocol::SandboxMeasure;
using protocol::SandboxSettings;

constexpr std::uint64_t kMiB = 1024 * 1024;
// More than http-max-connections can be, which may rise at any reload; a limit never rises again.
constexpr rlim_t kDescriptorsMax = 128 * 1024;

SandboxMeasure in_force(std::string name, std::string how) { return {std::move(name), true, std::move(how)}; }

SandboxMeasure not_had(std::string name, std::string why) { return {std::move(name), false, std::move(why)}; }

SandboxMeasure switched_off(std::string name) {
  std::string why = "switched off by sandbox." + name;
  return {std::move(name), false, std::move(why)};
}

std::string reason(int errno_value) { return std::generic_category().message(errno_value); }

constexpr std::string_view kFilterAround =
    "a filter of system calls around outpostd (the service's SystemCallFilter, or a container's profile)";

// Why the kernel refuses what it has.
std::string refusal(int errno_value, bool filtered) {
  bool as_filters_do = errno_value == EPERM || errno_value == EACCES || errno_value == ENOSYS;
  if (filtered && as_filters_do) return fmt::format("{} forbids it: {}", kFilterAround, reason(errno_value));
  return reason(errno_value);
}

// --- The user -------------------------------------------------------------------------------------------------------

struct User {
  std::string name;
  uid_t id;
  gid_t group;
};

template <class Key>
std::optional<User> find_user(int (*look_up)(Key, passwd*, char*, std::size_t, passwd**), Key key) {
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (look_up(key, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return std::nullopt;
  return User{entry.pw_name, entry.pw_uid, entry.pw_gid};
}

SandboxMeasure become(const std::optional<User>& user) {
  if (!user) return switched_off("user");
  if (geteuid() != 0) return in_force("user", "already runs as user " + user->name);
  if (user->id == 0) return not_had("user", fmt::format("{} is root itself", user->name));
  if (setgroups(0, nullptr) != 0 || setresgid(user->group, user->group, user->group) != 0 ||
      setresuid(user->id, user->id, user->id) != 0) {
    return not_had("user", fmt::format("cannot become {}: {}", user->name, reason(errno)));
  }
  return in_force("user", fmt::format("{} ({}:{})", user->name, user->id, user->group));
}

// Whom to become, or who we are; none: stay root. Looked up while files can still be read.
Result<std::optional<User>> user_to_be(const std::string& name) {
  if (geteuid() != 0) {
    auto user = find_user(getpwuid_r, geteuid());
    return user ? user : User{std::to_string(geteuid()), geteuid(), getegid()};
  }
  if (name.empty()) return std::nullopt;
  auto user = find_user(getpwnam_r, name.c_str());
  if (!user) {
    return fail(Errc::invalid,
                "sandbox.user: there is no user \"{}\" on this machine; name one that exists, or leave it empty to "
                "stay root",
                name);
  }
  return user;
}

// --- Capabilities ---------------------------------------------------------------------------------------------------

// Must come before the user changes, which takes the right to do it.
int empty_bounding_set() {
  int failure = 0;
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_READ, capability) == 1 && prctl(PR_CAPBSET_DROP, capability) != 0) failure = errno;
  }
  return failure;
}

SandboxMeasure empty_capability_sets(bool wanted, int bounding_failure, bool filtered) {
  if (!wanted) return switched_off("drop-capabilities");
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) return not_had("drop-capabilities", refusal(errno, filtered));
  return in_force("drop-capabilities", bounding_failure == 0
                                           ? "none is left, and none can be had"
                                           : "none is left; the bounding set stays: " + reason(bounding_failure));
}

// --- Limits and privileges ------------------------------------------------------------------------------------------

SandboxMeasure limit_resources(const SandboxSettings& settings, bool filtered) {
  constexpr const char* kName = "resource-limits";
  if (!settings.resource_limits) return switched_off(kName);
  bool done = true;
  auto at_most = [&done](auto resource, rlim_t most) {
    rlimit limit{};
    getrlimit(resource, &limit);
    limit.rlim_max = std::min(limit.rlim_max, most);
    limit.rlim_cur = std::min(limit.rlim_cur, most);
    done = setrlimit(resource, &limit) == 0 && done;
    return limit.rlim_cur;
  };
  at_most(RLIMIT_CORE, 0);
  at_most(RLIMIT_MEMLOCK, 0);
  at_most(RLIMIT_MSGQUEUE, 0);
  rlim_t descriptors = at_most(RLIMIT_NOFILE, kDescriptorsMax);
  std::string memory = "any memory";
  // A sanitizer's shadow is larger than any limit.
  if (settings.memory_limit_mib != 0 && !OUTPOST_SANITIZED) {
    at_most(RLIMIT_DATA, settings.memory_limit_mib * kMiB);
    memory = fmt::format("{} MiB of memory", settings.memory_limit_mib);
  }
  // No other process of this user may look inside.
  done = prctl(PR_SET_DUMPABLE, 0) == 0 && done;
  if (!done) return not_had(kName, refusal(errno, filtered));
  return in_force(kName, fmt::format("{} descriptors, {}, no core file", descriptors, memory));
}

SandboxMeasure gain_no_privileges(bool wanted, bool filtered) {
  constexpr const char* kName = "no-new-privileges";
  if (!wanted) return switched_off(kName);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return not_had(kName, refusal(errno, filtered));
  return in_force(kName, "no program can give any back");
}

// Both filters ask for it, so that no program with a privilege runs in a world that it does not expect.
std::string filter_reason(int errno_value, const SandboxSettings& settings, bool filtered) {
  bool refused = errno_value == EPERM || errno_value == EACCES;
  if (refused && !settings.no_new_privileges) return "it needs sandbox.no-new-privileges";
  return refusal(errno_value, filtered);
}

// --- Landlock -------------------------------------------------------------------------------------------------------

// linux/landlock.h, of which the oldest Debian that we build on has less than the kernels that we run on.
struct LandlockRuleset {
  std::uint64_t files;
  std::uint64_t tcp;
  std::uint64_t scopes;
};
constexpr std::uint32_t kLandlockVersion = 1U << 0;

struct LandlockRight {
  int abi;  // from this one on
  std::uint64_t LandlockRuleset::*kind;
  std::uint64_t bits;
};
constexpr LandlockRight kLandlockRights[] = {
    {1, &LandlockRuleset::files, 0x1FFF},    // execute, write, read, list, remove and make anything
    {2, &LandlockRuleset::files, 1U << 13},  // refer: link or rename into another folder
    {3, &LandlockRuleset::files, 1U << 14},  // truncate
    {4, &LandlockRuleset::tcp, 0x3},         // bind, connect
    {5, &LandlockRuleset::files, 1U << 15},  // ioctl of devices
    {6, &LandlockRuleset::scopes, 0x3},      // abstract Unix sockets, signals
};
constexpr int kLandlockScopes = 6;

struct [[gnu::packed]] LandlockRule {
  std::uint64_t allowed;
  std::int32_t file;
};
constexpr int kLandlockRuleOfPath = 1;
constexpr std::uint64_t kLandlockRead = 1U << 2;

std::string no_landlock(int errno_value, bool filtered) {
  std::string kernel = "the kernel does not have it: " + reason(errno_value);
  // Switched off when the kernel was booted.
  if (!filtered || errno_value == EOPNOTSUPP) return kernel;
  // A filter may answer just as a kernel without it does.
  if (errno_value == ENOSYS) return fmt::format("{} hides it, or {}", kFilterAround, kernel);
  return refusal(errno_value, filtered);
}

// How many of them there are, or -1 with errno.
int allow_files(int ruleset, std::span<const char* const> files) {
  int allowed = 0;
  for (const char* path : files) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) continue;
    LandlockRule rule{kLandlockRead, fd};
    long outcome = syscall(SYS_landlock_add_rule, ruleset, kLandlockRuleOfPath, &rule, 0);
    int failure = errno;
    close(fd);
    errno = failure;
    if (outcome != 0) return -1;
    ++allowed;
  }
  return allowed;
}

// Everything that a ruleset handles is forbidden, but for what a rule allows.
SandboxMeasure set_up_landlock(const SandboxSettings& settings, bool filtered, const SandboxNeeds& needs) {
  constexpr const char* kName = "landlock";
  if (!settings.landlock) return switched_off(kName);
  auto abi = static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0, kLandlockVersion));
  if (abi < 1) return not_had(kName, no_landlock(errno, filtered));
  LandlockRuleset ruleset{};
  for (const LandlockRight& right : kLandlockRights) {
    if (abi >= right.abi) ruleset.*right.kind |= right.bits;
  }
  if (needs.connects) ruleset.tcp = 0;
  auto fd = static_cast<int>(syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0));
  if (fd < 0) return not_had(kName, refusal(errno, filtered));
  int allowed = allow_files(fd, needs.files);
  long outcome = allowed < 0 ? -1 : syscall(SYS_landlock_restrict_self, fd, 0);
  int failure = errno;
  close(fd);
  if (outcome != 0) return not_had(kName, filter_reason(failure, settings, filtered));
  std::string files = allowed == 0 ? "no file" : fmt::format("no file but {} to read", allowed);
  return in_force(kName, fmt::format("{}{}{} (ABI {})", files, ruleset.tcp != 0 ? ", no TCP of its own" : "",
                                     abi >= kLandlockScopes ? ", no signal to others" : "", abi));
}

SandboxMeasure filter_system_calls(const SandboxSettings& settings, bool filtered, bool connects) {
  constexpr const char* kName = "seccomp";
  if (settings.seccomp == protocol::SeccompMode::off) return switched_off(kName);
  if (int failure = load_system_call_filter(settings.seccomp, connects); failure != 0) {
    return not_had(kName, filter_reason(failure, settings, filtered));
  }
  return in_force(kName, settings.seccomp == protocol::SeccompMode::kill
                             ? "a call that is not on the list ends the process"
                             : "a call that is not on the list fails");
}

}  // namespace

Result<std::vector<SandboxMeasure>> enter_sandbox(const SandboxSettings& settings, bool filtered,
                                                  const SandboxNeeds& needs) {
  auto user = user_to_be(settings.user);
  if (!user) return pass(user);
  std::vector<SandboxMeasure> measures;
  int bounding_failure = settings.drop_capabilities ? empty_bounding_set() : 0;
  measures.push_back(become(*user));
  measures.push_back(empty_capability_sets(settings.drop_capabilities, bounding_failure, filtered));
  measures.push_back(limit_resources(settings, filtered));
  measures.push_back(gain_no_privileges(settings.no_new_privileges, filtered));
  measures.push_back(set_up_landlock(settings, filtered, needs));
  measures.push_back(filter_system_calls(settings, filtered, needs.connects));
  return measures;
}

}  // namespace outpost::proxy
