#include "supervisor/ctl/reject_file.h"

#include <unistd.h>

#include <sstream>

namespace outpost::supervisor::ctl {

namespace {

constexpr std::string_view kHeader = "line,column,reason,row\n";
constexpr std::size_t kPositionBytesMax = 256;

}  // namespace

Result<RejectFile> RejectFile::open(std::string path, std::string import, CsvPosition durable) {
  RejectFile rejects(std::move(path), std::move(import));
  if (auto ours = rejects.check_is_ours(); !ours) return fail(ours.error());
  rejects.complete_ = durable;
  if (durable.offset == 0) {
    unlink(rejects.path_.c_str());
    unlink((rejects.path_ + ".position").c_str());
  } else if (auto resumed = rejects.resume(durable); !resumed) {
    return fail(resumed.error());
  }
  // Before the first piece is sent: its reply may be lost as well.
  if (auto saved = rejects.save_position(); !saved) return fail(saved.error());
  return rejects;
}

Result<> RejectFile::check_is_ours() const {
  if (access(path_.c_str(), F_OK) != 0) return {};
  auto file = File::open_source(path_);
  if (!file) return fail(file.error());
  std::string begin(kHeader.size(), '\0');
  ssize_t n = pread(file->fd(), begin.data(), begin.size(), 0);
  if (n == 0 || begin == kHeader) return {};
  return fail(Errc::io, "{} exists and is not a reject file: --rejects names another place", path_);
}

Result<> RejectFile::resume(CsvPosition durable) {
  if (access(path_.c_str(), F_OK) == 0) {
    auto file = File::open_journal(path_);
    if (!file) return fail(file.error());
    auto size = file->size();
    if (!size) return fail(size.error());
    bytes_ = *size;
    file_ = std::move(*file);
  }
  auto text = read_file(path_ + ".position", kPositionBytesMax);
  if (!text) return {};
  std::istringstream words(*text);
  std::string import;
  CsvPosition complete;
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  words >> import >> complete.offset >> complete.line >> bytes >> count;
  if (!words || import != import_ || complete.offset > durable.offset || bytes > bytes_) return {};
  complete_ = complete;
  count_ = count;
  bytes_ = bytes;
  return file_ ? file_->truncate(bytes) : Result<>();
}

Result<> RejectFile::add(const std::vector<Reject>& rejects, CsvPosition complete) {
  if (!rejects.empty()) {
    if (!file_) {
      auto file = File::open_journal(path_);
      if (!file) return fail(file.error());
      file_ = std::move(*file);
    }
    std::string text(bytes_ == 0 ? kHeader : "");
    for (const Reject& one : rejects) append_csv_row(text, {std::to_string(one.line), one.column, one.reason, one.row});
    if (auto added = file_->append(text); !added) return added;
    bytes_ += text.size();
    count_ += rejects.size();
  }
  complete_ = complete;
  return save_position();
}

Result<> RejectFile::save_position() {
  if (!position_) {
    auto file = File::open_position(path_ + ".position");
    if (!file) return fail(file.error());
    position_ = std::move(*file);
  }
  // Of fixed width, so that a shorter one leaves nothing of a longer one behind.
  return position_->overwrite(
      fmt::format("{} {:20} {:20} {:20} {:20}\n", import_, complete_.offset, complete_.line, bytes_, count_));
}

void RejectFile::finish() {
  unlink((path_ + ".position").c_str());
  if (count_ == 0 && bytes_ == 0) unlink(path_.c_str());
}

}  // namespace outpost::supervisor::ctl
