// TLS between a connection and its socket. What the connection writes and reads is plaintext.
//
//   greeting ──(a TLS record begins)──▶ handshaking ──▶ established ──▶ gone
//       └──(HTTP without TLS)──▶ leaving ◀──(it fails)──┴──(a bad record)──┘
//
// In `leaving` a last word is on its way, an alert or a 400 in clear, and what still comes is thrown away, so that no
// reset overtakes it. Nothing blocks and no more is held than what one read from the socket brought, and what the
// connection wrote before the handshake was done.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/io/loop.h"
#include "common/io/stream.h"
#include "proxy/tls/context.h"

namespace outpost::proxy {

class TlsStream final : public ByteStream, private ByteStream::Events {
 public:
  struct Handshake {
    std::chrono::milliseconds time_max{10'000};
    // Called once: what was agreed on ("TLSv1.3, TLS1-3-AES-128-GCM-SHA256"), or why nothing was. Texts that the peer
    // chose are in it, so it is for a log that escapes control bytes. It must not destroy the stream.
    std::function<void(const Result<std::string>& outcome)> ended;
    // What a client hears that speaks HTTP without TLS: a whole response.
    std::function<std::string()> answer_in_clear;
    // Called at most once, after the handshake: why the client can be understood no more. Nothing is read or sent from
    // then on but an alert, and on_lost() follows when the client closes, or after kLinger. It must not destroy the
    // stream.
    std::function<void(std::string_view why)> broken;
  };
  // How long, and for how many bytes, a client may go on that was refused.
  static constexpr std::chrono::milliseconds kLinger{2'000};
  static constexpr std::size_t kLingerBytesMax = 256 * 1024;
  // Bytes that a peer may make us send without a request of the connection: a few alerts that refuse renegotiation.
  static constexpr std::size_t kUnaskedBytesMax = 1024;

  // Begins to read at once, so that the handshake makes progress whether the connection reads or not.
  TlsStream(Loop& loop, std::unique_ptr<ByteStream> socket, std::shared_ptr<const TlsContext> context,
            Handshake handshake);
  // Says close_notify when nobody else has.
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  void set_events(ByteStream::Events* events) override { events_ = events; }
  void start_reading() override;
  void pause_reading() override;
  // The end of the connection below: close_notify alone is seen by who reads.
  void watch_for_end(bool wanted) override { socket_->watch_for_end(wanted); }
  void write(std::string_view bytes) override;
  // Plaintext that waits for the handshake, and ciphertext that waits for the system.
  [[nodiscard]] std::size_t queued_bytes() const override { return plain_.size() + socket_->queued_bytes(); }
  [[nodiscard]] bool blocked() const override { return !plain_.empty() || socket_->blocked(); }
  void finish_writing() override;
  [[nodiscard]] std::string peer() const override { return socket_->peer(); }
  [[nodiscard]] bool has_input() const override { return socket_->has_input(); }
  [[nodiscard]] bool secure() const override { return true; }

 private:
  struct Session;
  enum class State : std::uint8_t { greeting, handshaking, established, leaving, gone };

  // The socket's events. An end without close_notify is a loss: somebody on the way may have cut the stream.
  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_lost(const Error& why) override;
  void on_written() override;
  void on_end_seen() override;

  void process();
  void greet();
  void shake_hands();
  void become_established();
  void read_plaintext();
  void encrypt(std::string_view bytes);
  void say_goodbye();
  void refuse(std::string reason, std::string_view last_word);
  void send_alert(int code);
  void break_stream(std::string_view reason);
  void leave();
  void end_handshake(const Result<std::string>& outcome);
  void lose(std::string why);
  void break_off(std::string why);
  void settle();
  void process_later();
  void on_time();
  [[nodiscard]] std::string_view unread() const;
  [[nodiscard]] std::string agreement() const;
  [[nodiscard]] std::string reason_of(int code) const;
  [[nodiscard]] std::string client_alert() const;

  static int send(void* self, const unsigned char* bytes, std::size_t size);
  static int receive(void* self, unsigned char* bytes, std::size_t size);

  Loop& loop_;
  std::unique_ptr<ByteStream> socket_;
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<Session> session_;      // from the first TLS byte on; it holds the library's buffers
  std::unique_ptr<Handshake> handshake_;  // until it ended
  std::function<void(std::string_view)> broken_;
  std::optional<Timer> timer_;  // of the handshake, then of the time to leave
  ByteStream::Events* events_ = nullptr;
  std::string plain_;                 // written before the handshake was done
  std::string held_;                  // read from the socket and not taken by the library
  std::size_t held_used_ = 0;         // bytes at its front that were taken
  std::string_view fresh_;            // what the socket brings just now
  std::size_t unasked_bytes_ = 0;     // sent while we only read
  std::size_t discarded_bytes_ = 0;   // while leaving
  std::shared_ptr<TlsStream*> self_;  // what planned work holds: emptied when the stream dies
  State state_ = State::greeting;
  bool reading_ = false;  // the connection wants plaintext
  bool in_library_read_ = false;
  bool answered_ = false;  // the library sent something since it last took bytes
  bool processing_ = false;
  bool planned_ = false;
  bool socket_ended_ = false;
  bool peer_finished_ = false;  // its close_notify came
  bool finish_wanted_ = false;
  bool said_goodbye_ = false;
};

}  // namespace outpost::proxy
