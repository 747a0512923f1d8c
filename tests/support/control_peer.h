// A supervisor's end of the control socket that does what a test's script says, one connection at a time.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "common/error.h"
#include "protocol/channel/control.h"
#include "protocol/channel/frame.h"

namespace outpost::test {

class ControlPeer {
 public:
  // Gets each message behind the hello, on the peer's own thread; nothing means that the connection ends.
  using Script = std::function<std::optional<protocol::Reply>(const protocol::FromCtl&)>;

  ControlPeer(const std::string& path, Script script, protocol::ControlWelcome welcome = {1, "outpostd test", 4711})
      : script_(std::move(script)), welcome_(std::move(welcome)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
           "the peer has its socket");
    ENSURE(listen(listener_, 8) == 0, "the peer listens");
    ENSURE(pipe(stop_.data()) == 0, "the peer can be stopped");
    thread_ = std::thread([this] {
      while (readable(listener_)) serve(accept(listener_, nullptr, nullptr));
    });
  }
  ~ControlPeer() {
    close(stop_[1]);
    thread_.join();
    close(stop_[0]);
    close(listener_);
  }
  ControlPeer(const ControlPeer&) = delete;
  ControlPeer& operator=(const ControlPeer&) = delete;

 private:
  // Waits; false when the test is over.
  bool readable(int fd) {
    std::array<pollfd, 2> entries = {{{fd, POLLIN, 0}, {stop_[0], POLLIN, 0}}};
    while (poll(entries.data(), entries.size(), -1) < 0) {
    }
    return entries[1].revents == 0;
  }

  void serve(int fd) {
    protocol::FrameReader reader;
    std::array<char, 4096> buffer;
    while (readable(fd)) {
      ssize_t n = recv(fd, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      reader.feed({buffer.data(), static_cast<std::size_t>(n)});
      if (!answer(fd, reader)) break;
    }
    close(fd);
  }

  bool answer(int fd, protocol::FrameReader& reader) {
    for (;;) {
      auto frame = reader.next();
      if (!frame) return false;
      if (!frame->has_value()) return true;
      auto message = protocol::decode<protocol::FromCtl>((*frame)->type, (*frame)->payload);
      if (!message) return false;
      std::string out;
      if (std::holds_alternative<protocol::ControlHello>(*message)) {
        protocol::append_frame(out, (*frame)->correlation, welcome_);
      } else if (auto reply = script_(*message)) {
        protocol::append_frame(out, (*frame)->correlation, *reply);
      } else {
        return false;
      }
      if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) return false;
    }
  }

  Script script_;
  protocol::ControlWelcome welcome_;
  int listener_ = -1;
  std::array<int, 2> stop_{};
  std::thread thread_;
};

}  // namespace outpost::test
