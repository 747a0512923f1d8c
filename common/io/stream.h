// Connected byte streams (TCP, Unix socket) and listeners.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/io/address.h"
#include "common/io/loop.h"

namespace outpost {

// A connected byte stream, whatever lies between it and the socket. Any call of its events may destroy it as its last
// act.
class ByteStream {
 public:
  class Events {
   public:
    // Bytes in the order sent; valid during the call only.
    virtual void on_data(std::string_view bytes) = 0;
    // The peer will send no more (it may still read).
    virtual void on_end() = 0;
    // The connection is lost; nothing more is called.
    virtual void on_lost(const Error& why) = 0;
    // Everything queued was handed to the system; not called when it went without waiting.
    virtual void on_written() {}
    // The peer has ended its side while reading was paused; see watch_for_end(). Called once. What it sent before is
    // not read yet, and on_end() follows behind it when somebody reads.
    virtual void on_end_seen() {}

   protected:
    ~Events() = default;
  };

  // Drops the connection; queued bytes that were not sent are lost.
  virtual ~ByteStream() = default;
  // `events` must outlive the stream or be replaced.
  virtual void set_events(Events* events) = 0;
  virtual void start_reading() = 0;
  virtual void pause_reading() = 0;
  // Whether the peer's end is told by on_end_seen() also while reading is paused: for who must know that nobody waits
  // any more.
  virtual void watch_for_end(bool wanted) = 0;
  // Queues bytes. The caller watches queued_bytes() and stops producing when it is too much.
  virtual void write(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
  // The system takes no more for now; on_written() follows when it took everything.
  [[nodiscard]] virtual bool blocked() const = 0;
  // Sends what is queued, then tells the peer that no more will come (half-close).
  virtual void finish_writing() = 0;
  // "127.0.0.1:4711", or "unix" for a Unix socket.
  [[nodiscard]] virtual std::string peer() const = 0;
  // Bytes of the peer are here that nobody has read yet.
  [[nodiscard]] virtual bool has_input() const = 0;
  // Whether nobody on the way can read or change what passes.
  [[nodiscard]] virtual bool secure() const { return false; }
};

// One connected stream socket. What is written during a turn of the loop leaves in one system call at its end.
class Stream final : public ByteStream, private TurnEnd {
 public:
  // Takes over a connected socket, set non-blocking here; closed with the stream, or at once on failure.
  static Result<std::unique_ptr<Stream>> adopt(Loop& loop, int fd);
  // Never waits: a Unix socket connects or fails at once.
  static Result<std::unique_ptr<Stream>> connect_unix(Loop& loop, const std::string& path);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void set_events(Events* events) override { events_ = events; }
  void start_reading() override;
  void pause_reading() override;
  void watch_for_end(bool wanted) override;
  void write(std::string_view bytes) override;
  [[nodiscard]] std::size_t queued_bytes() const override { return queue_.size() - sent_; }
  [[nodiscard]] bool blocked() const override { return blocked_; }
  void finish_writing() override;
  [[nodiscard]] std::string peer() const override { return peer_text(fd_); }
  [[nodiscard]] bool has_input() const override;
  [[nodiscard]] int fd() const { return fd_; }
  // What the system has taken since the beginning.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }
  // How much memory an empty queue may go on holding: little, unless said otherwise, so that an idle connection is
  // small; as much as a turn brings, for a connection that is never idle.
  void keep_queue_bytes(std::size_t bytes) { queue_bytes_kept_ = bytes; }

 private:
  static constexpr std::size_t kQueueBytesKept = 4 * 1024;

  Stream(Loop& loop, int fd);
  void on_ready(int status, int events);
  void read_some();
  void see_end();
  void at_turn_end() override { send_queue(); }
  void send_queue();
  void watch();
  void lost(int errno_value);

  Loop& loop_;
  int fd_;
  std::unique_ptr<UvHandle<uv_poll_t>> poll_;
  Events* events_ = nullptr;
  std::string queue_;
  std::size_t queue_bytes_kept_ = kQueueBytesKept;
  std::uint64_t sent_bytes_ = 0;
  std::size_t sent_ = 0;           // bytes at the front of queue_ that the system took already
  std::shared_ptr<Stream*> self_;  // emptied when the stream dies, for whoever is in a call of it
  bool reading_ = false;
  bool ended_ = false;       // the peer's end was read
  bool end_wanted_ = false;  // by watch_for_end()
  bool end_seen_ = false;
  bool blocked_ = false;  // the system takes no more for now
  bool finish_wanted_ = false;
  bool lost_ = false;
  int watched_ = 0;
};

// A listening socket. Nothing that a peer does, and no shortage of descriptors, closes it: when accepting fails for
// want of a resource it rests for `kAcceptRest` and tries again; the peers wait in the system's queue meanwhile.
class Listener {
 public:
  static constexpr std::chrono::milliseconds kAcceptRest{100};
  using Accept = std::function<void(int fd)>;  // the fd is non-blocking, close-on-exec, and the callee's

  // `address` is a numeric IPv4 or IPv6 address; port 0 lets the kernel choose.
  static Result<std::unique_ptr<Listener>> tcp(Loop& loop, const std::string& address, std::uint16_t port, int backlog);
  // Replaces a socket file that nobody answers on; mode 0600, or 0660 for a group. The file is removed with the
  // listener.
  static Result<std::unique_ptr<Listener>> unix_socket(Loop& loop, const std::string& path, int backlog,
                                                       std::optional<gid_t> group = std::nullopt);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start(Accept accept);
  // Called with the errno value when accepting rests, at most once per rest.
  void on_rest(std::function<void(int)> report) { report_ = std::move(report); }
  // For a TCP listener that is to be closed: from now on the system drops what would begin a connection, without a
  // word, and the client asks again after a second, when somebody else may listen here. Connections that have begun are
  // completed and accepted as before. False: the system cannot do this, and nothing has changed.
  bool turn_newcomers_away();
  // Accepts at once what has come so far: what waits when the listener is closed gets a reset.
  void accept_waiting();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Listener(Loop& loop, int fd, std::uint16_t port, std::string path, int backlog);
  enum class Accepted : std::uint8_t { one, none, no_resources, listener_gone };
  Accepted accept_one();
  void watch();
  void on_readable();
  void rest(int errno_value);

  Loop& loop_;
  int fd_;
  std::uint16_t port_;
  std::string path_;
  int backlog_;
  std::shared_ptr<Accept> accept_;
  std::function<void(int)> report_;
  std::unique_ptr<UvHandle<uv_poll_t>> poll_;
  Timer resume_;
};

}  // namespace outpost
