// The section sandbox: what the children give up.
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

std::vector<Option<protocol::SandboxSettings>> sandbox_options() {
  using S = protocol::SandboxSettings;
  return {
      option("drop-capabilities", &S::drop_capabilities,
             {.takes_effect = kNextProxyStart, .text = "Give up every capability, for good.", .source = kDesign}),
      option("landlock", &S::landlock,
             {.takes_effect = kNextProxyStart,
              .text = "Give up all files and all networking but the ports that are bound, where the kernel has "
                      "Landlock; the courier keeps connections to others and the files that names are resolved with.",
              .source = kDesign}),
      option("memory-limit", &S::memory_limit_mib,
             {.low = 0,
              .high = 1'048'576,
              .unit = "MiB, 0 for no limit",
              .takes_effect = kNextProxyStart,
              .text = "Most memory of the proxy; it ends when it needs more, and is started again. Part of "
                      "resource-limits.",
              .source = kDesign}),
      option("no-new-privileges", &S::no_new_privileges,
             {.takes_effect = kNextProxyStart,
              .text = "Never gain a privilege again by starting a program. Without it, seccomp and landlock need root.",
              .source = kDesign}),
      option("resource-limits", &S::resource_limits,
             {.takes_effect = kNextProxyStart,
              .text = "Limit memory, descriptors, and what else the system counts; no core files.",
              .source = kDesign}),
      option("seccomp", &S::seccomp,
             {.takes_effect = kNextProxyStart,
              .text = "What happens at a system call that the proxy does not need: it is killed, or the call is "
                      "refused, or nothing.",
              .source = kDesign}),
      option("user", &S::user,
             {.high = 32,
              .valid = "a user's name, or empty",
              .default_text = "the user of outpostd",
              .takes_effect = kNextProxyStart,
              .text = "The user that the proxy becomes when outpostd was started by root; otherwise it has no effect.",
              .source = kDesign}),
  };
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
