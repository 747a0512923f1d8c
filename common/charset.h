// Conversion between character sets, with the names that iconv knows. Source: ocs.md section 6.2.
#pragma once

#include <iconv.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.h"

namespace outpost {

// One direction. Used by one thread at a time: every call starts from the initial state, but shares iconv's memory.
class CharsetConverter {
 public:
  // Errc::unsupported, naming what is not known.
  static Result<CharsetConverter> make(const std::string& from, const std::string& to);
  CharsetConverter(CharsetConverter&& other) noexcept;
  CharsetConverter& operator=(CharsetConverter&& other) noexcept;
  ~CharsetConverter();

  // Strict: Errc::invalid, with the byte offset, for what is no text in `from` or has no equal in `to`. Nothing is
  // replaced or dropped.
  Result<std::string> convert(std::string_view text) const;
  // Puts U+FFFD (when `to` is UTF-8) or "?" for each of those.
  std::string convert_lossy(std::string_view text) const;

 private:
  CharsetConverter(iconv_t descriptor, const std::string& from, const std::string& to);
  std::size_t run(std::string_view text, std::string& out) const;

  iconv_t descriptor_;
  bool from_utf8_;
  bool to_utf8_;
  bool drops_tags_;         // iconv would silently leave out U+E0000 to U+E007F
  std::size_t unit_bytes_;  // least length of a character in `from`: what is skipped of bytes that mean nothing
};

// A text in another character set that comes in pieces, as UTF-8. Characters may be cut anywhere, and shift states last
// from piece to piece.
class Utf8Decoder {
 public:
  // In the place of each sequence that is no text in `from`: a byte that no UTF-8 contains, so that whoever reads the
  // text knows where it is broken.
  static constexpr char kBroken = '\xFF';

  // Errc::unsupported, naming what is not known.
  static Result<Utf8Decoder> make(const std::string& from);
  Utf8Decoder(Utf8Decoder&& other) noexcept;
  Utf8Decoder& operator=(Utf8Decoder&&) = delete;
  ~Utf8Decoder();

  // Appends what is complete; at most a few bytes wait for the next piece.
  void feed(std::string_view bytes, std::string& out);
  // The text is over; what waits is broken.
  void finish(std::string& out);

 private:
  Utf8Decoder(iconv_t descriptor, const std::string& from);

  iconv_t descriptor_;
  std::size_t unit_bytes_;
  std::string waiting_;  // the beginning of a character
};

// Both directions between UTF-8 and the character set of an option.
class Charset {
 public:
  static Result<Charset> make(const std::string& name);

  Result<std::string> from_utf8(std::string_view text) const { return encoder_.convert(text); }
  std::string to_utf8(std::string_view text) const { return decoder_.convert_lossy(text); }

 private:
  Charset(CharsetConverter encoder, CharsetConverter decoder)
      : encoder_(std::move(encoder)), decoder_(std::move(decoder)) {}

  CharsetConverter encoder_;
  CharsetConverter decoder_;
};

}  // namespace outpost
