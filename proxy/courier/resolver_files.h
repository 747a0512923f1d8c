// The files that names are resolved with. Those that were there at the start are all that may be read (sandbox.h): a
// new resolv.conf that was put in the place of the old one needs a new courier.
#pragma once

#include <sys/types.h>

#include <span>
#include <utility>
#include <vector>

namespace outpost::courier {

inline constexpr const char* kResolverFiles[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf"};

// Names are looked for in the hosts file and asked of name servers, whatever /etc/nsswitch.conf says: other ways would
// load code, or ask programs of this host. Before anything is resolved.
void resolve_by_files_and_dns();
// Each name that is resolved has a thread, of which there may be many: they get less of a stack than the usual 8 MiB,
// which the memory limit of the sandbox counts whole.
void use_small_stacks();

class ResolverFiles {
 public:
  explicit ResolverFiles(std::span<const char* const> paths = kResolverFiles);
  // Whether one of them is another file by now.
  [[nodiscard]] bool replaced() const;

 private:
  using Identity = std::pair<dev_t, ino_t>;
  static Identity identity(const char* path);

  std::span<const char* const> paths_;
  std::vector<Identity> known_;
};

}  // namespace outpost::courier
