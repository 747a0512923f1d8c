#include "protocol/http/plain_body.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "common/integers.h"
#include "common/text.h"

namespace outpost::protocol {

namespace {

// Keys are compared each with each.
constexpr std::size_t kPlainKeysMax = 16;

// Printable ASCII but for the two that end or change a string.
constexpr std::array<bool, 256> kStandsForItself = [] {
  std::array<bool, 256> bytes{};
  for (std::size_t c = ' '; c <= '~'; ++c) bytes[c] = c != '"' && c != '\\';
  return bytes;
}();

class PlainReader {
 public:
  explicit PlainReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  // Takes the byte, and blanks in front of it.
  bool take(char wanted) {
    skip_blanks();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!std::string_view(at_, end_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // Behind a quote: what stands in front of the next one, if all of it stands for itself.
  std::optional<std::string_view> text() {
    const char* begin = at_;
    while (at_ != end_ && kStandsForItself[static_cast<unsigned char>(*at_)]) ++at_;
    if (at_ == end_ || *at_ != '"') return std::nullopt;
    return std::string_view(begin, at_++);
  }
  // Without a leading zero; what is no digit behind it is for the next call to find wrong.
  std::optional<std::int64_t> integer() {
    const char* begin = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    std::string_view digits(begin, at_);
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
    auto number = parse_integer(digits);
    return number && *number <= kIntegerMax ? number : std::nullopt;
  }
  [[nodiscard]] bool at_end() {
    skip_blanks();
    return at_ == end_;
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  const char* at_;
  const char* end_;
};

}  // namespace

std::optional<Event> parse_plain_body(std::string_view bytes, const BodyLimits& limits) {
  PlainReader in(bytes);
  Event event;
  event.reserve(kPlainKeysMax);
  std::bitset<kPlainKeysMax> nulls;  // of the attributes: they hold their places until all are read
  if (!in.take('{')) return std::nullopt;
  do {
    auto name = in.take('"') ? in.text() : std::nullopt;
    if (!name || name->size() > limits.key_bytes_max || !in.take(':')) return std::nullopt;
    if (event.size() == std::min(kPlainKeysMax, limits.keys_max)) return std::nullopt;
    EventKey key(*name);
    if (std::ranges::find(event, key, &Event::Attribute::key) != event.end()) return std::nullopt;
    if (in.take('"')) {
      auto text = in.text();
      if (!text) return std::nullopt;
      event.add(std::move(key), *text);
    } else if (in.take_word("null")) {
      nulls.set(event.size());
      event.add(std::move(key), std::string());
    } else if (auto number = in.integer()) {
      event.add(std::move(key), *number);
    } else {
      return std::nullopt;
    }
  } while (in.take(','));
  if (!in.take('}') || !in.at_end()) return std::nullopt;
  std::size_t i = 0;
  if (nulls.any()) std::erase_if(event.attributes(), [&](const Event::Attribute&) { return nulls[i++]; });
  return event;
}

}  // namespace outpost::protocol
