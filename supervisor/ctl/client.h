// The supervisor's control socket, seen from a program that has nothing else to do: every call waits.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/channel/control.h"
#include "protocol/channel/frame.h"

namespace outpost::supervisor::ctl {

// Errors of every call tell a caller what to do next:
//   Errc::closed, timeout, protocol   the supervisor cannot be reached, or not any more
//   Errc::invalid                     it answered and refused; the text is its own sentence
//   Errc::limit                       what was to be sent is larger than a frame may be
class Client {
 public:
  // Connects and says hello. `timeout` is the longest wait for this and for each later reply.
  static Result<Client> connect(const std::string& socket_path, std::chrono::milliseconds timeout);
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client();

  // Sends one command and waits for its reply: a JSON object.
  Result<std::string> command(std::string_view name, std::string_view arguments = "{}");

  // For several messages under way at once: send() returns the correlation id under which reply_to() finds the outcome.
  template <class Message>
  Result<std::uint64_t> send(const Message& message);
  Result<std::string> reply_to(std::uint64_t correlation);

  // Waits until the supervisor ends the connection.
  Result<> await_end();

  // The pid of the process at the other end as the system knows it; 0 when it cannot be seen from here.
  [[nodiscard]] pid_t process_id() const;
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }
  // Who answered the hello.
  [[nodiscard]] const protocol::ControlWelcome& supervisor() const { return welcome_; }

 private:
  using Clock = std::chrono::steady_clock;

  Client(int fd, std::chrono::milliseconds timeout) : fd_(fd), timeout_(timeout) {}
  Result<> greet();
  Result<> flush();
  // Waits until the socket can do something, then reads and writes what it can.
  Result<> turn(Clock::time_point deadline);
  Result<> read_some();
  Result<> write_some();
  Result<> take(const protocol::Frame& frame);

  int fd_;
  std::chrono::milliseconds timeout_;
  protocol::ControlWelcome welcome_;
  bool welcomed_ = false;
  protocol::FrameReader reader_;
  std::string out_;
  std::size_t sent_ = 0;  // bytes at the front of out_ that the system took already
  std::uint64_t last_correlation_ = 0;
  std::map<std::uint64_t, protocol::Reply> replies_;  // come, not asked for yet; as many as were sent at most
};

}  // namespace outpost::supervisor::ctl
