// Frames: how messages travel over a byte stream, on the proxy channel and on the control socket.
// One frame = payload length (u32), message type (u16), flags (u16, zero for now), correlation id (u64), payload;
// integers little-endian. Source: design.md section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/channel/describe.h"

namespace outpost::protocol {

inline constexpr std::size_t kFrameHeaderBytes = 16;
// The limit of a channel that is given no other. Holds the largest message: an event with a 64 KiB body, a chunk of an
// import, a page of records. Anything above ends the connection before memory is taken.
inline constexpr std::uint32_t kPayloadBytesMax = 4 * 1024 * 1024;

struct Frame {
  std::uint16_t type = 0;
  std::uint64_t correlation = 0;
  std::string_view payload;  // into the bytes given to the reader
};

// Appends a frame with `message` as its payload, which whoever reads it must take to be within its limit.
template <class Message>
void append_frame(std::string& out, std::uint64_t correlation, const Message& message,
                  std::uint32_t payload_bytes_max = kPayloadBytesMax) {
  std::size_t start = out.size();
  ByteWriter header(out);
  header.integer<std::uint32_t>(0);
  header.integer<std::uint16_t>(Message::kId);
  header.integer<std::uint16_t>(0);
  header.integer(correlation);
  encode(message, out);
  std::size_t payload = out.size() - start - kFrameHeaderBytes;
  ENSURE(payload <= payload_bytes_max, "a message is larger than a frame may be");
  for (std::size_t i = 0; i < 4; ++i) out[start + i] = static_cast<char>(payload >> (8 * i));
}

// Cuts a stream of bytes into frames.
class FrameReader {
 public:
  explicit FrameReader(std::uint32_t payload_bytes_max = kPayloadBytesMax) : payload_bytes_max_(payload_bytes_max) {}
  // Gives bytes in; then call next() until it returns nothing, before the bytes go away.
  void feed(std::string_view bytes);
  // The next whole frame, nothing when more bytes are needed, an error when the stream can never be right again.
  Result<std::optional<Frame>> next();
  // Bytes of a frame that has begun but is not whole.
  [[nodiscard]] std::size_t pending_bytes() const { return rest_.size() - used_ + fed_.size(); }

 private:
  std::string_view available() const { return rest_.empty() ? fed_ : std::string_view(rest_).substr(used_); }
  void keep_rest();

  // What an empty reader may go on holding.
  static constexpr std::size_t kBytesKept = 256 * 1024;

  std::uint32_t payload_bytes_max_;
  std::string rest_;      // bytes kept from earlier calls, in front of nothing
  std::size_t used_ = 0;  // consumed at the front of rest_
  std::string_view fed_;  // used directly when nothing was kept
};

}  // namespace outpost::protocol
