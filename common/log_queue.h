// The records of a log on their way from the threads that write them to the log's own. They are gathered: all that come
// within a few milliseconds leave together, with one wake-up and one write. When the queue is full the oldest records
// go and are counted, for a caller never waits.
//
// A record that arrives while the other side sleeps wakes it; it then takes what has come kLogGatherTime later, or
// sooner when half of the queue is full. So nothing waits for long, however little is logged.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/io/journal.h"
#include "common/log_stamp.h"

namespace outpost {

// What may wait, and as much may be on its way into the file. Records of the usual length meet the first limit; the
// second, a KiB for each of them, bounds the memory when they are blocks of the largest.
inline constexpr std::size_t kLogRecordsMax = 8192;
inline constexpr std::size_t kLogBytesMax = std::size_t{8} << 20;
inline constexpr std::chrono::milliseconds kLogGatherTime{5};

// Records one behind the other, each a head and its text, in one piece of memory.
class LogBatch {
 public:
  struct Record {
    LogTime time;
    std::optional<Severity> echoed;  // to stderr
    std::span<char> text;            // valid until the batch is changed
  };

  // The next record in the order of their coming, or nothing.
  std::optional<Record> next();
  // Records that went missing before the first.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  friend class LogQueue;
  struct Head;

  void add(const Head& head, std::string_view text);
  void drop_oldest();
  void clear();
  [[nodiscard]] Head head() const;
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_.size() - begin_; }

  std::string bytes_;
  std::size_t begin_ = 0;  // of the oldest record
  std::size_t records_ = 0;
  std::uint64_t dropped_ = 0;
};

class LogQueue {
 public:
  // A record of at most 64 KiB. Any thread.
  void put(LogTime time, std::optional<Severity> echoed, std::string_view text);
  // Lets take() return soon, with or without records. Any thread.
  void wake();
  // From now on take() waits for nothing.
  void end();

  // Waits for records, and puts them in the place of what is in `batch`. False when the queue has ended and is empty.
  // For one thread.
  bool take(LogBatch& batch);

  // All records that went missing. Any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  enum class Sleep : std::uint8_t { none, until_any, until_half };

  [[nodiscard]] bool is_urgent() const noexcept { return woken_ || ended_; }
  [[nodiscard]] bool is_half_full() const noexcept;

  std::mutex mutex_;
  std::condition_variable arrival_;
  LogBatch waiting_;
  Sleep sleep_ = Sleep::none;  // of the thread in take(), which is woken once
  bool woken_ = false;
  bool ended_ = false;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace outpost
