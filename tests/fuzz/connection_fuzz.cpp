// Bytes in, bytes out, through the real connection: every response is whole, in order and for a request that was sent,
// and they are the same however the bytes arrive. The first byte is the size of the pieces, the second says whether
// answers come at once, and whether a token is required.
#include "proxy/http/connection.h"

#include <fcntl.h>

#include <charconv>
#include <deque>
#include <functional>

#include "proxy/http/request_ids.h"
#include "proxy/outbound/dialect.h"
#include "tests/fuzz/fuzz.h"

using namespace outpost;
using namespace outpost::proxy;

namespace {

constexpr std::uint8_t kAnswersLate = 1;
constexpr std::uint8_t kTokensRequired = 2;

class FakeStream final : public ByteStream {
 public:
  struct Seen {
    std::function<void(std::string_view bytes)> on_written;
    bool finished = false;
    bool reads = false;
  };
  FakeStream(Seen& seen, Events*& events) : seen_(seen), events_(events) {}

  void set_events(Events* events) override { events_ = events; }
  void start_reading() override { seen_.reads = true; }
  void pause_reading() override { seen_.reads = false; }
  void watch_for_end(bool) override {}
  void write(std::string_view bytes) override {
    ENSURE(!seen_.finished, "something is written behind the end");
    seen_.on_written(bytes);
  }
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  [[nodiscard]] bool blocked() const override { return false; }
  void finish_writing() override { seen_.finished = true; }
  [[nodiscard]] std::string peer() const override { return "127.0.0.1:1"; }
  [[nodiscard]] bool has_input() const override { return false; }

 private:
  Seen& seen_;
  Events*& events_;
};

// What Proxy is to a connection, without a supervisor: requests are acknowledged with what they said.
class Host final : public Connection::Host {
 public:
  Host(std::uint8_t mode, std::string_view input)
      : answers_late_((mode & kAnswersLate) != 0), may_be_bare_(input.find("HEAD") != input.npos) {
    settings_.http = {.target_bytes_max = 200, .header_bytes_max = 400, .header_fields_max = 8, .body_bytes_max = 200};
    settings_.options.limits.body_keys_max = 8;
    settings_.options.limits.key_bytes_max = 32;
    settings_.options.limits.pipeline_max = 4;
    bodies_.set_max(settings_.options.limits.bodies_bytes_max);
    settings_.dialect = make_outbound_dialect(settings_.options).dialect;
    settings_.dialect->configure(settings_.options);
    settings_.headers = {{kRequestIdHeader}, {kTraceparentHeader}};
    protocol::Tokens tokens;
    tokens.required = (mode & kTokensRequired) != 0;
    ENSURE(settings_.authorization.set(std::move(tokens)).has_value(), "no tokens are no mistake");
    responder_.set_custom_headers("X-Frame-Options: DENY\r\n", "");
    seen_.on_written = [this](std::string_view bytes) { take_written(bytes); };
    connection_ =
        std::make_unique<Connection>(*this, std::make_unique<FakeStream>(seen_, events_), 1, 0, Connection::Peer{});
    connection_->open();
  }

  void feed(std::string_view bytes) {
    while (!bytes.empty() && connection_) {
      // A connection that does not read keeps its bytes in the socket until something changes.
      if (!seen_.reads && !answer_next()) return;
      if (!connection_ || !seen_.reads) continue;
      events_->on_data(bytes.substr(0, piece_));
      bytes.remove_prefix(std::min(piece_, bytes.size()));
      while (!answers_late_ && answer_next()) {
      }
    }
  }
  void end() {
    while (answer_next()) {
    }
    if (connection_ && seen_.reads) events_->on_end();
    while (answer_next()) {
    }
  }

  std::size_t piece_ = std::string_view::npos;
  FakeStream::Seen seen_;
  std::vector<int> statuses_;
  std::string written_;  // but for the date

 private:
  struct Waiting {
    std::uint32_t sequence;
    protocol::Event event;
  };

  bool answer_next() {
    if (waiting_.empty() || !connection_) return false;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    protocol::Answer answer;
    answer.event.add("GSW_USER_EVENT", "AddRecordAcknowledge");
    for (auto& attribute : next.event.attributes())
      answer.event.add("ECHO " + std::string(attribute.key), attribute.value);
    connection_->on_answer(next.sequence, std::move(answer));
    return true;
  }

