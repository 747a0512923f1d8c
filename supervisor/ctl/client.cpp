#include "supervisor/ctl/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/json.h"
#include "common/version.h"

namespace outpost::supervisor::ctl {

namespace {

Failure cannot_connect(int errno_value, const std::string& path) {
  switch (errno_value) {
    case ENOENT:
    case ECONNREFUSED:
      return fail(Errc::closed, "outpostd is not running, or listens elsewhere than {}: --socket names another place",
                  path);
    case EACCES:
    case EPERM:
      return fail(
          Errc::closed,
          "no permission to use {}: run outpostctl as the user that runs outpostd, as root, or as a member of the "
          "group that its option control.group names",
          path);
    case EAGAIN: return fail(Errc::closed, "outpostd takes no connections at {} at the moment: try again", path);
    default: return fail(Errc::closed, "cannot connect to {}: {}", path, std::strerror(errno_value));
  }
}

Failure lost(std::string_view how) { return fail(Errc::closed, "the connection to outpostd was lost: {}", how); }

Failure refused(const std::string& body) {
  auto json = parse_json(body);
  const JsonValue* error = json ? json->find("error") : nullptr;
  const auto* text = error ? std::get_if<std::string>(&error->value) : nullptr;
  return fail(Errc::invalid, "{}", text ? *text : "the supervisor refused without a reason");
}

}  // namespace

Result<Client> Client::connect(const std::string& socket_path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof address.sun_path) {
    return fail(Errc::closed, "'{}' cannot be a socket: its path must have 1 to {} bytes", socket_path,
                sizeof address.sun_path - 1);
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(Errc::closed, "cannot make a socket: {}", std::strerror(errno));
  Client client(fd, timeout);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_connect(errno, socket_path);
  }
  if (auto greeted = client.greet(); !greeted) return pass(greeted);
  return client;
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      timeout_(other.timeout_),
      welcome_(std::move(other.welcome_)),
      welcomed_(other.welcomed_),
      reader_(std::move(other.reader_)),
      out_(std::move(other.out_)),
      sent_(other.sent_),
      last_correlation_(other.last_correlation_),
      replies_(std::move(other.replies_)) {}

Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

Result<> Client::greet() {
  protocol::append_frame(out_, 0, protocol::ControlHello{});
  auto deadline = Clock::now() + timeout_;
  while (!welcomed_) {
    auto turned = turn(deadline);
    if (turned) continue;
    if (turned.error().code != Errc::closed) return turned;
    return fail(Errc::closed,
                "outpostd closed the connection at once: it serves only its own user, root and the members of "
                "control.group, a limited number at a time, and an outpostctl of its own version (this one is {}); its "
                "log says what was wrong",
                kVersion);
  }
  if (welcome_.version == protocol::kControlVersion) return {};
  return fail(Errc::protocol,
              "{} speaks control version {}, this outpostctl {} speaks {}: use the one installed with it",
              welcome_.program, welcome_.version, kVersion, protocol::kControlVersion);
}

Result<std::string> Client::command(std::string_view name, std::string_view arguments) {
  auto correlation = send(protocol::Command{std::string(name), std::string(arguments)});
  if (!correlation) return pass(correlation);
  return reply_to(*correlation);
}

template <class Message>
Result<std::uint64_t> Client::send(const Message& message) {
  std::string payload;
  protocol::encode(message, payload);
  if (payload.size() > protocol::kPayloadBytesMax) {
    return fail(Errc::limit, "{} bytes are too many for one message to the supervisor; {} is the most", payload.size(),
                protocol::kPayloadBytesMax);
  }
  protocol::append_frame(out_, ++last_correlation_, message);
  if (auto flushed = flush(); !flushed) return pass(flushed);
  return last_correlation_;
}

template Result<std::uint64_t> Client::send(const protocol::Command&);
template Result<std::uint64_t> Client::send(const protocol::ImportRows&);

Result<std::string> Client::reply_to(std::uint64_t correlation) {
  auto deadline = Clock::now() + timeout_;
  for (;;) {
    if (auto node = replies_.extract(correlation)) {
      if (!node.mapped().ok) return refused(node.mapped().body);
      return std::move(node.mapped().body);
    }
    if (auto turned = turn(deadline); !turned) return pass(turned);
  }
}

Result<> Client::await_end() {
  auto deadline = Clock::now() + timeout_;
  for (;;) {
    auto turned = turn(deadline);
    if (turned) continue;
    if (turned.error().code == Errc::closed) return {};
    return turned;
  }
}

pid_t Client::process_id() const {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

Result<> Client::flush() {
  auto deadline = Clock::now() + timeout_;
  while (!out_.empty()) {
    if (auto turned = turn(deadline); !turned) return turned;
  }
  return {};
}

// Reads while it writes: a supervisor that waits for its replies to be taken would otherwise never take more.
Result<> Client::turn(Clock::time_point deadline) {
  pollfd entry{fd_, static_cast<short>(out_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  int ready = left <= 0 ? 0 : poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 1000)));
  if (ready < 0 && errno != EINTR) return lost(std::strerror(errno));
  if (ready <= 0) {
    if (Clock::now() < deadline) return {};
    return fail(Errc::timeout, "outpostd did not answer within {} s: --timeout sets the longest wait",
                std::chrono::duration<double>(timeout_).count());
  }
  if ((entry.revents & POLLOUT) != 0) {
    if (auto written = write_some(); !written) return written;
  }
  if ((entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0) return read_some();
  return {};
}

Result<> Client::write_some() {
  ssize_t n = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
  if (n < 0) {
    // A peer that is gone is reported by the read, behind the replies that it still sent.
    if (errno == EAGAIN || errno == EINTR || errno == EPIPE || errno == ECONNRESET) return {};
    return lost(std::strerror(errno));
  }
  sent_ += static_cast<std::size_t>(n);
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
  }
  return {};
}

Result<> Client::read_some() {
  std::array<char, 64 * 1024> buffer;
  ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
  if (n == 0) return lost("it stopped, or was stopped");
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return {};
    return lost(std::strerror(errno));
  }
  reader_.feed({buffer.data(), static_cast<std::size_t>(n)});
  for (;;) {
    auto frame = reader_.next();
    if (!frame) return pass(frame);
    if (!frame->has_value()) return {};
    if (auto taken = take(**frame); !taken) return taken;
  }
}

Result<> Client::take(const protocol::Frame& frame) {
  auto message = protocol::decode<protocol::ToCtl>(frame.type, frame.payload);
  if (!message) return pass(message);
  if (auto* welcome = std::get_if<protocol::ControlWelcome>(&*message)) {
    welcome_ = std::move(*welcome);
    welcomed_ = true;
    return {};
  }
  auto& reply = std::get<protocol::Reply>(*message);
  if (!welcomed_) return fail(Errc::protocol, "outpostd sent a reply before its welcome: {}", reply.body);
  if (frame.correlation == 0 || frame.correlation > last_correlation_) {
    return fail(Errc::protocol, "outpostd replied to a command that was not sent");
  }
  replies_.insert_or_assign(frame.correlation, std::move(reply));
  return {};
}

}  // namespace outpost::supervisor::ctl
