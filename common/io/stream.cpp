#include "common/io/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/io/access.h"
#include "common/io/address.h"

namespace outpost {

namespace {

// Accepts per turn: a flood of connects must not starve the connections that exist.
constexpr int kAcceptsPerTurn = 64;

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(Errc::invalid, "\"{}\" is no path for a Unix socket: it must have 1 to {} bytes", path,
                sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

template <class Address>
const sockaddr* as_sockaddr(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0 ? error : ECONNRESET;
}

bool is_out_of_resources(int e) { return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM; }

}  // namespace

// --- Stream ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Stream>> Stream::adopt(Loop& loop, int fd) {
  int one = 1;
  // Fails on a Unix socket, where it is not needed.
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
    auto failure = fail_errno(errno, "cannot make a socket non-blocking");
    close(fd);
    return failure;
  }
  std::unique_ptr<Stream> stream(new Stream(loop, fd));
  if (!*stream->poll_) return fail(Errc::io, "cannot watch a socket: the event loop refused it");
  return stream;
}

Result<std::unique_ptr<Stream>> Stream::connect_unix(Loop& loop, const std::string& path) {
  auto address = unix_address(path);
  if (!address) return pass(address);
  // Non-blocking already: connecting to a full queue would wait for a server that hangs.
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail_errno(errno, "cannot make a socket");
  if (connect(fd, as_sockaddr(*address), sizeof *address) != 0) {
    auto failure = fail_errno(errno, fmt::format("cannot connect to {}", path));
    close(fd);
    return failure;
  }
  return adopt(loop, fd);
}

Stream::Stream(Loop& loop, int fd)
    : loop_(loop), fd_(fd), poll_(std::make_unique<UvHandle<uv_poll_t>>(this)), self_(std::make_shared<Stream*>(this)) {
  if (uv_poll_init(loop.raw(), poll_->get(), fd) != 0) poll_->abandon();
}

