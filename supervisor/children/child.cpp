#include "supervisor/children/child.h"

#include <algorithm>
#include <csignal>

#include "common/text.h"
#include "protocol/channel/messages.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using std::chrono::milliseconds;

namespace {

// A child whose channel is gone leaves by itself within a second (ocs.md 9.2, 5); then it is killed.
constexpr milliseconds kLeaveMax{1'000};
// While so much waits to be read by the child, nothing more is taken from it. What it has asked by then comes on top:
// its window bounds that.
constexpr std::size_t kUnreadBytesMax = std::size_t{16} * 1024 * 1024;
// Pings and Pongs between two looks of the watch; a child that is well sends a handful.
constexpr std::uint32_t kChatterMax = 1'000;
constexpr std::size_t kReasonBytesMax = 400;

milliseconds watch_interval(const Child::Settings& settings) {
  return std::max(settings.silence_max / protocol::Silence::kTicks, milliseconds(1));
}

// What has listeners passes on bodies.
std::uint32_t payload_bytes_max(const ChildKind& kind) {
  return kind.listeners ? protocol::kProxyPayloadBytesMax : protocol::kPayloadBytesMax;
}

}  // namespace

std::string_view to_string(Child::State state) noexcept {
  switch (state) {
    case Child::State::stopped: return "stopped";
    case Child::State::starting: return "starting";
    case Child::State::running: return "running";
    case Child::State::stopping: return "stopping";
    case Child::State::waiting: return "waiting for restart";
  }
  return "unknown";
}

Child::Child(Loop& loop, Log& log, const ChildKind& kind, std::string program_path, Settings settings,
             ChildDriver& driver, std::function<void(const std::string&)> settled)
    : loop_(loop),
      log_(log),
      kind_(kind),
      program_path_(std::move(program_path)),
      settings_(settings),
      driver_(driver),
      settled_(std::move(settled)),
      watch_timer_(loop, [this] { watch(); }),
      restart_timer_(loop, [this] { spawn(); }),
      kill_timer_(loop, [this] { kill("it did not end in time"); }),
      orphan_timer_(loop, [this] { on_orphaned(); }) {}

Child::~Child() {
  if (process_) process_->kill(SIGKILL);
}

void Child::set(Settings settings) {
  settings_ = settings;
  if (watch_timer_.active()) watch_timer_.start_repeating(watch_interval(settings_));
}

void Child::start() {
  if (state_ == State::stopped) spawn();
}

void Child::spawn() {
  state_ = State::starting;
  reason_.clear();
  exit_.reset();
  ++generation_;
  if (auto started = start_process(); !started) {
    reason_ = started.error().text;
    return ended();
  }
  spawned_ms_ = loop_.now_ms();
  note_life();
  chatter_ = 0;
  failed_ = choked_ = false;
  watch_timer_.start_repeating(watch_interval(settings_));
  log_.write(logged_failure_.empty() ? lm::kChildStarting : lm::kChildEndedAgain, "{} starting, pid {}, generation {}",
             kind_.name, process_->pid(), generation_);
  driver_.on_spawned(*channel_, generation_);
}

Result<> Child::start_process() {
  if (auto prepared = driver_.on_starting(); !prepared) return prepared;
  auto files = file_socket_pair();
  if (!files) return pass(files);
  auto sockets = socket_pair();
  if (!sockets) return pass(sockets);
  Descriptor theirs(sockets->second);
  auto stream = Stream::adopt(loop_, sockets->first);
  if (!stream) return pass(stream);
  auto process = Process::spawn(loop_, program_path_, {}, theirs.get(), files->second.get(),
                                [this](int status, int signal) { exited(status, signal); });
  if (!process) return pass(process);
  process_ = std::move(*process);
  files_ = std::move(files->first);
  protocol::Channel::Events& events = *this;
  channel_ = std::make_unique<protocol::Channel>(std::move(*stream), events, payload_bytes_max(kind_));
  return {};
}

void Child::ready() {
  if (state_ != State::starting) return;
  state_ = State::running;
  running_since_ms_ = loop_.now_ms();
  logged_failure_.clear();
  log_.write(lm::kChildRunning, "{} running, pid {}", kind_.name, pid());
  settled_("");
}

Result<> Child::hand_over(int file) { return send_descriptor(files_.get(), file); }

void Child::stop(milliseconds deadline, std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  restart_timer_.stop();
  if (!process_) {
    orphan_timer_.stop();
    watch_timer_.stop();
    if (channel_) close_channel();
    state_ = State::stopped;
    if (auto call = std::exchange(stopped_, nullptr)) call();
    return;
  }
  if (state_ == State::stopping) return;
  state_ = State::stopping;
  log_.write(lm::kChildStopping, "{} stopping, pid {}", kind_.name, pid());
  if (channel_) driver_.ask_to_drain(deadline);
  kill_timer_.start(deadline + kLeaveMax);
}

void Child::kill_now() { kill("it was told to end at once"); }

void Child::kill(const std::string& why) {
  if (!process_) return;
  log_.write(lm::kChildHung, "{} is killed, pid {}: {}", kind_.name, pid(), why);
  process_->kill(SIGKILL);
}

void Child::watch() {
  chatter_ = 0;
  if (!process_ || !channel_) return;
  if (state_ == State::starting && milliseconds(loop_.now_ms() - spawned_ms_) > settings_.start_max) {
    reason_ = fmt::format("was not ready within {} ms", settings_.start_max.count());
    return kill(reason_);
  }
  // What waits may grow all the same: answers come to what it asked before.
  if (choked_ && channel_->sent_bytes() != std::exchange(sent_before_, channel_->sent_bytes())) note_life();
  bool silent = silence_.tick();
  if (silent && choked_) {
    reason_ = fmt::format("it does not read what it is sent: {} wait", human_bytes(channel_->queued_bytes()));
    return kill(reason_);
  }
  // Before its first word a busy machine may still be loading it, for which there is start_max.
  bool has_spoken = heard_ms_ != spawned_ms_;
  if (silent && has_spoken) {
    reason_ = fmt::format("said nothing for {} ms (channel-timeout is {} ms)", silence().count(),
                          settings_.silence_max.count());
    return kill(reason_);
  }
  channel_->send(protocol::Ping{});
}

void Child::note_life() {
  heard_ms_ = loop_.now_ms();
  silence_.broken();
}

void Child::note_reason(std::string_view reason) {
  reason_ = escape_control(reason.substr(0, kReasonBytesMax));
  if (reason.size() > kReasonBytesMax) reason_ += "... (cut)";
}

void Child::fail_child(const std::string& reason) {
  if (std::exchange(failed_, true)) return;
  note_reason(reason);
  kill(reason);
}

void Child::mind_backlog() {
  if (choked_ || !channel_ || channel_->queued_bytes() <= kUnreadBytesMax) return;
  choked_ = true;
  sent_before_ = channel_->sent_bytes();
  channel_->pause_reading();
}

void Child::on_written() {
  if (!std::exchange(choked_, false) || !channel_) return;
  note_life();
  channel_->resume_reading();
}

Result<> Child::on_frame(const protocol::Frame& frame) {
  note_life();
  if (frame.type == protocol::Pong::kId || frame.type == protocol::Ping::kId) {
    auto known = protocol::decode<std::variant<protocol::Ping, protocol::Pong>>(frame.type, frame.payload);
    if (!known) return pass(known);
    if (++chatter_ > kChatterMax) return fail(Errc::protocol, "the child floods the channel with Pings and Pongs");
    if (frame.type == protocol::Ping::kId) {
      channel_->send(protocol::Pong{}, frame.correlation);
      mind_backlog();
      return {};
    }
  }
  return driver_.on_frame(frame);
}

void Child::on_closed(const Error& why) {
  if (why.code == Errc::protocol) {
    note_reason(why.text);
    log_.write(lm::kChildProtocol, "{} broke the channel protocol, pid {}: {}", kind_.name, pid(), reason_);
    if (process_) process_->kill(SIGKILL);
  }
  close_channel();
  if (process_) {
    if (why.code != Errc::protocol) kill_timer_.start(kLeaveMax);
  } else {
    ended();
  }
}

void Child::close_channel() {
  driver_.on_gone();
  channel_->pause_reading();
  files_.reset();
  // The channel is the caller's caller: it goes when the turn is over.
  loop_.at_end_of_turn([gone = std::shared_ptr<protocol::Channel>(std::move(channel_))] {});
}

void Child::exited(int status, int signal) {
  exit_ = Exit{status, signal};
  // The process object is on the stack above us: it goes when the turn is over.
  loop_.at_end_of_turn([gone = std::shared_ptr<Process>(std::move(process_))] {});
  kill_timer_.stop();
  if (!channel_) return ended();
  orphan_timer_.start(kLeaveMax);
}

// Whoever holds the other end of the channel is no child of ours that we could watch.
void Child::on_orphaned() {
  if (!channel_ || process_) return;
  log_.write(lm::kChildProtocol, "{} is gone, but its channel is still held by another process: it is closed",
             kind_.name);
  close_channel();
  ended();
}

// Asked when all that the child said was heard.
std::string Child::how_it_ended() const {
  if (!exit_) return "could not be started";
  if (exit_->signal == 0) return fmt::format("exited with status {}", exit_->status);
  if (exit_->signal != SIGSYS) return fmt::format("killed by signal {}", exit_->signal);
  // A child has our filters, and those that it sets up itself.
  if (driver_.filters_itself() || !has_system_call_filter()) {
    return fmt::format("killed by signal {}: it was killed by the sandbox for a system call that is not on its list",
                       exit_->signal);
  }
  return fmt::format(
      "killed by signal {}: it was killed for a system call before it had a filter of its own, by one that is around "
      "outpostd, such as the service's SystemCallFilter or a container's profile; etc/outpost.service shows what must "
      "be allowed",
      exit_->signal);
}

void Child::ended() {
  watch_timer_.stop();
  kill_timer_.stop();
  orphan_timer_.stop();
  std::string what = how_it_ended();
  if (!reason_.empty()) what += ": " + reason_;
  last_exit_ = what;
  if (state_ == State::stopping) {
    state_ = State::stopped;
    log_.write(lm::kChildEnded, "{} {}", kind_.name, what);
    if (auto call = std::exchange(stopped_, nullptr)) call();
    return;
  }
  bool same_again = what == logged_failure_;
  log_.write(same_again ? lm::kChildEndedAgain : lm::kChildLost, "{} {}; next start in {} ms{}", kind_.name, what,
             settings_.restart_delay.count(),
             state_ == State::starting ? ", and so on until it succeeds (logged once)" : "");
  if (state_ == State::starting) logged_failure_ = what;
  bool was_starting = state_ == State::starting;
  state_ = State::waiting;
  restart_timer_.start(settings_.restart_delay);
  if (was_starting) settled_(what);
}

}  // namespace outpost::supervisor
