// Plain file descriptors: owning one, writing a whole text, and handing an open file to another process.
#pragma once

#include <string_view>
#include <utility>

#include "common/error.h"

namespace outpost {

// The only owner of a descriptor; -1 for none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

// False with errno when not all of it could be written. For descriptors that wait.
bool write_all(int fd, std::string_view bytes);

// A connected pair of sockets over which open files are handed on, one with each packet; close-on-exec, and they never
// wait. Nothing can be sent to the first of the pair: who gives files away takes none in return.
Result<std::pair<Descriptor, Descriptor>> file_socket_pair();

// Gives a copy of `file` away. Errc::limit when the other side has not taken those that were sent before.
Result<> send_descriptor(int socket, int file);
// The next file that was sent, close-on-exec; Errc::not_found when there is none.
Result<Descriptor> receive_descriptor(int socket);

}  // namespace outpost
