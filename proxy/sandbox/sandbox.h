// What a child gives up before it reads the first byte of a stranger, so that whoever takes it over has nothing: its
// user, its capabilities, every file, every new connection, and each system call that serving does not need; but for
// what its kind is there for.
// Source: issue "the edge"; the options are those of the section `sandbox`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "protocol/channel/messages.h"

// Whether the compiler put a sanitizer into this program. Its runtime needs a little more than the program.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OUTPOST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OUTPOST_SANITIZED 1
#endif
#endif
#ifndef OUTPOST_SANITIZED
#define OUTPOST_SANITIZED 0
#endif

namespace outpost::proxy {

// What a kind of child cannot do without. By default nothing: it serves what is open.
struct SandboxNeeds {
  std::span<const char* const> files = {};  // that it reads, those that there are
  bool connects = false;                    // to others, over TCP; and asks name servers
};

// Holds for this thread and those that it starts later, for ever. What is open stays open. Each measure is told of, in
// the order of their taking; one that this machine does not have is not in force and says why. `filtered`: somebody
// else's filter of system calls holds for this process, and may be the reason. Errc::invalid when the user that is
// configured does not exist: then little or nothing was given up.
Result<std::vector<protocol::SandboxMeasure>> enter_sandbox(const protocol::SandboxSettings& settings, bool filtered,
                                                            const SandboxNeeds& needs = {});

// The last of them. `on_violation` is kill or refuse. Nothing but the lists in seccomp.cpp is possible afterwards.
// 0, or the errno value that says why there is no filter.
int load_system_call_filter(protocol::SeccompMode on_violation, bool connects = false);

// Makes the kernel look as if it had no io_uring, which does its work past the filter of system calls. Before the loop
// is made, since libuv from 1.45 on would use it.
void hide_io_uring();

}  // namespace outpost::proxy
