// The start of a TLS connection: any bytes, in any pieces, give a handshake that goes on or one that ended with a
// reason. The first byte is the size of the pieces; the second says whether the client ends its side.
#include <array>
#include <optional>

#include "proxy/tls/stream.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/certificates.h"

using namespace outpost;
using namespace outpost::proxy;

namespace {

class FakeSocket final : public ByteStream {
 public:
  explicit FakeSocket(Events*& events) : events_(events) {}
  void set_events(Events* events) override { events_ = events; }
  void start_reading() override {}
  void pause_reading() override {}
  void watch_for_end(bool) override {}
  void write(std::string_view) override {}
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  [[nodiscard]] bool blocked() const override { return false; }
  void finish_writing() override {}
  [[nodiscard]] std::string peer() const override { return "127.0.0.1:1"; }
  [[nodiscard]] bool has_input() const override { return false; }

 private:
  Events*& events_;
};

struct Plain final : ByteStream::Events {
  void on_data(std::string_view) override { ENSURE(false, "plaintext came without a handshake"); }
  void on_end() override {}
  void on_lost(const Error& why) override {
    ENSURE(!lost && !why.text.empty(), "a loss is told twice, or without a reason");
    lost = true;
  }
  bool lost = false;
};

const std::shared_ptr<const TlsContext>& context() {
  static const auto kContext = [] {
    test::TempDir folder;
    test::make_certificate(folder, "own", "/CN=localhost");
    std::string certificate = test::file_text(folder.file("own.pem"));
    protocol::ListenerTls settings;
    settings.certificates = {{certificate, test::file_text(folder.file("own.key"))}};
    settings.minimum_version = protocol::TlsVersion::tls_1_2;
    settings.client_certificates = protocol::ClientCertificates::optional;
    settings.client_ca = certificate;
    settings.ticket_lifetime_s = 60;
    auto made = TlsContext::make(settings);
    ENSURE(made.has_value(), "the certificate of this test cannot be used");
    return *std::move(made);
  }();
  return kContext;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Loop loop;
  {
    ByteStream::Events* socket = nullptr;
    Plain plain;
    int outcomes = 0;
    TlsStream::Handshake handshake;
    handshake.ended = [&](const Result<std::string>& outcome) {
      ++outcomes;
      ENSURE(!outcome && !outcome.error().text.empty(), "a client without keys has shaken hands");
    };
    handshake.answer_in_clear = [] { return std::string("HTTP/1.1 400 Bad Request\r\n\r\n"); };
    {
      TlsStream stream(loop, std::make_unique<FakeSocket>(socket), context(), std::move(handshake));
      stream.set_events(&plain);
      stream.start_reading();
      std::string_view bytes = as_text(data + 2, size - 2);
      std::size_t piece = 1 + data[0];
      for (; !bytes.empty() && !plain.lost; bytes.remove_prefix(std::min(piece, bytes.size()))) {
        socket->on_data(bytes.substr(0, piece));
      }
      if (data[1] % 2 == 1 && !plain.lost) socket->on_end();
      loop.run_once(false);
    }
    ENSURE(outcomes == 1, "the outcome of a handshake is told once");
  }
  loop.run_once(false);
  return 0;
}
