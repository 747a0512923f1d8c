// The proxy's end of a channel in somebody else's hands, for malicious_child.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/io/process.h"
#include "protocol/channel/frame.h"
#include "protocol/channel/messages.h"

namespace outpost::test {

using namespace outpost::protocol;

inline constexpr int kChannel = Process::kChannelFd;

[[noreturn]] inline void linger() {
  for (;;) pause();
}

// Blocking.
class Peer {
 public:
  explicit Peer(std::uint64_t seed) : random_(seed) {}

  std::uint64_t number(std::uint64_t below) { return random_() % below; }
  std::string bytes(std::size_t n) {
    std::string out;
    while (out.size() < n) out.push_back(static_cast<char>(random_()));
    return out;
  }

  void raw(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(kChannel, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) linger();  // what it does now is the supervisor's to decide
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  template <class Message>
  static std::string frame(const Message& message, std::uint64_t correlation = 0) {
    std::string out;
    append_frame(out, correlation, message);
    return out;
  }
  static std::string frame(std::uint16_t type, std::string_view payload, std::uint16_t flags = 0,
                           std::uint64_t correlation = 0) {
    std::string out;
    ByteWriter writer(out);
    writer.integer(static_cast<std::uint32_t>(payload.size()));
    writer.integer(type);
    writer.integer(flags);
    writer.integer(correlation);
    return out.append(payload);
  }
  template <class Message>
  void say(const Message& message, std::uint64_t correlation = 0) {
    raw(frame(message, correlation));
  }

  // The next message, Pings and Tokens answered.
  FromSupervisor hear() {
    for (;;) {
      auto frame = reader_.next();
      if (!frame) linger();
      if (!*frame) {
        buffer_.resize(64 * 1024);
        ssize_t n = recv(kChannel, buffer_.data(), buffer_.size(), 0);
        if (n <= 0) linger();
        reader_.feed(std::string_view(buffer_).substr(0, static_cast<std::size_t>(n)));
        continue;
      }
      auto message = decode<FromSupervisor>((*frame)->type, (*frame)->payload);
      if (!message) linger();
      if (std::holds_alternative<Ping>(*message)) {
        raw(Peer::frame(Pong{}) + Peer::frame(Statistics{}));
      } else if (std::holds_alternative<Tokens>(*message)) {
        say(Pong{}, (*frame)->correlation);
      } else {
        return std::move(*message);
      }
    }
  }
  template <class Message>
  Message await() {
    for (;;) {
      FromSupervisor message = hear();
      if (std::holds_alternative<Drain>(message)) std::exit(0);
      if (auto* found = std::get_if<Message>(&message)) return std::move(*found);
    }
  }
  [[noreturn]] void serve() {
    for (;;) await<Drain>();
  }

  void greet() {
    Hello hello;
    hello.program = "outpost-proxy test";
    say(hello);
    configure = await<Configure>();
  }
  Bound bound() {
    Bound message;
    message.listeners = configure.listeners;
    for (auto& listener : message.listeners) {
      if (listener.port == 0) listener.port = 4711;
    }
    return message;
  }
  void begin() {
    greet();
    say(bound());
    await<Start>();
  }
  std::uint64_t id() { return correlation_id(configure.generation, ++last_); }
  Request request() {
    Request made;
    made.connection = 1;
    made.sequence = 1;
    made.resource = "lists";
    made.event.add("GSW_AGENT_REQ_TYPE", "AddRecord");
    made.event.add("GSW_CALLING_LIST", "Spring_2024");
    made.event.add("GSW_PHONE", fmt::format("+1{}", random_()));
    made.event.add("GSW_TZ_NAME", "GMT");
    return made;
  }
  Answer ask(const Request& asked) {
    say(asked, id());
    return await<Answer>();
  }

  Configure configure;

 private:
  std::mt19937_64 random_;
  FrameReader reader_;
  std::string buffer_;
  std::uint64_t last_ = 0;
};

}  // namespace outpost::test
