// What the proxy gives up before it takes the first connection, so that whoever takes it over has nothing: its user,
// its capabilities, every file, every new connection, and each system call that serving does not need.
// Source: issue "the edge"; the options are those of the section `sandbox`.
#pragma once

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

// Holds for this thread and those that it starts later, for ever. What is open stays open. Each measure is told of, in
// the order of their taking; one that this machine does not have is not in force and says why. `filtered`: somebody
// else's filter of system calls holds for this process, and may be the reason. Errc::invalid when the user that is
// configured does not exist: then little or nothing was given up.
Result<std::vector<protocol::SandboxMeasure>> enter_sandbox(const protocol::SandboxSettings& settings, bool filtered);

// The last of them. `on_violation` is kill or refuse. Nothing but the list in seccomp.cpp is possible afterwards.
// 0, or the errno value that says why there is no filter.
int load_system_call_filter(protocol::SeccompMode on_violation);

// Makes the kernel look as if it had no io_uring, which does its work past the filter of system calls. Before the loop
// is made, since libuv from 1.45 on would use it.
void hide_io_uring();

}  // namespace outpost::proxy
