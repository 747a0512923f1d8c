#include "protocol/channel/frame.h"

namespace outpost::protocol {

void FrameReader::feed(std::string_view bytes) {
  if (rest_.empty()) {
    fed_ = bytes;
    return;
  }
  rest_.erase(0, used_);
  used_ = 0;
  rest_.append(bytes);
}

void FrameReader::keep_rest() {
  if (!fed_.empty()) {
    rest_ = fed_;
    fed_ = {};
    used_ = 0;
  } else if (used_ == rest_.size()) {
    rest_.clear();
    used_ = 0;
    if (rest_.capacity() > kBytesKept) std::string().swap(rest_);
  }
}

Result<std::optional<Frame>> FrameReader::next() {
  std::string_view bytes = available();
  if (bytes.size() < kFrameHeaderBytes) {
    keep_rest();
    return std::optional<Frame>();
  }
  ByteReader header(bytes.substr(0, kFrameHeaderBytes));
  auto length = header.integer<std::uint32_t>();
  Frame frame;
  frame.type = header.integer<std::uint16_t>();
  auto flags = header.integer<std::uint16_t>();
  frame.correlation = header.integer<std::uint64_t>();
  if (length > payload_bytes_max_) {
    return fail(Errc::protocol, "a frame of {} bytes was announced; the limit is {}", length, payload_bytes_max_);
  }
  if (flags != 0) return fail(Errc::protocol, "a frame has unknown flags {:#x}", flags);
  if (bytes.size() < kFrameHeaderBytes + length) {
    keep_rest();
    return std::optional<Frame>();
  }
  frame.payload = bytes.substr(kFrameHeaderBytes, length);
  if (rest_.empty()) {
    fed_.remove_prefix(kFrameHeaderBytes + length);
  } else {
    used_ += kFrameHeaderBytes + length;
  }
  return std::optional(frame);
}

}  // namespace outpost::protocol
