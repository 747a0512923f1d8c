// One child process and its life: spawn, stepped start, watch, restart after a delay, stop. Knows no product: what a
// child is told and what it says belongs to its ChildDriver.
//
//               start()            driver: ready()
//   stopped ───────────▶ starting ────────────────▶ running
//      ▲                   │   ▲                      │  │
//      │                   │   │ restart_delay        │  │ stop(): the driver asks it to drain
//      │          ended    ▼   │                      │  ▼
//      │                 waiting ◀── ended or hung ───┘ stopping
//      └───────────────────┴── stop() ──────────────────┘ ended, or killed at the deadline
//
// A child has ended when its process is gone *and* its channel was read to the end: what it said last is never lost.
// Nothing that a child says or does, or leaves undone, is taken on trust: it may have been taken over.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/io/descriptor.h"
#include "common/io/process.h"
#include "common/log.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/silence.h"
#include "supervisor/children/kind.h"

namespace outpost::supervisor {

// The product's side of a child. Called on the loop thread.
class ChildDriver {
 public:
  // A child is about to be spawned. An error is the reason why it is not.
  virtual Result<> on_starting() = 0;
  // A child was spawned: `channel` is good until on_gone(). `generation` rises with each spawn.
  virtual void on_spawned(protocol::Channel& channel, std::uint32_t generation) = 0;
  // Any message but Ping. An error ends the child.
  virtual Result<> on_frame(const protocol::Frame& frame) = 0;
  // The child should finish what it has within `deadline` and exit.
  virtual void ask_to_drain(std::chrono::milliseconds deadline) = 0;
  // The channel is gone.
  virtual void on_gone() = 0;
  // Whether the child that was spawned last has said that it filters its own system calls.
  [[nodiscard]] virtual bool filters_itself() const = 0;

 protected:
  ~ChildDriver() = default;
};

class Child final : private protocol::Channel::Events {
 public:
  enum class State : std::uint8_t { stopped, starting, running, stopping, waiting };

  struct Settings {
    std::chrono::milliseconds restart_delay{10'000};
    std::chrono::milliseconds silence_max{5'000};  // no frame for this long: hung
    std::chrono::milliseconds start_max{10'000};   // ready() must have come by then
  };

  // All arguments by reference outlive the child. `settled` is called after each start attempt: with an empty text when
  // the child runs, else with the reason why it does not yet.
  Child(Loop& loop, Log& log, const ChildKind& kind, std::string program_path, Settings settings, ChildDriver& driver,
        std::function<void(const std::string&)> settled);
  ~Child();

  void set(Settings settings);
  // Does nothing unless stopped.
  void start();
  // Drains, kills at the deadline, then calls `stopped` (at once when nothing runs). No restart follows.
  void stop(std::chrono::milliseconds deadline, std::function<void()> stopped);
  // No patience left: kill now. The stop in progress completes.
  void kill_now();

  // For the driver.
  void ready();
  // Gives the child an open file (io/descriptor.h); a message on the channel must say so.
  Result<> hand_over(int file);
  // Why the child is about to exit, in its own words: cut to what a status and a log line can bear.
  void note_reason(std::string_view reason);
  // The child does not do what it must: it is killed, and another is started.
  void fail_child(const std::string& reason);
  // To be called when much was sent: a child that leaves too much unread is not read from until it has caught up, and
  // is killed when it does not.
  void mind_backlog();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int pid() const { return process_ ? process_->pid() : 0; }
  [[nodiscard]] std::uint64_t restarts() const { return generation_ > 0 ? generation_ - 1 : 0; }
  // For how long it has said nothing; 0 when none runs.
  [[nodiscard]] std::chrono::milliseconds silence() const {
    return std::chrono::milliseconds(process_ ? loop_.now_ms() - heard_ms_ : 0);
  }
  [[nodiscard]] std::uint64_t running_since_ms() const { return running_since_ms_; }
  [[nodiscard]] const std::string& last_exit() const { return last_exit_; }

 private:
  struct Exit {
    int status;
    int signal;  // 0: it ended by itself
  };

  Result<> on_frame(const protocol::Frame& frame) override;
  void on_closed(const Error& why) override;
  void on_written() override;

  void spawn();
  Result<> start_process();
  void close_channel();
  void exited(int status, int signal);
  void ended();
  [[nodiscard]] std::string how_it_ended() const;
  void watch();
  void note_life();
  void on_orphaned();
  void kill(const std::string& why);

  Loop& loop_;
  Log& log_;
  const ChildKind& kind_;
  const std::string program_path_;
  Settings settings_;
  ChildDriver& driver_;
  std::function<void(const std::string&)> settled_;

  State state_ = State::stopped;
  std::uint32_t generation_ = 0;
  std::unique_ptr<Process> process_;
  std::unique_ptr<protocol::Channel> channel_;
  Descriptor files_;  // our end of the socket for files: nothing is ever read from it
  std::uint64_t heard_ms_ = 0;
  std::uint64_t spawned_ms_ = 0;
  std::uint64_t running_since_ms_ = 0;
  bool failed_ = false;  // fail_child() was called
  protocol::Silence silence_;
  bool choked_ = false;            // it leaves too much unread
  std::uint64_t sent_before_ = 0;  // what it had taken when the watch looked last
  std::uint32_t chatter_ = 0;      // Pings and Pongs since the watch last looked
  std::string reason_;             // of the end that is under way
  std::optional<Exit> exit_;       // of that end; none: it was never started
  std::string last_exit_;          // how the one before ended, for status
  std::string logged_failure_;
  std::function<void()> stopped_;
  Timer watch_timer_;  // pings and looks for silence
  Timer restart_timer_;
  Timer kill_timer_;    // an end that takes too long
  Timer orphan_timer_;  // a channel that outlives its process
};

std::string_view to_string(Child::State state) noexcept;

}  // namespace outpost::supervisor
