#include "supervisor/ctl/commands/live.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/width.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // the other screen, without a cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kEndOfLine = "\x1b[K";
constexpr std::string_view kBelow = "\x1b[J";
constexpr std::chrono::milliseconds kGoneInterval{500};

// For the signal handler: what has to be put back.
struct TerminalBefore {
  termios input{};
  bool has_input = false;
  bool other_screen = false;
};
TerminalBefore terminal_before;

// False, with errno, when nobody can read it any more.
bool put(std::string_view text) {
  while (!text.empty()) {
    ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {  // another program that has this terminal may have said that it must not block
      pollfd entry{STDOUT_FILENO, POLLOUT, 0};
      if (poll(&entry, 1, -1) >= 0 || errno == EINTR) continue;
    }
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Only what a signal handler may call.
void restore() {
  if (std::exchange(terminal_before.other_screen, false)) put(kLeave);
  if (std::exchange(terminal_before.has_input, false)) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before.input);
}

// A reply may be awaited for a minute: who presses Ctrl-C is not to wait for it.
void on_signal(int number) {
  restore();
  if (number == SIGINT) _exit(static_cast<int>(Exit::done));
  std::signal(number, SIG_DFL);
  raise(number);
}

void on_resize(int) {}  // it ends a wait

// The terminal while frames are on it.
class Screen {
 public:
  Screen() : terminal_(output_terminal()), keys_(terminal_.moves && isatty(STDIN_FILENO) == 1) {
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(number, on_signal);
    struct sigaction resize {};
    resize.sa_handler = on_resize;
    sigaction(SIGWINCH, &resize, nullptr);
    if (keys_ && tcgetattr(STDIN_FILENO, &terminal_before.input) == 0) read_keys();
    if (!terminal_.moves) return;
    terminal_before.other_screen = true;
    put(kEnter);
  }
  ~Screen() {
    restore();
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) std::signal(number, SIG_DFL);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  const Terminal& measure() {
    if (terminal_.watched) terminal_ = terminal_of(STDOUT_FILENO);
    return terminal_;
  }

  Result<> draw(std::string_view text) {
    std::string frame;
    if (terminal_.moves) {
      frame = frame_of(text);
    } else {
      if (std::exchange(drawn_, true) && terminal_.watched) frame = "\n";
      frame += text;
    }
    if (put(frame)) return {};
    int failed = errno;
    auto usable = check_stream(STDOUT_FILENO);
    return usable ? fail_errno(failed, "cannot write to standard output") : usable;
  }

  // False when the person ended it. A key that means nothing draws the next frame at once.
  [[nodiscard]] bool wait(std::chrono::milliseconds time) const {
    pollfd entry{keys_ ? STDIN_FILENO : -1, POLLIN, 0};
    if (poll(&entry, 1, static_cast<int>(time.count())) <= 0 || !keys_) return true;
    char key = 'q';
    return read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q';
  }

 private:
  [[nodiscard]] std::string frame_of(std::string_view text) const {
    std::string fitting = fit(text, terminal_.columns, terminal_.rows - std::min<std::size_t>(terminal_.rows, 1));
    std::string frame(kHome);
    for (char c : fitting) {
      if (c == '\n') frame += kEndOfLine;
      frame += c;
    }
    return frame.append(kBelow);
  }

  static void read_keys() {
    termios raw = terminal_before.input;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    // A stopped program would leave the terminal as it is now.
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    terminal_before.has_input = true;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }

  Terminal terminal_;
  bool keys_;
  bool drawn_ = false;
};

// The connection to the supervisor, which may be another one after a restart.
class Connection {
 public:
  Connection(Client& first, const Arguments& arguments)
      : client_(&first), socket_(arguments.socket), timeout_(static_cast<std::int64_t>(arguments.timeout_s * 1'000)) {}

  Client* client() {
    if (client_) return client_;
    auto connected = Client::connect(socket_, timeout_);
    if (!connected) return nullptr;
    again_.emplace(std::move(*connected));
    return client_ = &*again_;
  }
  void lose() { client_ = nullptr; }

 private:
  Client* client_;
  std::optional<Client> again_;
  std::string socket_;
  std::chrono::milliseconds timeout_;
};

}  // namespace

std::chrono::milliseconds live_interval(const Arguments& arguments) {
  return std::chrono::milliseconds(
      std::llround((arguments.watch_s > 0 ? arguments.watch_s : arguments.interval_s) * 1'000));
}

Result<Exit> run_live(Client& client, const Arguments& arguments, const Frame& frame) {
  Screen screen;
  Connection connection(client, arguments);
  std::string last;
  bool gone = false;
  for (;;) {
    Client* now = connection.client();
    auto text = now ? frame(*now, screen.measure()) : Result<std::string>(fail(Errc::closed, "outpostd is gone"));
    if (!text && exit_of(text.error()) != Exit::unreachable) return pass(text);
    Result<> drawn;
    if (text) {
      gone = false;
      drawn = screen.draw(last = std::move(*text));
    } else {
      connection.lose();
      std::string note = "outpostd does not answer: waiting for it\n";
      if (screen.measure().moves) {
        drawn = screen.draw(note + last);
      } else if (!std::exchange(gone, true)) {
        fmt::print(stderr, "{}", note);
      }
    }
    if (!drawn) return pass(drawn);
    auto interval = live_interval(arguments);
    if (!screen.wait(text ? interval : std::min(interval, kGoneInterval))) return Exit::done;
  }
}

}  // namespace outpost::supervisor::ctl
