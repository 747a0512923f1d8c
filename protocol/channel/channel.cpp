#include "protocol/channel/channel.h"

namespace outpost::protocol {

Channel::Channel(std::unique_ptr<Stream> stream, Events& events, std::uint32_t payload_bytes_max)
    : stream_(std::move(stream)), events_(events), payload_bytes_max_(payload_bytes_max) {
  stream_->set_events(this);
  stream_->keep_queue_bytes(kQueueBytesKept);
  stream_->start_reading();
}

void Channel::on_data(std::string_view bytes) {
  std::shared_ptr<bool> alive = alive_;
  reader_.feed(bytes);
  for (;;) {
    auto frame = reader_.next();
    if (!frame) return close(frame.error());
    if (!*frame) break;
    auto handled = events_.on_frame(**frame);
    if (!*alive || closed_) return;
    if (!handled) return close(handled.error());
  }
  events_.on_batch_end();
}

void Channel::on_end() { close(Error{Errc::closed, "the other side closed the connection"}); }

void Channel::on_lost(const Error& why) { close(why); }

void Channel::close(const Error& why) {
  if (closed_) return;
  closed_ = true;
  stream_->pause_reading();
  events_.on_closed(why);
}

}  // namespace outpost::protocol
