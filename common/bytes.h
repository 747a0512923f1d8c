// Bounded reading and writing of bytes, little-endian. Nothing else in Outpost touches raw bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace outpost {

// Appends to a string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <class Int>
  requires std::is_integral_v<Int>
  void integer(Int value) {
    auto bits = static_cast<std::make_unsigned_t<Int>>(value);
    std::array<char, sizeof(Int)> raw;
    for (std::size_t i = 0; i < sizeof(Int); ++i) raw[i] = static_cast<char>(bits >> (8 * i));
    out_.append(raw.data(), raw.size());
  }
  void boolean(bool value) { out_.push_back(value ? '\1' : '\0'); }
  // Length as u32, then the bytes.
  void string(std::string_view value);

 private:
  std::string& out_;
};

// Reads from bytes that outlive it. The first read past the end, and any malformed value, makes ok() false for ever;
// from then on every read returns zero or nothing, so a caller may check once at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Int>
  requires std::is_integral_v<Int> Int integer() {
    std::string_view raw = take(sizeof(Int));
    std::make_unsigned_t<Int> bits = 0;
    if (raw.empty()) return 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
      bits = static_cast<std::make_unsigned_t<Int>>(
          bits | (static_cast<std::make_unsigned_t<Int>>(static_cast<unsigned char>(raw[i])) << (8 * i)));
    }
    return static_cast<Int>(bits);
  }
  bool boolean();                                                       // any byte but 0 and 1 is malformed
  std::string_view string() { return take(integer<std::uint32_t>()); }  // a view into the bytes given
  // A u32 count of items that each take at least `item_bytes_min` bytes: refused when they cannot be there, so that no
  // memory is taken on a peer's word.
  std::uint32_t count(std::size_t item_bytes_min);

  void refuse() { ok_ = false; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::size_t n) {
    if (!ok_ || n > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace outpost
