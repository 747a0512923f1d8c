// How much memory the bodies of all connections together may take: those of requests from their first byte until the
// response has left, and those of large responses until they are written. Without it, connections times the largest
// body would be past every limit of a process. No sockets and no clock.
#pragma once

#include <cstddef>
#include <utility>

namespace outpost::proxy {

class Bodies {
 public:
  // A response up to this size is not counted: what queues for one connection is bounded apart.
  static constexpr std::size_t kLargeBytes = 64 * 1024;

  // Takes effect on what comes next.
  void set_max(std::size_t bytes) { bytes_max_ = bytes; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // What one request, or one response, has of it; given back with it.
  class Part {
   public:
    explicit Part(Bodies& all) : all_(&all) {}
    ~Part() { all_->bytes_ -= bytes_; }
    Part(Part&& other) noexcept : all_(other.all_), bytes_(std::exchange(other.bytes_, 0)) {}
    Part& operator=(Part&& other) noexcept {
      std::swap(all_, other.all_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // False: there is no room for more, and nothing has changed. There always is for less.
    [[nodiscard]] bool grow_to(std::size_t bytes) {
      std::size_t others = all_->bytes_ - bytes_;
      if (bytes > bytes_ && (others > all_->bytes_max_ || bytes > all_->bytes_max_ - others)) return false;
      all_->bytes_ = others + bytes;
      bytes_ = bytes;
      return true;
    }
    void shrink_to(std::size_t bytes) {
      if (bytes >= bytes_) return;
      all_->bytes_ -= bytes_ - bytes;
      bytes_ = bytes;
    }
    // Takes over what another one has.
    void join(Part& other) { bytes_ += std::exchange(other.bytes_, 0); }

   private:
    Bodies* all_;
    std::size_t bytes_ = 0;
  };

 private:
  std::size_t bytes_max_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace outpost::proxy
