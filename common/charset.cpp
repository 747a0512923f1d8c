#include "common/charset.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/text.h"

namespace outpost {

namespace {

const iconv_t kNone = reinterpret_cast<iconv_t>(-1);  // NOLINT: what iconv_open returns on failure
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kTag = "\xF3\xA0\x81\x81";  // U+E0041

bool is_utf8_name(const std::string& name) {
  return equal_ignoring_case(name, "utf-8") || equal_ignoring_case(name, "utf8");
}

// iconv takes an empty name for the locale's character set and a slash for "//TRANSLIT", which replaces silently.
iconv_t open_descriptor(const std::string& from, const std::string& to) {
  for (const std::string* name : {&from, &to}) {
    if (name->empty() || name->find('/') != std::string::npos || name->find('\0') != std::string::npos) return kNone;
  }
  return iconv_open(to.c_str(), from.c_str());
}

bool is_known(const std::string& name) {
  iconv_t descriptor = open_descriptor(name, "UTF-8");
  if (descriptor == kNone) return false;
  iconv_close(descriptor);
  return true;
}

// The bytes of `utf8` in `charset`, with a byte-order mark where it has one.
std::size_t bytes_in(const std::string& charset, std::string_view utf8) {
  iconv_t descriptor = open_descriptor("UTF-8", charset);
  if (descriptor == kNone) return 0;
  char buffer[64];
  char* in = const_cast<char*>(utf8.data());
  char* out = buffer;
  std::size_t in_left = utf8.size();
  std::size_t out_left = sizeof buffer;
  bool done = iconv(descriptor, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
  iconv_close(descriptor);
  return done ? sizeof buffer - out_left : SIZE_MAX;
}

std::size_t unit_bytes(const std::string& charset) {
  std::size_t two = bytes_in(charset, "AA");
  std::size_t one = bytes_in(charset, "A");
  return two > one && two != SIZE_MAX ? two - one : 1;
}

Error unknown_charset(const std::string& name) {
  return {Errc::unsupported,
          fmt::format("the character set \"{}\" is not known here; \"iconv -l\" lists those that are",
                      escape_control(name))};
}

// glibc's UTF-8 reaches beyond U+10FFFF.
std::string with_replacements(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t good = utf8_prefix(text);
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    out += kReplacement;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

Result<CharsetConverter> CharsetConverter::make(const std::string& from, const std::string& to) {
  iconv_t descriptor = open_descriptor(from, to);
  if (descriptor == kNone) {
    return fail(unknown_charset(is_known(from) ? to : from));
  }
  return CharsetConverter(descriptor, from, to);
}

CharsetConverter::CharsetConverter(iconv_t descriptor, const std::string& from, const std::string& to)
    : descriptor_(descriptor),
      from_utf8_(is_utf8_name(from)),
      to_utf8_(is_utf8_name(to)),
      drops_tags_(bytes_in(to, kTag) == 0),
      unit_bytes_(unit_bytes(from)) {}

CharsetConverter::CharsetConverter(CharsetConverter&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, kNone)),
      from_utf8_(other.from_utf8_),
      to_utf8_(other.to_utf8_),
      drops_tags_(other.drops_tags_),
      unit_bytes_(other.unit_bytes_) {}

CharsetConverter& CharsetConverter::operator=(CharsetConverter&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  from_utf8_ = other.from_utf8_;
  to_utf8_ = other.to_utf8_;
  drops_tags_ = other.drops_tags_;
  unit_bytes_ = other.unit_bytes_;
  return *this;
}

CharsetConverter::~CharsetConverter() {
  if (descriptor_ != kNone) iconv_close(descriptor_);
}

// Appends what can be converted; returns how many bytes of `text` that took. All of it includes the way back to the
// initial shift state.
std::size_t CharsetConverter::run(std::string_view text, std::string& out) const {
  char* in = const_cast<char*>(text.data());
  std::size_t in_left = text.size();
  bool ending = false;
  char buffer[1024];
  for (;;) {
    char* to = buffer;
    std::size_t to_left = sizeof buffer;
    std::size_t result = iconv(descriptor_, ending ? nullptr : &in, ending ? nullptr : &in_left, &to, &to_left);
    int error = result == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(buffer, sizeof buffer - to_left);
    if (error == E2BIG) continue;
    if (error != 0) return text.size() - in_left;
    if (ending) return text.size();
    ending = true;
  }
}

Result<std::string> CharsetConverter::convert(std::string_view text) const {
  auto refuse = [](std::size_t offset) {
    return fail(Errc::invalid, "the text cannot be converted: byte {} begins what has no equal", offset);
  };
  if (from_utf8_) {
    if (std::size_t good = utf8_prefix(text); good < text.size()) return refuse(good);
    if (drops_tags_) {
      std::size_t tag = std::min(text.find("\xF3\xA0\x80"), text.find("\xF3\xA0\x81"));
      if (tag != std::string_view::npos) return refuse(tag);
    }
  }
  iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
  std::string out;
  if (std::size_t used = run(text, out); used < text.size()) return refuse(used);
  if (to_utf8_ && !is_utf8(out)) return refuse(0);
  return out;
}

std::string CharsetConverter::convert_lossy(std::string_view text) const {
  iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
  std::string out;
  for (;;) {
    std::size_t used = run(text, out);
    if (used == text.size()) break;
    text.remove_prefix(used);
    text.remove_prefix(std::min(text.size(), unit_bytes_));
    while (from_utf8_ && !text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) {
      text.remove_prefix(1);
    }
    out += to_utf8_ ? kReplacement : "?";
  }
  return to_utf8_ && !is_utf8(out) ? with_replacements(out) : out;
}

Result<Utf8Decoder> Utf8Decoder::make(const std::string& from) {
  iconv_t descriptor = open_descriptor(from, "UTF-8");
  if (descriptor == kNone) return fail(unknown_charset(from));
  return Utf8Decoder(descriptor, from);
}

Utf8Decoder::Utf8Decoder(iconv_t descriptor, const std::string& from)
    : descriptor_(descriptor), unit_bytes_(unit_bytes(from)) {}

Utf8Decoder::Utf8Decoder(Utf8Decoder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, kNone)),
      unit_bytes_(other.unit_bytes_),
      waiting_(std::move(other.waiting_)) {}

Utf8Decoder::~Utf8Decoder() {
  if (descriptor_ != kNone) iconv_close(descriptor_);
}

void Utf8Decoder::feed(std::string_view bytes, std::string& out) {
  waiting_.append(bytes);
  char* in = waiting_.data();
  std::size_t left = waiting_.size();
  char buffer[4096];
  while (left > 0) {
    char* to = buffer;
    std::size_t to_left = sizeof buffer;
    bool done = iconv(descriptor_, &in, &left, &to, &to_left) != static_cast<std::size_t>(-1);
    int error = done ? 0 : errno;
    out.append(buffer, sizeof buffer - to_left);
    if (error == EINVAL) break;
    if (error != EILSEQ) continue;
    out += kBroken;
    std::size_t skipped = std::min(left, unit_bytes_);
    in += skipped;
    left -= skipped;
  }
  waiting_.erase(0, waiting_.size() - left);
}

void Utf8Decoder::finish(std::string& out) {
  if (!waiting_.empty()) out += kBroken;
  waiting_.clear();
  // Some sets hold the last character back until they know what follows it.
  char buffer[64];
  char* to = buffer;
  std::size_t to_left = sizeof buffer;
  iconv(descriptor_, nullptr, nullptr, &to, &to_left);
  out.append(buffer, sizeof buffer - to_left);
}

Result<Charset> Charset::make(const std::string& name) {
  auto encoder = CharsetConverter::make("UTF-8", name);
  if (!encoder) return pass(encoder);
  auto decoder = CharsetConverter::make(name, "UTF-8");
  if (!decoder) return pass(decoder);
  return Charset(*std::move(encoder), *std::move(decoder));
}

}  // namespace outpost
