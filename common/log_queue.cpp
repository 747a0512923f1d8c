#include "common/log_queue.h"

#include <cstring>
#include <utility>

namespace outpost {

namespace {

// What a queue keeps of its memory while nothing is logged.
constexpr std::size_t kIdleBytesMax = 256 * 1024;
// The place of dropped records is used again when it has come to this much, since that moves all that is behind.
constexpr std::size_t kUnusedBytesMax = kLogBytesMax / 4;

}  // namespace

struct LogBatch::Head {
  LogTime time;
  std::uint32_t text_bytes;
  std::optional<Severity> echoed;
};

std::optional<LogBatch::Record> LogBatch::next() {
  if (records_ == 0) return std::nullopt;
  Head next = head();
  char* text = bytes_.data() + begin_ + sizeof(Head);
  begin_ += sizeof(Head) + next.text_bytes;
  --records_;
  return Record{next.time, next.echoed, {text, next.text_bytes}};
}

void LogBatch::add(const Head& head, std::string_view text) {
  char bytes[sizeof(Head)];
  std::memcpy(bytes, &head, sizeof(Head));
  bytes_.append(bytes, sizeof(Head)).append(text);
  ++records_;
}

void LogBatch::drop_oldest() {
  begin_ += sizeof(Head) + head().text_bytes;
  --records_;
  ++dropped_;
  if (begin_ < kUnusedBytesMax) return;
  bytes_.erase(0, begin_);
  begin_ = 0;
}

void LogBatch::clear() {
  bytes_.clear();
  begin_ = 0;
  records_ = 0;
  dropped_ = 0;
}

LogBatch::Head LogBatch::head() const {
  Head head;
  std::memcpy(&head, bytes_.data() + begin_, sizeof(Head));
  return head;
}

void LogQueue::put(LogTime time, std::optional<Severity> echoed, std::string_view text) {
  bool wakes = false;
  {
    std::lock_guard lock(mutex_);
    while (waiting_.records_ > 0 &&
           (waiting_.records_ >= kLogRecordsMax || waiting_.size_bytes() + text.size() > kLogBytesMax)) {
      waiting_.drop_oldest();
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    waiting_.add({time, static_cast<std::uint32_t>(text.size()), echoed}, text);
    wakes = sleep_ == Sleep::until_any || (sleep_ == Sleep::until_half && is_half_full());
    if (wakes) sleep_ = Sleep::none;
  }
  if (wakes) arrival_.notify_one();
}

void LogQueue::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  arrival_.notify_one();
}

void LogQueue::end() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  arrival_.notify_one();
}

bool LogQueue::take(LogBatch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  if (waiting_.records_ == 0) {
    // What a burst made large is given back: here both buffers are empty.
    for (LogBatch* empty : {&batch, &waiting_}) {
      if (empty->bytes_.capacity() > kIdleBytesMax) std::string().swap(empty->bytes_);
    }
    sleep_ = Sleep::until_any;
    arrival_.wait(lock, [this] { return waiting_.records_ > 0 || is_urgent(); });
  }
  sleep_ = Sleep::until_half;
  arrival_.wait_for(lock, kLogGatherTime, [this] { return is_half_full() || is_urgent(); });
  sleep_ = Sleep::none;
  woken_ = false;
  std::swap(waiting_, batch);
  return batch.records_ > 0 || !ended_;
}

bool LogQueue::is_half_full() const noexcept {
  return waiting_.records_ >= kLogRecordsMax / 2 || waiting_.size_bytes() >= kLogBytesMax / 2;
}

}  // namespace outpost
