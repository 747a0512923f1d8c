#include "proxy/courier/resolver_files.h"

#include <nss.h>
#include <pthread.h>
#include <sys/stat.h>

#include <cstddef>

namespace outpost::courier {

namespace {

constexpr std::size_t kStackBytes = 1024 * 1024;

}  // namespace

void use_small_stacks() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, kStackBytes) == 0) (void)pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

void resolve_by_files_and_dns() { (void)__nss_configure_lookup("hosts", "files dns"); }

ResolverFiles::ResolverFiles(std::span<const char* const> paths) : paths_(paths) {
  for (const char* path : paths_) known_.push_back(identity(path));
}

ResolverFiles::Identity ResolverFiles::identity(const char* path) {
  struct stat info {};
  return stat(path, &info) == 0 ? Identity(info.st_dev, info.st_ino) : Identity(0, 0);
}

bool ResolverFiles::replaced() const {
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (identity(paths_[i]) != known_[i]) return true;
  }
  return false;
}

}  // namespace outpost::courier
