#include "proxy/tls/stream.h"

#include <fmt/core.h>
#include <mbedtls/ssl.h>

#include <algorithm>
#include <utility>

#include "common/mbedtls.h"
#include "proxy/tls/words.h"

namespace outpost::proxy {

namespace {

constexpr std::size_t kPlaintextBytes = MBEDTLS_SSL_IN_CONTENT_LEN;
constexpr unsigned char kHandshakeRecord = 0x16;
constexpr std::size_t kMethodBytesMin = 3;
constexpr std::size_t kMethodBytesMax = 20;

// Both forms of a PROXY protocol header, by their beginning.
bool is_proxy_header(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.starts_with("PROXY ") || bytes.starts_with("\r\n\r\n\0"sv);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

struct TlsStream::Session {
  MbedTls<mbedtls_ssl_context, mbedtls_ssl_init, mbedtls_ssl_free> ssl;
  TlsContext::Handshake notes;
  bool starved = false;  // the library asked for more than there was
};

TlsStream::TlsStream(Loop& loop, std::unique_ptr<ByteStream> socket, std::shared_ptr<const TlsContext> context,
                     Handshake handshake)
    : loop_(loop),
      socket_(std::move(socket)),
      context_(std::move(context)),
      handshake_(std::make_unique<Handshake>(std::move(handshake))),
      broken_(std::move(handshake_->broken)),
      self_(std::make_shared<TlsStream*>(this)) {
  timer_.emplace(loop, [this] { on_time(); });
  timer_->start(handshake_->time_max);
  socket_->set_events(this);
  socket_->start_reading();
}

TlsStream::~TlsStream() {
  *self_ = nullptr;
  end_handshake(fail(Errc::closed, "the connection was closed from this side before the handshake was complete"));
  if (state_ == State::established && !said_goodbye_) mbedtls_ssl_close_notify(session_->ssl.get());
}

// --- What the connection asks for -----------------------------------------------------------------------------------

void TlsStream::start_reading() {
  reading_ = true;
  if (state_ != State::established || processing_) return;
  // What was left when reading was paused makes no event of the socket.
  if (!unread().empty() || socket_ended_ || mbedtls_ssl_check_pending(session_->ssl.get()) != 0) process_later();
  settle();
}

void TlsStream::pause_reading() {
  reading_ = false;
  if (state_ == State::established && !processing_) settle();
}

void TlsStream::write(std::string_view bytes) {
  switch (state_) {
    case State::greeting:
    case State::handshaking: plain_.append(bytes); break;
    case State::established: encrypt(bytes); break;
    case State::leaving:
    case State::gone: break;
  }
}

void TlsStream::finish_writing() {
  finish_wanted_ = true;
  if (state_ == State::established) say_goodbye();
}

void TlsStream::encrypt(std::string_view bytes) {
  while (!bytes.empty() && !said_goodbye_) {
    int n = mbedtls_ssl_write(session_->ssl.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    if (n <= 0) return break_off(mbedtls_text(n));  // send() never declines, so this is an end
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void TlsStream::say_goodbye() {
  if (said_goodbye_) return;
  mbedtls_ssl_close_notify(session_->ssl.get());
  said_goodbye_ = true;
  socket_->finish_writing();
}

// --- What the socket brings -----------------------------------------------------------------------------------------

void TlsStream::on_data(std::string_view bytes) {
  if (state_ == State::leaving) {
    discarded_bytes_ += bytes.size();
    if (discarded_bytes_ > kLingerBytesMax) lose("the client sends on after it was refused");
    return;
  }
  std::shared_ptr<TlsStream*> self = self_;
  fresh_ = bytes;
  process();
  if (!*self) return;
  if (!fresh_.empty() && state_ == State::established && !peer_finished_) {
    held_.erase(0, std::exchange(held_used_, 0));
    held_.append(fresh_);
  }
  fresh_ = {};
}

void TlsStream::on_end() {
  socket_ended_ = true;
  if (state_ == State::leaving) return lose("the client closed the connection");
  process();
}

void TlsStream::on_lost(const Error& why) {
  end_handshake(fail(Errc::closed, "the connection was lost: {}", why.text));
  lose(why.text);
}

void TlsStream::on_written() {
  if (state_ == State::established && events_) events_->on_written();
}

void TlsStream::on_end_seen() {
  if (state_ == State::established && events_) events_->on_end_seen();
}

std::string_view TlsStream::unread() const {
  return held_used_ < held_.size() ? std::string_view(held_).substr(held_used_) : fresh_;
}

// Goes on where the last call could not. The last act: any of the events may destroy the stream.
void TlsStream::process() {
  if (processing_ || state_ == State::gone) return;
  std::shared_ptr<TlsStream*> self = self_;
  processing_ = true;
  if (state_ == State::greeting) greet();
  if (*self && state_ == State::handshaking) shake_hands();
  if (*self && state_ == State::established) read_plaintext();
  if (!*self || state_ == State::gone) return;
  processing_ = false;
  bool waits = state_ == State::greeting || state_ == State::handshaking ||
               (state_ == State::established && reading_ && !peer_finished_ && unread().empty());
  if (socket_ended_ && waits) {
    end_handshake(fail(Errc::closed, "the client closed the connection"));
    return lose("the connection ended without close_notify: its end may have been cut off");
  }
  settle();
}

void TlsStream::process_later() {
  if (std::exchange(planned_, true)) return;
  loop_.at_end_of_turn([self = self_] {
    if (!*self) return;
    (*self)->planned_ = false;
    (*self)->process();
  });
}

// Brings reading from the socket in line with what can be done with it.
void TlsStream::settle() {
  if (state_ == State::gone) return;
  bool wants = state_ != State::established || (reading_ && !peer_finished_ && unread().empty());
  if (wants) {
    socket_->start_reading();
  } else {
    socket_->pause_reading();
  }
}

// Whether this is TLS at all, from as few bytes as it takes.
void TlsStream::greet() {
  held_.append(std::exchange(fresh_, {}));
  if (held_.empty()) return;
  if (static_cast<unsigned char>(held_[0]) == kHandshakeRecord) {
    session_ = std::make_unique<Session>();
    if (auto ready = context_->prepare(*session_->ssl.get(), session_->notes); !ready) {
      return refuse(ready.error().text, {});
    }
    mbedtls_ssl_set_bio(session_->ssl.get(), this, send, receive, nullptr);
    state_ = State::handshaking;
    return;
  }
  std::size_t letters = std::min(held_.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), held_.size());
  if (letters == held_.size() && letters < kMethodBytesMax) return;
  if (is_proxy_header(held_)) {
    end_handshake(fail(Errc::protocol, "it begins with a PROXY protocol header, which is not served here"));
    return lose("this is no TLS");
  }
  if (letters >= kMethodBytesMin && letters < held_.size() && held_[letters] == ' ') {
    return refuse("the client speaks HTTP without TLS", handshake_->answer_in_clear());
  }
  end_handshake(
      fail(Errc::protocol, "this is no TLS: it begins with the bytes {}", hex(std::string_view(held_).substr(0, 8))));
  lose("this is no TLS");
}

// --- The handshake --------------------------------------------------------------------------------------------------

void TlsStream::shake_hands() {
  int code = 0;
  do {
    session_->starved = false;
    code = mbedtls_ssl_handshake(session_->ssl.get());
  } while (code == MBEDTLS_ERR_SSL_WANT_READ && !session_->starved);
  if (code == 0) return become_established();
  if (code == MBEDTLS_ERR_SSL_WANT_READ) return;
  send_alert(code);
  refuse(reason_of(code), {});
}

void TlsStream::become_established() {
  state_ = State::established;
  timer_.reset();
  end_handshake(agreement());
  if (plain_.empty() && !finish_wanted_) return;
  std::string waiting = std::exchange(plain_, {});
  encrypt(waiting);
  if (finish_wanted_) say_goodbye();
  // Who saw blocked() waits for this.
  if (!socket_->blocked() && events_) events_->on_written();
}

void TlsStream::end_handshake(const Result<std::string>& outcome) {
  if (auto handshake = std::move(handshake_)) handshake->ended(outcome);
}

void TlsStream::refuse(std::string reason, std::string_view last_word) {
  socket_->write(last_word);
  end_handshake(fail(Errc::protocol, "{}", reason));
  leave();
}

void TlsStream::on_time() {
  if (!handshake_) return lose("the client did not close the connection in time");
  auto waited = handshake_->time_max.count();
  end_handshake(fail(Errc::timeout, "it was not complete after {} ms", waited));
  lose("the handshake was not complete in time");
}

std::string TlsStream::agreement() const {
  const mbedtls_ssl_context* ssl = session_->ssl.get();
  const TlsContext::Handshake& notes = session_->notes;
  return fmt::format("{}, {}{}{}", mbedtls_ssl_get_version(ssl), mbedtls_ssl_get_ciphersuite(ssl),
                     notes.client_subject.empty() ? "" : fmt::format("; client \"{}\"", notes.client_subject),
                     server_name_text(notes.server_name));
}

std::string TlsStream::client_alert() const {
  return fmt::format("the client sent {}", alert_text(session_->ssl.get()->MBEDTLS_PRIVATE(in_msg)[1]));
}

std::string TlsStream::reason_of(int code) const {
  const TlsContext::Handshake& notes = session_->notes;
  std::string name = server_name_text(notes.server_name);
  if (notes.certificate_faults != 0) {
    return fmt::format("the client certificate \"{}\" {}{}", notes.client_subject,
                       certificate_fault_text(notes.certificate_faults), name);
  }
  switch (code) {
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return client_alert() + name;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
      return fmt::format("the client speaks only versions older than {}{}", context_->oldest_version(), name);
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE: return "no cipher suite, group or signature in common" + name;
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE: return "the client has no certificate, and one is required" + name;
    case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL: return "the client does not want http/1.1 (ALPN)" + name;
    default: return record_reason(code) + name;
  }
}

// --- Plaintext ------------------------------------------------------------------------------------------------------

void TlsStream::read_plaintext() {
  std::shared_ptr<TlsStream*> self = self_;
  unsigned char buffer[kPlaintextBytes];
  while (reading_ && state_ == State::established && !peer_finished_) {
    session_->starved = false;
    in_library_read_ = true;
    int n = mbedtls_ssl_read(session_->ssl.get(), buffer, sizeof buffer);
    in_library_read_ = false;
    if (unasked_bytes_ > kUnaskedBytesMax) {
      mbedtls_ssl_send_alert_message(session_->ssl.get(), MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                     MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
      return break_stream("the client asks for renegotiation again and again");
    }
    if (n > 0) {
      if (events_) events_->on_data({reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(n)});
      if (!*self) return;
    } else if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
      peer_finished_ = true;
      std::string().swap(held_);
      held_used_ = 0;
      if (events_) events_->on_end();
      return;
    } else if (n == MBEDTLS_ERR_SSL_WANT_READ) {
      if (session_->starved) return;
    } else if (n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
      return lose(client_alert());
    } else {
      send_alert(n);
      return break_stream(record_reason(n));
    }
  }
}

// --- The end --------------------------------------------------------------------------------------------------------

void TlsStream::lose(std::string why) {
  if (state_ == State::gone) return;
  state_ = State::gone;
  timer_.reset();
  socket_->pause_reading();
  if (events_) events_->on_lost(Error{Errc::closed, std::move(why)});
}

// Says to the client, as TLS can, why it is refused. Where the library has, it sent something since it last took bytes.
void TlsStream::send_alert(int code) {
  if (answered_ || code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) return;
  mbedtls_ssl_send_alert_message(session_->ssl.get(), MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert_for(code));
}

// Anything that still comes is thrown away, so that no reset overtakes the alert.
void TlsStream::break_stream(std::string_view reason) {
  leave();
  if (broken_) broken_(reason);
}

void TlsStream::leave() {
  state_ = State::leaving;
  session_.reset();
  std::string().swap(plain_);
  std::string().swap(held_);
  held_used_ = 0;
  fresh_ = {};
  if (!timer_) timer_.emplace(loop_, [this] { on_time(); });
  timer_->start(kLinger);
  socket_->finish_writing();
}

// The same as lose() from within a call of the connection, which expects no event there.
void TlsStream::break_off(std::string why) {
  said_goodbye_ = true;
  loop_.at_end_of_turn([self = self_, why = std::move(why)] {
    if (*self) (*self)->lose(why);
  });
}

// --- The library's side ---------------------------------------------------------------------------------------------

int TlsStream::send(void* data, const unsigned char* bytes, std::size_t size) {
  auto& self = *static_cast<TlsStream*>(data);
  if (self.in_library_read_ && size > 0) self.unasked_bytes_ += size;
  self.answered_ = true;
  self.socket_->write({reinterpret_cast<const char*>(bytes), size});
  return static_cast<int>(size);
}

int TlsStream::receive(void* data, unsigned char* bytes, std::size_t size) {
  auto& self = *static_cast<TlsStream*>(data);
  std::string_view there = self.unread();
  if (there.empty()) {
    self.session_->starved = true;
    return MBEDTLS_ERR_SSL_WANT_READ;
  }
  self.answered_ = false;
  std::size_t n = std::min(size, there.size());
  std::copy_n(there.data(), n, bytes);
  if (self.held_used_ < self.held_.size()) {
    self.held_used_ += n;
    if (self.held_used_ == self.held_.size()) {
      std::string().swap(self.held_);
      self.held_used_ = 0;
    }
  } else {
    self.fresh_.remove_prefix(n);
  }
  return static_cast<int>(n);
}

}  // namespace outpost::proxy