  const Settings& settings() const override { return settings_; }
  Log& log() override {
    static const std::unique_ptr<Log> kLog = [] {
      Log::Options options;
      options.level = LogLevel::debug;
      return Log::adopt(std::move(options), ::open("/dev/null", O_WRONLY | O_CLOEXEC), [] {}).value();
    }();
    return *kLog;
  }
  const AccessLog& access_log() const override { return access_log_; }
  std::uint64_t now_ms() const override { return 1; }
  Watches& watches() override { return watches_; }
  Bodies& bodies() override { return bodies_; }
  bool is_trusted(const IpAddress&) const override { return false; }
  std::uint32_t take_token(Admission::Source&) override { return 0; }
  std::uint32_t take_token(const IpAddress&) override { return 0; }
  void plan(TurnEnd&) override {}
  std::uint64_t next_correlation() override { return ++correlation_; }
  bool submit(std::uint64_t, Exchange::Outgoing& outgoing, Upstream::Asker asker) override {
    waiting_.push_back({asker.sequence, std::move(std::get<protocol::Request>(outgoing.message).event)});
    return true;
  }
  void abandon(std::uint64_t) override {}
  void fell_silent(std::uint64_t) override {}
  void received(std::size_t) override {}
  Responder& responder() override { return responder_; }
  void closed(Connection&) override { connection_.reset(); }
  void left(Admission::Source*) override {}

  // One response, whole, whose head nothing that was sent can have split; or the word to go on.
  void take_written(std::string_view bytes) {
    if (bytes.starts_with("HTTP/1.1 100 ")) {
      written_ += bytes;
      return;
    }
    std::size_t end = bytes.find("\r\n\r\n");
    ENSURE(end != std::string_view::npos, "a head has no end");
    std::string_view body = bytes.substr(end + 4);
    std::string_view head = bytes.substr(0, end + 2);
    ENSURE(head.starts_with("HTTP/1.1 "), "a status line is wrong");
    int status = static_cast<int>(number_of(head.substr(9, 3)));
    ENSURE(status >= 200 && status <= 505, "a status line is wrong");
    statuses_.push_back(status);
    std::size_t announced = 0;
    while (!head.empty()) {
      std::size_t line_end = head.find("\r\n");
      std::string_view line = head.substr(0, line_end);
      head.remove_prefix(line_end + 2);
      for (char c : line) ENSURE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a head holds a control byte");
      constexpr std::string_view kLength = "Content-Length: ";
      if (line.starts_with(kLength)) announced = number_of(line.substr(kLength.size()));
      if (!line.starts_with("Date: ")) written_.append(line).append("\n");
    }
    ENSURE(body.size() == announced || (may_be_bare_ && body.empty()), "a body is not as long as was announced");
    written_ += body;
  }
  static std::size_t number_of(std::string_view text) {
    std::size_t number = 0;
    auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    ENSURE(error == std::errc() && rest == text.data() + text.size(), "what should be a number is none");
    return number;
  }

  AccessLog access_log_{[] {}};
  protocol::Statistics counters_;
  Responder responder_{log(), access_log_, counters_};
  const bool answers_late_;
  const bool may_be_bare_;  // there may be a HEAD, which is answered without a body
  std::uint64_t correlation_ = 0;
  Settings settings_;
  Watches watches_;
  Bodies bodies_;
  std::deque<Waiting> waiting_;
  ByteStream::Events* events_ = nullptr;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes = as_text(data + 2, size - 2);
  Host whole(data[1], bytes);
  whole.feed(bytes);
  whole.end();
  Host split(data[1], bytes);
  split.piece_ = 1 + data[0] % 32;
  split.feed(bytes);
  split.end();
  ENSURE(whole.statuses_.size() == split.statuses_.size(), "a stream has fewer answers when it comes in pieces");
  // Of two things wrong with the last request either may be named.
  bool refused = !whole.statuses_.empty() && whole.statuses_.back() >= 400 && split.statuses_.back() >= 400;
  if (refused) whole.statuses_.back() = split.statuses_.back();
  ENSURE(whole.statuses_ == split.statuses_, "a stream is answered otherwise when it comes in pieces");
  ENSURE(refused || whole.written_ == split.written_, "other bytes are answered when a stream comes in pieces");
  return 0;
}
