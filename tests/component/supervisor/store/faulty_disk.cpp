#include "tests/component/supervisor/store/faulty_disk.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

namespace outpost::test {

namespace {

void apply(std::string& bytes, std::size_t offset, const std::string& written) {
  if (bytes.size() < offset + written.size()) bytes.resize(offset + written.size());
  bytes.replace(offset, written.size(), written);
}

}  // namespace

// What SQLite holds for an open file; the real one's memory follows it.
struct FaultyDisk::File : sqlite3_file {
  FaultyDisk* disk;
  Image* image;  // null for a file without a name

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

// The C functions: those that change a file count as operations, the others pass on.
struct FaultyDisk::Calls {
  static File* self(sqlite3_file* file) { return static_cast<File*>(file); }

  static int close(sqlite3_file* file) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
  }
  static int read(sqlite3_file* file, void* data, int n, sqlite3_int64 offset) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xRead(real, data, n, offset);
  }
  static int write(sqlite3_file* file, const void* data, int n, sqlite3_int64 offset) {
    if (int code = self(file)->disk->operation(); code != SQLITE_OK) return code;
    if (Image* image = self(file)->image) {
      image->pending.emplace_back(offset, std::string(static_cast<const char*>(data), static_cast<std::size_t>(n)));
    }
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xWrite(real, data, n, offset);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (int code = self(file)->disk->operation(); code != SQLITE_OK) return code;
    if (Image* image = self(file)->image) sync_image(*image), image->synced.resize(static_cast<std::size_t>(size));
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xTruncate(real, size);
  }
  static int sync(sqlite3_file* file, int flags) {
    if (int code = self(file)->disk->operation(); code != SQLITE_OK) return code;
    if (Image* image = self(file)->image) sync_image(*image);
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xSync(real, flags);
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xFileSize(real, size);
  }
  static int lock(sqlite3_file* file, int kind) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xLock(real, kind);
  }
  static int unlock(sqlite3_file* file, int kind) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xUnlock(real, kind);
  }
  static int check_reserved(sqlite3_file* file, int* result) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xCheckReservedLock(real, result);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xFileControl(real, operation, argument);
  }
  static int sector_size(sqlite3_file* file) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xSectorSize(real);
  }
  static int characteristics(sqlite3_file* file) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xDeviceCharacteristics(real);
  }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xShmMap(real, page, size, extend, memory);
  }
  static int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xShmLock(real, offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* file) {
    sqlite3_file* real = self(file)->real();
    real->pMethods->xShmBarrier(real);
  }
  static int shm_unmap(sqlite3_file* file, int remove) {
    sqlite3_file* real = self(file)->real();
    return real->pMethods->xShmUnmap(real, remove);
  }

  static void sync_image(Image& image) {
    for (const auto& [offset, bytes] : image.pending) apply(image.synced, offset, bytes);
    image.pending.clear();
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = {
        2,         close,          read,    write,       truncate,        sync,    file_size, lock,
        unlock,    check_reserved, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
        shm_unmap, nullptr,        nullptr};
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    File* made = new (file) File;
    made->disk = disk;
    made->image = nullptr;
    made->pMethods = &methods;
    int code = disk->real_->xOpen(disk->real_, name, made->real(), flags, out_flags);
    if (code != SQLITE_OK) return code;
    if (name) {
      auto [image, fresh] = disk->images_.try_emplace(name);
      if (fresh) {
        std::ifstream existing(name, std::ios::binary);
        image->second.synced.assign(std::istreambuf_iterator<char>(existing), {});
      }
      made->image = &image->second;
    }
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    if (auto image = disk->images_.find(name); image != disk->images_.end()) image->second = {};
    return disk->real_->xDelete(disk->real_, name, sync_directory);
  }
};

FaultyDisk::FaultyDisk() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.zName = "faulty-disk";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.xOpen = Calls::open;
  vfs_.xDelete = Calls::remove;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

int FaultyDisk::operation() {
  ++operations_;
  if (operations_ >= act_at_) {
    act_at_ = kNever;
    action_();
  }
  if (operations_ < fail_at_) return SQLITE_OK;
  ++failures_;
  return code_;
}

void FaultyDisk::lose_power(const std::string& directory, std::mt19937_64& random) const {
  for (const auto& [path, image] : images_) {
    std::string bytes = image.synced;
    for (const auto& [offset, written] : image.pending) {
      if (random() % 2) apply(bytes, offset, written);
    }
    std::ofstream out(std::filesystem::path(directory) / std::filesystem::path(path).filename(), std::ios::binary);
    out << bytes;
  }
}

}  // namespace outpost::test