Stream::~Stream() {
  *self_ = nullptr;
  // The last chance of what was written in this turn: a goodbye before close must not be lost.
  if (planned() && !lost_ && !blocked_) {
    (void)send(fd_, queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  poll_->reset();
  close(fd_);
}

void Stream::start_reading() {
  reading_ = true;
  watch();
}

void Stream::pause_reading() {
  reading_ = false;
  watch();
}

void Stream::watch_for_end(bool wanted) {
  end_wanted_ = wanted;
  watch();
}

void Stream::watch() {
  int wanted = 0;
  if (!lost_) {
    bool end_alone = !reading_ && end_wanted_ && !end_seen_;
    wanted = (reading_ && !ended_ ? UV_READABLE : 0) | (end_alone && !ended_ ? UV_DISCONNECT : 0) |
             (blocked_ ? UV_WRITABLE : 0);
  }
  if (wanted == watched_) return;
  watched_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(poll_->get());
    return;
  }
  uv_poll_start(poll_->get(), wanted, [](uv_poll_t* handle, int status, int events) {
    if (handle->data) static_cast<Stream*>(handle->data)->on_ready(status, events);
  });
}

void Stream::on_ready(int status, int events) {
  if (status < 0) watched_ = 0;  // libuv stopped watching; reading below tells the reason
  std::shared_ptr<Stream*> self = self_;
  if (events & UV_WRITABLE) {
    blocked_ = false;
    send_queue();
    if (!*self) return;
    if (!blocked_ && !lost_ && events_) events_->on_written();
    if (!*self) return;
  }
  if (lost_) return;
  if (reading_ && !ended_ && (status < 0 || events & UV_READABLE)) {
    read_some();
  } else if (status < 0) {
    // Nobody reads, or the end was read: what recv() says then hides the error, which would be reported for ever.
    lost(socket_error(fd_));
  }
  if (*self && (events & UV_DISCONNECT) != 0) see_end();
  if (*self) watch();
}

void Stream::see_end() {
  if (reading_ || end_seen_ || lost_) return;
  end_seen_ = true;
  if (events_) events_->on_end_seen();
}

void Stream::read_some() {
  std::vector<char>& buffer = loop_.read_buffer();
  ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
  if (n > 0) {
    if (events_) events_->on_data({buffer.data(), static_cast<std::size_t>(n)});
    return;
  }
  if (n == 0) {
    ended_ = true;
    watch();
    if (events_) events_->on_end();
    return;
  }
  if (errno != EAGAIN && errno != EINTR) lost(errno);
}

void Stream::write(std::string_view bytes) {
  if (lost_ || bytes.empty()) return;
  queue_.append(bytes);
  if (!blocked_) loop_.at_end_of_turn(*this);
}

void Stream::send_queue() {
  cancel();
  while (!lost_ && sent_ < queue_.size()) {
    ssize_t n = send(fd_, queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      blocked_ = true;
      // Not each time: what is left would be moved again and again.
      if (sent_ > queue_.size() / 2) queue_.erase(0, std::exchange(sent_, 0));
      watch();
      return;
    }
    if (n < 0) return lost(errno);
    sent_ += static_cast<std::size_t>(n);
    sent_bytes_ += static_cast<std::uint64_t>(n);
  }
  queue_.clear();
  sent_ = 0;
  if (queue_.capacity() > queue_bytes_kept_) queue_.shrink_to_fit();
  watch();
  if (finish_wanted_) ::shutdown(fd_, SHUT_WR);
}

void Stream::finish_writing() {
  finish_wanted_ = true;
  if (!planned() && !blocked_ && !lost_) ::shutdown(fd_, SHUT_WR);
}

void Stream::lost(int errno_value) {
  lost_ = true;
  queue_.clear();
  sent_ = 0;
  watch();
  if (events_) events_->on_lost(Error{Errc::closed, std::generic_category().message(errno_value)});
}

bool Stream::has_input() const {
  char byte;
  return recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// --- Listener -------------------------------------------------------------------------------------------------------

namespace {

Failure close_and_fail(int fd, const std::string& what) {
  int error = errno;
  auto failure = fail_errno(error, what);
  if (error == EADDRINUSE) failure.value().code = Errc::busy;
  close(fd);
  return failure;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::tcp(Loop& loop, const std::string& address, std::uint16_t port,
                                                int backlog) {
  auto where = tcp_address(address, port);
  if (!where) return pass(where);
  std::string what = fmt::format("cannot listen on {} port {}", address, port);
  int fd = socket(where->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail_errno(errno, what);
  int one = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (where->storage.ss_family == AF_INET6) (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind(fd, as_sockaddr(where->storage), where->size) != 0) return close_and_fail(fd, what);
  if (listen(fd, backlog) != 0) return close_and_fail(fd, what);
  return std::unique_ptr<Listener>(new Listener(loop, fd, bound_port(fd), {}, backlog));
}

Result<std::unique_ptr<Listener>> Listener::unix_socket(Loop& loop, const std::string& path, int backlog,
                                                        std::optional<gid_t> group) {
  auto address = unix_address(path);
  if (!address) return pass(address);
  std::string what = fmt::format("cannot listen on {}", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail_errno(errno, what);
  if (connect(fd, as_sockaddr(*address), sizeof *address) == 0 || errno == EAGAIN) {
    close(fd);
    return fail(Errc::busy, "{}: another process answers there", what);
  }
  // Only a socket that nobody serves is removed: never a file that someone put there, nor a socket that refuses us for
  // another reason (of another user, or of another kind).
  struct stat info {};
  if (errno == ECONNREFUSED && lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
  // On Linux the file takes its mode from the socket, so there is no moment at which others may connect.
  if (fchmod(fd, 0600) != 0) return close_and_fail(fd, what);
  if (bind(fd, as_sockaddr(*address), sizeof *address) != 0) {
    int reason = errno;
    close(fd);
    if (reason == EADDRINUSE) what += ", for something is there that is not ours to remove";
    auto failure = fail_access(reason, what, path);
    if (reason == EADDRINUSE) failure.value().code = Errc::busy;
    return failure;
  }
  // First whose it is, then what they may: there is no moment at which another group may connect.
  if (group && (lchown(path.c_str(), static_cast<uid_t>(-1), *group) != 0 || chmod(path.c_str(), 0660) != 0)) {
    int reason = errno;
    unlink(path.c_str());
    close(fd);
    return fail_errno(reason,
                      fmt::format("cannot give {} to group id {}, of which outpostd must be a member", path, *group));
  }
  if (listen(fd, backlog) != 0) return close_and_fail(fd, what);
  return std::unique_ptr<Listener>(new Listener(loop, fd, 0, path, backlog));
}

Listener::Listener(Loop& loop, int fd, std::uint16_t port, std::string path, int backlog)
    : loop_(loop),
      fd_(fd),
      port_(port),
      path_(std::move(path)),
      backlog_(backlog),
      poll_(std::make_unique<UvHandle<uv_poll_t>>(this)),
      resume_(loop, [this] { watch(); }) {
  ENSURE(uv_poll_init(loop_.raw(), poll_->get(), fd_) == 0, "the event loop refused a listening socket");
}

Listener::~Listener() {
  poll_->reset();
  close(fd_);
  if (!path_.empty()) unlink(path_.c_str());
}

void Listener::start(Accept accept) {
  accept_ = std::make_shared<Accept>(std::move(accept));
  watch();
}

void Listener::watch() {
  uv_poll_start(poll_->get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    if (handle->data) static_cast<Listener*>(handle->data)->on_readable();
  });
}

Listener::Accepted Listener::accept_one() {
  // The callee may destroy this listener: keep what is called alive, and ask the box whether we still are.
  std::shared_ptr<Accept> accept = accept_;
  uv_poll_t* box = poll_->get();
  int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) {
    (*accept)(fd);
    return box->data == nullptr ? Accepted::listener_gone : Accepted::one;
  }
  if (errno == EAGAIN) return Accepted::none;
  // Anything else (ECONNABORTED, EPROTO, ENETDOWN, EPERM of a firewall ...) concerns one peer: on with the next.
  return is_out_of_resources(errno) ? Accepted::no_resources : Accepted::one;
}

void Listener::on_readable() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    Accepted accepted = accept_one();
    if (accepted == Accepted::no_resources) return rest(errno);
    if (accepted != Accepted::one) return;
  }
}

bool Listener::turn_newcomers_away() {
  // SYN is set and ACK is not in the first segment of a connection and in no other. The filter sees the TCP header.
  constexpr unsigned kFlagsAt = 13;
  constexpr unsigned kSyn = 0x02;
  constexpr unsigned kAck = 0x10;
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)};
  sock_fprog program{sizeof code / sizeof *code, code};
  return setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void Listener::accept_waiting() {
  if (!accept_) return;
  // No more can wait; without the filter new ones come as fast as they are taken.
  for (int left = backlog_ + 1; left > 0; --left) {
    Accepted accepted = accept_one();
    // Whoever hears of it may find room.
    if (accepted == Accepted::no_resources && report_) {
      report_(errno);
      accepted = accept_one();
    }
    if (accepted != Accepted::one) return;
  }
}

void Listener::rest(int errno_value) {
  uv_poll_stop(poll_->get());
  resume_.start(kAcceptRest);
  if (report_) report_(errno_value);
}

}  // namespace outpost
