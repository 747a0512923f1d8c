// A connection that carries frames, over a stream that somebody else opened. Both sides of the proxy channel and of the
// control socket are one of these.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "common/io/stream.h"
#include "protocol/channel/frame.h"

namespace outpost::protocol {

class Channel final : private Stream::Events {
 public:
  class Events {
   public:
    // One whole frame; its payload is valid during the call. An error returned here ends the channel with on_closed().
    virtual Result<> on_frame(const Frame& frame) = 0;
    // All frames that one read brought were handed over.
    virtual void on_batch_end() {}
    // The other side is gone or broke the protocol. Called once, nothing follows. May destroy the channel.
    virtual void on_closed(const Error& why) = 0;
    // What was queued has left after waiting.
    virtual void on_written() {}

   protected:
    ~Events() = default;
  };

  // `events` must outlive the channel. Both sides must give the same limit: see frame.h.
  Channel(std::unique_ptr<Stream> stream, Events& events, std::uint32_t payload_bytes_max = kPayloadBytesMax);

  // Frames sent during one turn of the loop leave in one write.
  template <class Message>
  void send(const Message& message, std::uint64_t correlation = 0) {
    buffer_.clear();
    append_frame(buffer_, correlation, message, payload_bytes_max_);
    stream_->write(buffer_);
    if (buffer_.capacity() > kQueueBytesKept) std::string().swap(buffer_);
  }
  [[nodiscard]] std::size_t queued_bytes() const { return stream_->queued_bytes(); }
  [[nodiscard]] std::uint64_t sent_bytes() const { return stream_->sent_bytes(); }
  void pause_reading() { stream_->pause_reading(); }
  void resume_reading() { stream_->start_reading(); }
  // Sends what is queued, then ends our side.
  void finish() { stream_->finish_writing(); }
  [[nodiscard]] Stream& stream() { return *stream_; }

 private:
  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_lost(const Error& why) override;
  void on_written() override { events_.on_written(); }
  void close(const Error& why);

  // What some hundred requests of a turn take.
  static constexpr std::size_t kQueueBytesKept = 256 * 1024;

  std::unique_ptr<Stream> stream_;
  Events& events_;
  std::uint32_t payload_bytes_max_;
  FrameReader reader_{payload_bytes_max_};
  std::string buffer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool closed_ = false;

 public:
  ~Channel() { *alive_ = false; }
};

}  // namespace outpost::protocol
