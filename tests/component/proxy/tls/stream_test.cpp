// A TlsStream on a real socket, with a client of the same library at the other end that the test drives by hand.
#include "proxy/tls/stream.h"

#include <mbedtls/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <vector>

#include "common/certificate.h"
#include "common/io/process.h"
#include "common/mbedtls.h"
#include "tests/support/certificates.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/run_until.h"

namespace outpost::proxy::tls_stream_test {

namespace {

using Catch::Matchers::ContainsSubstring;

struct Recorder final : ByteStream::Events {
  std::string received;
  int data = 0;
  int ends = 0;
  int losses = 0;
  int written = 0;
  std::function<void()> then = [] {};  // the last act of every event

  void on_data(std::string_view bytes) override { ++data, received += bytes, then(); }
  void on_end() override { ++ends, then(); }
  void on_lost(const Error&) override { ++losses, then(); }
  void on_written() override { ++written, then(); }
};

// What the client sends reaches the socket in pieces of `piece` bytes.
class Client {
 public:
  Client(int fd, mbedtls_ssl_protocol_version version, std::size_t piece) : fd_(fd), piece_(piece) {
    mbedtls_ssl_config_defaults(config_.get(), MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(config_.get(), mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_authmode(config_.get(), MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_max_tls_version(config_.get(), version);
    REQUIRE(mbedtls_ssl_setup(ssl_.get(), config_.get()) == 0);
    mbedtls_ssl_set_hostname(ssl_.get(), nullptr);
    mbedtls_ssl_set_bio(ssl_.get(), this, send, receive, nullptr);
  }
  ~Client() { close(); }

  bool shake() { return done_ || (done_ = mbedtls_ssl_handshake(ssl_.get()) == 0); }
  void write(std::string_view text) {
    while (!text.empty()) {
      int n = mbedtls_ssl_write(ssl_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
      REQUIRE(n > 0);
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  const std::string& received() {
    unsigned char buffer[4096];
    while (true) {
      int n = mbedtls_ssl_read(ssl_.get(), buffer, sizeof buffer);
      if (n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) continue;
      closed = closed || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
      if (n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) alerts.push_back(ssl_.get()->MBEDTLS_PRIVATE(in_msg)[1]);
      if (n <= 0) return received_;
      received_.append(reinterpret_cast<char*>(buffer), static_cast<std::size_t>(n));
    }
  }
  void goodbye() { mbedtls_ssl_close_notify(ssl_.get()); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Hands one more piece to the system.
  bool push() {
    std::size_t n = std::min(piece_, out_.size());
    if (n == 0 || fd_ < 0) return false;
    ssize_t sent = ::send(fd_, out_.data(), n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) out_.erase(0, static_cast<std::size_t>(sent));
    return true;
  }
  bool closed = false;
  std::vector<int> alerts;  // fatal ones that came

 private:
  static int send(void* self, const unsigned char* bytes, std::size_t n) {
    static_cast<Client*>(self)->out_.append(reinterpret_cast<const char*>(bytes), n);
    return static_cast<int>(n);
  }
  static int receive(void* self, unsigned char* bytes, std::size_t n) {
    ssize_t got = recv(static_cast<Client*>(self)->fd_, bytes, n, MSG_DONTWAIT);
    return got < 0 ? MBEDTLS_ERR_SSL_WANT_READ : static_cast<int>(got);
  }

  int fd_;
  std::size_t piece_;
  std::string out_;
  std::string received_;
  bool done_ = false;
  MbedTls<mbedtls_ssl_config, mbedtls_ssl_config_init, mbedtls_ssl_config_free> config_;
  MbedTls<mbedtls_ssl_context, mbedtls_ssl_init, mbedtls_ssl_free> ssl_;
};

std::shared_ptr<const TlsContext> context() {
  static const auto kContext = [] {
    test::TempDir folder;
    test::make_certificate(folder, "a", "/CN=localhost");
    protocol::ListenerTls tls;
    tls.certificates = {{test::file_text(folder.file("a.pem")), test::file_text(folder.file("a.key"))}};
    tls.minimum_version = protocol::TlsVersion::tls_1_2;
    tls.ticket_lifetime_s = 60;
    return *TlsContext::make(tls);
  }();
  return kContext;
}

struct Fixture {
  std::shared_ptr<const TlsContext> shared = context();
  Loop loop;
  Recorder events;
  std::deque<Result<std::string>> outcomes;
  std::vector<std::string> broken;  // why
  std::unique_ptr<TlsStream> stream;
  int raw = -1;
  std::optional<Client> client;

  explicit Fixture(std::chrono::milliseconds time_max = std::chrono::seconds(30)) {
    auto pair = socket_pair();
    REQUIRE(pair);
    raw = pair->second;
    auto socket = Stream::adopt(loop, pair->first);
    REQUIRE(socket);
    TlsStream::Handshake handshake;
    handshake.time_max = time_max;
    handshake.ended = [this](const Result<std::string>& outcome) { outcomes.push_back(outcome); };
    handshake.answer_in_clear = [] { return std::string("HTTP/1.1 400 Bad Request\r\n\r\n"); };
    handshake.broken = [this](std::string_view why) { broken.emplace_back(why); };
    stream = std::make_unique<TlsStream>(loop, *std::move(socket), shared, std::move(handshake));
    stream->set_events(&events);
    stream->start_reading();
  }
  ~Fixture() {
    stream.reset();
    if (!client) ::close(raw);
  }
  Client& connect(mbedtls_ssl_protocol_version version = MBEDTLS_SSL_VERSION_TLS1_3, std::size_t piece = 1 << 16) {
    client.emplace(raw, version, piece);
    until([&] { return client->shake() && !outcomes.empty(); });
    REQUIRE(outcomes.front());
    return *client;
  }
  void until(const std::function<bool()>& condition) {
    test::run_until(loop, [&] {
      while (client && client->push() && !condition()) loop.run_once(false);
      return condition();
    });
  }
  std::string heard() {  // in clear
    char buffer[4096];
    ssize_t n = recv(raw, buffer, sizeof buffer, MSG_DONTWAIT);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23 + i / 4096 % 3);
  return text;
}

}  // namespace

TEST_CASE("plaintext passes both ways, however the bytes are cut", "[tls]") {
  auto version = GENERATE(MBEDTLS_SSL_VERSION_TLS1_2, MBEDTLS_SSL_VERSION_TLS1_3);
  auto piece = GENERATE(1, 7, 1 << 16);
  Fixture f;
  Client& client = f.connect(version, static_cast<std::size_t>(piece));
  std::string there = pattern(piece == 1 ? 300 : 100'000);
  client.write(there);
  f.until([&] { return f.events.received.size() >= there.size(); });
  CHECK(f.events.received == there);
  std::string back = pattern(1'000'000);
  f.stream->write(back);
  CHECK(f.stream->queued_bytes() > back.size());
  f.until([&] { return client.received().size() >= back.size(); });
  CHECK(client.received() == back);
  CHECK(f.events.written >= 1);
  CHECK(f.outcomes.size() == 1);
}

TEST_CASE("a pause holds plaintext back and loses nothing", "[tls]") {
  Fixture f;
  Client& client = f.connect();
  std::string there = pattern(200'000);
  f.events.then = [&] { f.stream->pause_reading(); };
  client.write(there);
  int wakes = 0;
  while (f.events.received.size() < there.size()) {
    f.until([&] { return f.events.data == wakes + 1; });
    for (int i = 0; i < 3; ++i) f.loop.run_once(false);
    REQUIRE(f.events.data == wakes + 1);  // paused means paused
    ++wakes;
    f.stream->start_reading();
  }
  CHECK(f.events.received == there);
}

TEST_CASE("both sides say goodbye", "[tls]") {
  Fixture f;
  Client& client = f.connect();
  client.write("last");
  client.goodbye();
  f.until([&] { return f.events.ends == 1; });
  CHECK(f.events.received == "last");
  f.stream->write("answer");
  f.stream->finish_writing();
  f.until([&] { return client.received(), client.closed; });
  CHECK(client.received() == "answer");
  CHECK(f.events.losses == 0);
}

TEST_CASE("an end without close_notify is a loss", "[tls]") {
  Fixture f;
  Client& client = f.connect();
  client.write("half a request");
  f.until([&] { return f.events.data == 1; });
  client.close();
  f.until([&] { return f.events.losses == 1; });
  CHECK(f.events.ends == 0);
}

TEST_CASE("what is written before the handshake arrives after it", "[tls]") {
  Fixture f;
  f.stream->write("too many connections");
  f.stream->finish_writing();
  CHECK(f.stream->queued_bytes() == 20);
  Client& client = f.connect();
  f.until([&] { return client.received(), client.closed; });
  CHECK(client.received() == "too many connections");
}

TEST_CASE("a stream may be destroyed by any of its events", "[tls]") {
  auto when = GENERATE(0, 1, 2);
  Fixture f;
  Client& client = f.connect();
  f.events.then = [&] { f.stream.reset(); };
  if (when == 0) client.write(pattern(50'000));
  if (when == 1) client.goodbye();
  if (when == 2) client.close();
  f.until([&] { return !f.stream; });
  CHECK(f.events.data + f.events.ends + f.events.losses == 1);
}

TEST_CASE("a record that is refused breaks the stream with one alert, and says why", "[tls]") {
  using namespace std::string_literals;
  struct Case {
    std::string record;
    int alert;
    std::string_view why;
  };
  const Case table[] = {
      {"\x17\x03\x03\x00\x20"s + std::string(0x20, 'x'), MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC, "changed on its way"},
      {"GET / HTTP/1.1\r\n\r\n", MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR, "no TLS record"},
      {"\x17\x03\x03\xff\xff"s, MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW, "too long"},
  };
  auto version = GENERATE(MBEDTLS_SSL_VERSION_TLS1_2, MBEDTLS_SSL_VERSION_TLS1_3);
  for (const Case& c : table) {
    CAPTURE(c.why);
    Fixture f;
    Client& client = f.connect(version);
    REQUIRE(::send(f.raw, c.record.data(), c.record.size(), 0) > 0);
    f.until([&] { return f.broken.size() == 1; });
    CHECK_THAT(f.broken.front(), ContainsSubstring(std::string(c.why)));
    f.stream->write("an answer that came too late");
    f.until([&] { return client.received(), !client.alerts.empty(); });
    CHECK(client.alerts == std::vector<int>{c.alert});
    CHECK(client.received().empty());
    CHECK(f.events.losses == 0);
    client.close();
    f.until([&] { return f.events.losses == 1; });
    CHECK(f.events.data == 0);
  }
}

TEST_CASE("a stream that broke takes no more, and bears with a client that goes on for a bounded number of bytes",
          "[tls]") {
  Fixture f;
  Client& client = f.connect();
  REQUIRE(::send(f.raw, "junk of one record", 18, 0) == 18);
  f.until([&] { return f.broken.size() == 1; });
  client.write(pattern(TlsStream::kLingerBytesMax));
  f.until([&] { return f.events.losses == 1; });
  CHECK(f.broken.size() == 1);
  CHECK(f.events.data == 0);
}

TEST_CASE("HTTP in clear hears a helpful answer, byte by byte too", "[tls]") {
  Fixture f;
  for (char c : std::string("GET / HTTP/1.1\r\n")) {
    REQUIRE(::send(f.raw, &c, 1, MSG_NOSIGNAL) == 1);
    f.loop.run_once(false);
  }
  std::string heard;
  f.until([&] { return (heard += f.heard()).ends_with("\r\n\r\n"); });
  CHECK(heard == "HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(f.outcomes.at(0).error().text == "the client speaks HTTP without TLS");
  ::shutdown(f.raw, SHUT_WR);
  f.until([&] { return f.events.losses == 1; });
}

TEST_CASE("garbage is closed without a word", "[tls]") {
  auto garbage = GENERATE(std::string("\x80\x2e\x01\x00\x02"), std::string("\r\n\r\n"), std::string("SSH-2.0-x\r\n"),
                          std::string(1, '\0'), std::string(64, 'A'));
  Fixture f;
  REQUIRE(::send(f.raw, garbage.data(), garbage.size(), 0) > 0);
  f.until([&] { return f.events.losses == 1; });
  CHECK(f.heard().empty());
  CHECK_THAT(f.outcomes.at(0).error().text, ContainsSubstring("no TLS: it begins with the bytes"));
}

TEST_CASE("a handshake that breaks off or takes too long fails once, with its reason", "[tls]") {
  SECTION("time") {
    Fixture f(std::chrono::milliseconds(20));
    f.until([&] { return f.events.losses == 1; });
    CHECK(f.outcomes.at(0).error().text == "it was not complete after 20 ms");
    CHECK(f.outcomes.size() == 1);
  }
  SECTION("the client leaves") {
    Fixture f;
    REQUIRE(::send(f.raw, "\x16\x03\x01", 3, 0) == 3);
    ::shutdown(f.raw, SHUT_WR);
    f.until([&] { return f.events.losses == 1; });
    CHECK(f.outcomes.at(0).error().text == "the client closed the connection");
  }
  SECTION("the client is told why") {
    Fixture f;
    REQUIRE(::send(f.raw, "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10, 0) == 10);
    f.until([&] { return !f.outcomes.empty(); });
    std::string heard;
    f.until([&] { return (heard += f.heard()).size() >= 7; });
    CHECK(heard[0] == 0x15);
  }
}

TEST_CASE("names fit certificates exactly or by one label", "[tls]") {
  CHECK(fit_name("a.example", "a.example") == NameFit::exact);
  CHECK(fit_name("*.example.org", "a.example.org") == NameFit::wildcard);
  CHECK(fit_name("*.example.org", "b.a.example.org") == NameFit::none);
  CHECK(fit_name("*.example.org", "example.org") == NameFit::none);
  CHECK(fit_name("*.org", "example.org") == NameFit::none);
  CHECK(fit_name("*", "example") == NameFit::none);
}

}  // namespace outpost::proxy::tls_stream_test
