// The supervisor's end of a proxy channel: keeps what the proxy says, says what the test wants.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/io/descriptor.h"
#include "common/io/process.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/messages.h"

namespace outpost::test {

class ScriptedSupervisor final : private protocol::Channel::Events {
 public:
  struct Asked {
    std::uint64_t correlation;
    protocol::Request request;
  };

  struct Called {
    std::uint64_t correlation;
    protocol::Call call;
  };

  explicit ScriptedSupervisor(Loop& loop) {
    auto pair = socket_pair();
    REQUIRE(pair);
    auto mine = Stream::adopt(loop, pair->first);
    auto theirs = Stream::adopt(loop, pair->second);
    REQUIRE(mine);
    REQUIRE(theirs);
    protocol::Channel::Events& events = *this;
    channel_ = std::make_unique<protocol::Channel>(*std::move(mine), events, protocol::kProxyPayloadBytesMax);
    proxy_side = *std::move(theirs);
    auto files = file_socket_pair();
    REQUIRE(files);
    files_ = std::move(files->first);
    proxy_files = std::move(files->second);
  }

  template <class Message>
  void send(const Message& message, std::uint64_t correlation = 0) {
    channel_->send(message, correlation);
  }
  // Answers with an acknowledgement that carries `mark`, and the reference id as a supervisor echoes it.
  void answer(std::uint64_t correlation, const std::string& mark) {
    protocol::Answer answer;
    answer.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
    answer.event.add("GSW_REFERENCE_ID", static_cast<std::int64_t>(correlation));
    answer.event.add("MARK", mark);
    send(answer, correlation);
  }
  // Hands over an open file as the next log file.
  void send_log_segment(const Descriptor& file, protocol::LogFileKind kind = protocol::LogFileKind::proxy) {
    REQUIRE(send_descriptor(files_.get(), file.get()));
    send(protocol::LogSegment{kind});
  }
  // Sends bytes that are no frame.
  void send_raw(std::string_view bytes) { channel_->stream().write(bytes); }
  void disappear() { channel_.reset(); }

  std::unique_ptr<Stream> proxy_side;  // for the proxy to take
  Descriptor proxy_files;              // the same
  bool answers_pings = true;
  std::optional<protocol::Hello> hello;
  std::optional<protocol::Bound> bound;
  std::optional<protocol::Failed> failed;
  std::optional<protocol::Statistics> statistics;
  std::vector<Asked> asked;
  std::vector<Called> calls;
  std::vector<std::uint64_t> cancelled;
  int segments_wanted = 0;
  int access_segments_wanted = 0;
  bool closed = false;

 private:
  Result<> on_frame(const protocol::Frame& frame) override {
    auto message = protocol::decode<protocol::FromProxy>(frame.type, frame.payload);
    REQUIRE(message);
    std::visit(protocol::overloaded{[&](protocol::Hello& m) { hello = std::move(m); },
                                    [&](protocol::Bound& m) { bound = std::move(m); },
                                    [&](protocol::Failed& m) { failed = std::move(m); },
                                    [&](protocol::Request& m) {
                                      asked.push_back({frame.correlation, std::move(m)});
                                    },
                                    [&](protocol::Call& m) {
                                      calls.push_back({frame.correlation, std::move(m)});
                                    },
                                    [&](protocol::CallCancel&) { cancelled.push_back(frame.correlation); },
                                    [&](protocol::Ping&) {
                                      if (answers_pings) send(protocol::Pong{});
                                    },
                                    [](protocol::Pong&) {}, [&](protocol::Statistics& m) { statistics = m; },
                                    [&](protocol::WantLogSegment& m) {
                                      bool access = m.file == protocol::LogFileKind::access;
                                      ++(access ? access_segments_wanted : segments_wanted);
                                    }},
               *message);
    return {};
  }
  void on_closed(const Error&) override { closed = true; }

  std::unique_ptr<protocol::Channel> channel_;
  Descriptor files_;
};

}  // namespace outpost::test
