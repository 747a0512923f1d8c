#include "common/io/access.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include "common/text.h"

namespace outpost {

namespace {

std::string user_name(uid_t id) {
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return fmt::format("{}", id);
  return entry.pw_name;
}

bool may(const std::string& path, int what) { return faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0; }

// Why something that is there cannot be used; `errno` says why it may not be used.
std::string refused(std::string_view action, std::string_view kind, const std::string& path) {
  if (errno == EROFS) return fmt::format("{} {} is on a file system that this process may only read", kind, path);
  struct stat info {};
  std::string owner;
  if (::stat(path.c_str(), &info) == 0) {
    owner = fmt::format(" (of {}, mode {:04o})", user_name(info.st_uid), info.st_mode & 07777U);
  }
  return fmt::format("user {} may not {} {} {}{}", user_name(geteuid()), action, kind, path, owner);
}

std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The same for a folder that is not there.
std::string missing(const std::string& folder, Access access) {
  std::string above = folder_of(folder);
  bool helpless = access == Access::write && !may(above, W_OK);
  return fmt::format("the folder {} does not exist{}", folder,
                     helpless ? ", and " + refused("make one in", "the folder", above) : "");
}

std::string find_obstacle(const std::string& path, Access access) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::string folder = path.substr(0, slash == 0 ? 1 : slash);
    if (may(folder, X_OK)) continue;
    if (errno == ENOENT) return missing(folder, access);
    if (errno == ENOTDIR) return fmt::format("{} is within something that is no folder", folder);
    return refused("enter", "the folder", folder);
  }
  if (access == Access::read) {
    return may(path, R_OK) || errno == ENOENT ? "" : refused("read", "the file", path);
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return may(folder_of(path), W_OK) ? "" : refused("make files in", "the folder", folder_of(path));
  }
  if (S_ISDIR(info.st_mode)) return may(path, W_OK | X_OK) ? "" : refused("make files in", "the folder", path);
  return may(path, R_OK | W_OK) ? "" : refused("read and write", "the file", path);
}

}  // namespace

std::string obstacle_to(const std::string& path, Access access) { return escape_control(find_obstacle(path, access)); }

Failure fail_access(int errno_value, std::string_view what, const std::string& path, Access access) {
  Failure failure = fail_errno(errno_value, what);
  if (std::string obstacle = obstacle_to(path, access); !obstacle.empty()) failure.value().text += ": " + obstacle;
  return failure;
}

std::string local_user_name(uid_t id) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), [](FILE* f) { return std::fclose(f); });
  if (!file) return {};
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  for (passwd* found = nullptr; fgetpwent_r(file.get(), &entry, buffer.data(), buffer.size(), &found) == 0;) {
    if (entry.pw_uid == id) return entry.pw_name;
  }
  return {};
}

Result<gid_t> group_id(const std::string& name) {
  std::vector<char> buffer(1024 * 1024);  // a group may have many members
  group entry{};
  group* found = nullptr;
  int failed = getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0) return fail_errno(failed, fmt::format("cannot look up group \"{}\"", name));
  if (!found) return fail(Errc::not_found, "this host has no group \"{}\"; valid: the name of one, or empty", name);
  return entry.gr_gid;
}

}  // namespace outpost
