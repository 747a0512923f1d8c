#include "supervisor/locks.h"

#include <filesystem>

#include "common/io/access.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

Result<> make_folder_of(const std::string& path) {
  std::error_code error;
  std::string folder = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  auto failure = fail_access(error.value(), fmt::format("cannot make its folder {}", folder), folder);
  failure.value().text += "; make it for the user of outpostd, or name another place";
  return failure;
}

// `option` names the place that is locked.
Result<LockFile> lock_place(std::string_view option, const std::string& path, LockFile::Mode mode,
                            std::string_view hint) {
  if (auto made = make_folder_of(path); !made) {
    return fail(made.error().code, "{}: {} cannot be used: {}", option, path, made.error().text);
  }
  auto lock = LockFile::acquire(path + ".lock", mode);
  if (lock) return lock;
  const Error& why = lock.error();
  if (why.code == Errc::busy) {
    return fail(why.code, "{}: another process uses {}: {}; {}", option, path, why.text, hint);
  }
  return fail(why.code, "{}: {} cannot be used: {}", option, path, why.text);
}

}  // namespace

Result<std::vector<LockFile>> take_locks(const Config& config) {
  std::vector<LockFile> locks;
  auto control = lock_place("control.socket", config.control.socket, LockFile::Mode::exclusive,
                            "each outpostd needs a socket of its own");
  if (!control) return pass(control);
  locks.push_back(std::move(*control));
  // Two supervisors of one host over one file would be fenced by the lease; the lock says so before anything happens.
  if (auto file = sqlite_file(config.store.url)) {
    auto mode = config.redundancy.enabled ? LockFile::Mode::shared : LockFile::Mode::exclusive;
    bool mobile = config.application.type == ApplicationType::mobile;
    auto store = lock_place("store.url", *file, mode,
                            mobile ? "nodes share a store of PostgreSQL; a file is one node's"
                                   : "two may share it when both have redundancy.enabled");
    if (!store) return pass(store);
    locks.push_back(std::move(*store));
  }
  return locks;
}

}  // namespace outpost::supervisor
