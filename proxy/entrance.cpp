#include "proxy/entrance.h"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "common/networks.h"
#include "proxy/http/refusal.h"
#include "proxy/log_messages.h"
#include "proxy/tls/stream.h"

namespace outpost::proxy {

namespace lm = log_messages;

namespace {

// How many give their descriptors at each rest of a listener.
constexpr int kRoomAtRest = 64;
// A want of descriptors may last: it is told this often.
constexpr std::uint64_t kRestLogMs = 60'000;

// Nothing when the peer is gone already.
std::optional<IpAddress> peer_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  return IpAddress::of(storage);
}

}  // namespace

Entrance::Entrance(Loop& loop, Log& log, const Settings& settings, Clients& clients)
    : loop_(loop), log_(log), settings_(settings), clients_(clients) {}

void Entrance::accept(int fd, std::size_t listener) {
  protocol::Statistics& counters = clients_.counters();
  std::uint64_t id = ++counters.connections_total;
  auto address = peer_of(fd);
  if (!address || !clients_.is_welcome(*address)) {
    ::close(fd);
    if (!address) return;
    ++counters.connections_denied;
    return log_.write(lm::kSourceDenied, "connection {} from {} is denied", id, address->text());
  }
  auto stream = Stream::adopt(loop_, fd);
  if (!stream) return log_.write(lm::kAdoptFailed, "{}", stream.error().text);
  Clients::Admitted admitted = clients_.admit(*address);
  if (!admitted.peer.source) {
    ++counters.connections_refused;
    log_.write(lm::kConnectionsFull, "connection {} from {} is refused: {}", id, (*stream)->peer(), admitted.refusal);
    if (!clients_.may_refuse()) return;
  }
  const protocol::ListenAddress& bound = settings_.options.listeners[listener];
  std::unique_ptr<ByteStream> bytes = *std::move(stream);
  if (bound.secure) bytes = secured(std::move(bytes), bound.name, id);
  clients_.add(id, std::move(bytes), listener, admitted);
}

void Entrance::on_rest(int errno_value) {
  for (int i = 0; i < kRoomAtRest && clients_.make_room(); ++i) {
  }
  if (rest_logged_ms_ != 0 && loop_.now_ms() < rest_logged_ms_ + kRestLogMs) return;
  rest_logged_ms_ = loop_.now_ms();
  log_.write(lm::kAcceptRests, "accepting rests, again and again for {} ms: {}", Listener::kAcceptRest.count(),
             fail_errno(errno_value, "cannot accept a connection").value().text);
}

std::unique_ptr<ByteStream> Entrance::secured(std::unique_ptr<ByteStream> socket, const std::string& listener,
                                              std::uint64_t id) {
  TlsStream::Handshake handshake;
  handshake.time_max = std::chrono::milliseconds(settings_.options.limits.handshake_timeout_ms);
  handshake.ended = [this, id, peer = socket->peer()](const Result<std::string>& outcome) {
    if (outcome) {
      ++clients_.counters().handshakes;
      log_.write(lm::kHandshakeDone, "connection {} from {}: {}", id, peer, *outcome);
    } else {
      ++clients_.counters().handshakes_failed;
      log_.write(lm::kHandshakeFailed, "connection {} from {}: no TLS handshake: {}", id, peer, outcome.error().text);
    }
  };
  handshake.broken = [this, id, peer = socket->peer()](std::string_view why) {
    log_.write(lm::kTlsBroken, "connection {} from {} is broken off: {}", id, peer, why);
    clients_.break_off(id, why);
  };
  handshake.answer_in_clear = [this, id] {
    return clients_.last_word(
        http_refusal(400, "HTTP without TLS was spoken to a port that serves HTTPS; use https:// here"), id);
  };
  return std::make_unique<TlsStream>(loop_, std::move(socket), secure_.context(listener), std::move(handshake));
}

}  // namespace outpost::proxy
