// Whether a client takes what it is sent, or holds its connection by reading a byte now and then.
#pragma once

#include <cstdint>

namespace outpost::proxy {

class Uptake {
 public:
  // What is queued at one time may take this many times as long as taking nothing at all.
  static constexpr std::uint64_t kSpans = 5;

  // Bytes wait to be taken, where none did before.
  void begin(std::uint64_t now_ms) { taken_ms_ = mark_ms_ = now_ms; }

  // `written`, `taken`: bytes since the connection began. `allowed_ms`: longest time without taking any.
  bool is_too_slow(std::uint64_t written, std::uint64_t taken, std::uint64_t now_ms, std::uint64_t allowed_ms) {
    if (taken != taken_) {
      taken_ = taken;
      taken_ms_ = now_ms;
    }
    if (taken >= mark_) {
      mark_ = written;
      mark_ms_ = now_ms;
    }
    return now_ms - taken_ms_ > allowed_ms || now_ms - mark_ms_ > kSpans * allowed_ms;
  }

 private:
  std::uint64_t taken_ = 0;
  std::uint64_t taken_ms_ = 0;  // when the last was taken
  std::uint64_t mark_ = 0;      // what was written when the mark was set
  std::uint64_t mark_ms_ = 0;
};

}  // namespace outpost::proxy
