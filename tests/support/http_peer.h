// An HTTP server on the loop of a test, which answers what and when the test says.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/io/stream.h"

namespace outpost::test {

class HttpPeer {
 public:
  class Connection final : private ByteStream::Events {
   public:
    explicit Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {
      stream_->set_events(this);
      stream_->start_reading();
    }
    // The requests that have come on it; none of them has a body with an empty line.
    [[nodiscard]] std::size_t requests() const {
      std::size_t count = 0;
      for (std::size_t at = 0; (at = received_.find("\r\n\r\n", at)) != std::string::npos; ++at) ++count;
      return count;
    }
    [[nodiscard]] const std::string& received() const { return received_; }
    // By the client.
    [[nodiscard]] bool closed() const { return closed_; }
    void say(std::string_view text) { stream_->write(text); }
    void answer(std::string_view body, std::string_view more = "") {
      say(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more, body));
    }
    void close() { stream_.reset(); }

   private:
    void on_data(std::string_view bytes) override { received_ += bytes; }
    void on_end() override { closed_ = true; }
    void on_lost(const Error&) override { closed_ = true; }

    std::unique_ptr<Stream> stream_;
    std::string received_;
    bool closed_ = false;
  };

  explicit HttpPeer(Loop& loop) : loop_(loop) {
    auto listener = Listener::tcp(loop, "127.0.0.1", 0, 64);
    REQUIRE(listener);
    listener_ = *std::move(listener);
    listener_->start([this](int fd) {
      auto stream = Stream::adopt(loop_, fd);
      REQUIRE(stream);
      connections_.push_back(std::make_unique<Connection>(*std::move(stream)));
    });
  }

  [[nodiscard]] std::string url(std::string_view path, std::string_view host = "127.0.0.1") const {
    return fmt::format("http://{}:{}{}", host, listener_->port(), path);
  }
  [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  Connection& connection(std::size_t number) { return *connections_.at(number); }
  [[nodiscard]] std::size_t requests() const {
    std::size_t count = 0;
    for (const auto& one : connections_) count += one->requests();
    return count;
  }

 private:
  Loop& loop_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace outpost::test
