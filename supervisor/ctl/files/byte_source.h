// Bytes that are read once, from front to back: a file, a text, or either out of another character set. Nothing here
// needs to be rewound, so whatever can be read can be a source.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/charset.h"
#include "common/error.h"

namespace outpost::supervisor::ctl {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Appends the next bytes, about `n` of them; nothing at the end. Errc::io.
  virtual Result<> read(std::string& out, std::size_t n) = 0;
};

// A regular file from byte `start` up to byte `end`. The descriptor stays the caller's and outlives this.
class FileSource : public ByteSource {
 public:
  FileSource(int fd, std::uint64_t start, std::uint64_t end) : fd_(fd), at_(start), end_(end) {}
  Result<> read(std::string& out, std::size_t n) override;

 private:
  int fd_;
  std::uint64_t at_;
  const std::uint64_t end_;
};

// `text` outlives this.
class TextSource : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : left_(text) {}
  Result<> read(std::string& out, std::size_t n) override;

 private:
  std::string_view left_;
};

// Another source as UTF-8, with Utf8Decoder::kBroken where it is no text; the first `skip` bytes of that left out.
class DecodedSource : public ByteSource {
 public:
  DecodedSource(std::unique_ptr<ByteSource> encoded, Utf8Decoder decoder, std::uint64_t skip)
      : encoded_(std::move(encoded)), decoder_(std::move(decoder)), skip_(skip) {}
  Result<> read(std::string& out, std::size_t n) override;

 private:
  std::unique_ptr<ByteSource> encoded_;
  Utf8Decoder decoder_;
  std::uint64_t skip_;
  bool ended_ = false;
};

// "csv-<size>-<hash>": the same for the same bytes, wherever the file lies and whatever it is called, so that neither a
// moved nor a copied file is imported twice. The hash tells files apart, it does not defend against somebody who wants
// two files to look the same.
struct Fingerprint {
  std::string text;
  std::uint64_t bytes = 0;
};
Result<Fingerprint> fingerprint(ByteSource& source);

// FNV-1a with 64 bits: of what `hash` stands for, and of `bytes` behind it.
inline constexpr std::uint64_t kEmptyHash = 14695981039346656037U;
std::uint64_t hash_more(std::uint64_t hash, std::string_view bytes) noexcept;

}  // namespace outpost::supervisor::ctl
