#include "common/io/loop.h"

#include <sys/eventfd.h>

#include <utility>

namespace outpost {

namespace {
constexpr std::size_t kReadBufferBytes = 64 * 1024;

// An action that is nobody's: it is gone when it was called.
class LooseAction final : public TurnEnd {
 public:
  explicit LooseAction(std::function<void()> action) : action_(std::move(action)) {}

 private:
  void at_turn_end() override {
    std::unique_ptr<LooseAction> self(this);
    action_();
  }
  void at_loop_end() override { delete this; }

  std::function<void()> action_;
};
}  // namespace

void TurnEnd::cancel() {
  if (!list_) return;
  (before_ ? before_->behind_ : list_->first) = behind_;
  (behind_ ? behind_->before_ : list_->last) = before_;
  list_ = nullptr;
}

Loop::Loop() : prepare_(new uv_prepare_t), check_(new uv_check_t), read_buffer_(kReadBufferBytes) {
  ENSURE(uv_loop_init(&loop_) == 0, "cannot make an event loop");
  loop_.data = this;
  // libuv's turn is: timers, prepare, wait for events and handle them, check. Running the list at both places catches
  // what timers asked for as well as what events asked for. Neither keeps the loop alive.
  uv_prepare_init(&loop_, prepare_);
  uv_prepare_start(prepare_, [](uv_prepare_t* h) { static_cast<Loop*>(h->loop->data)->end_turn(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_));
  uv_check_init(&loop_, check_);
  uv_check_start(check_, [](uv_check_t* h) { static_cast<Loop*>(h->loop->data)->end_turn(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(check_));
}

Loop::~Loop() {
  while (TurnEnd* object = end_of_turn_.first) {
    object->cancel();
    object->at_loop_end();
  }
  uv_close(reinterpret_cast<uv_handle_t*>(prepare_), [](uv_handle_t* h) { delete reinterpret_cast<uv_prepare_t*>(h); });
  uv_close(reinterpret_cast<uv_handle_t*>(check_), [](uv_handle_t* h) { delete reinterpret_cast<uv_check_t*>(h); });
  // Lets the close callbacks of handles that were just destroyed run.
  for (int turns = 0; turns < 100 && uv_loop_alive(&loop_); ++turns) uv_run(&loop_, UV_RUN_NOWAIT);
  ENSURE(uv_loop_close(&loop_) == 0, "a handle outlived its loop");
}

// What was asked for outside a turn, and by the last one, is done even when libuv finds nothing to wait for.
void Loop::run() {
  end_turn();
  uv_run(&loop_, UV_RUN_DEFAULT);
  end_turn();
}

void Loop::run_once(bool wait) {
  end_turn();
  uv_run(&loop_, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  end_turn();
}

void Loop::at_end_of_turn(std::function<void()> action) { at_end_of_turn(*new LooseAction(std::move(action))); }

void Loop::at_end_of_turn(TurnEnd& object) {
  if (object.list_) return;
  object.list_ = &end_of_turn_;
  object.before_ = end_of_turn_.last;
  object.behind_ = nullptr;
  (end_of_turn_.last ? end_of_turn_.last->behind_ : end_of_turn_.first) = &object;
  end_of_turn_.last = &object;
}

void Loop::end_turn() {
  // What an action asks for is done in the same go: nothing may be left when the loop starts to wait.
  while (TurnEnd* object = end_of_turn_.first) {
    object->cancel();
    object->at_turn_end();
  }
}

namespace {

// The handle's data is its owner's Action, or null once the owner is gone.
template <class T>
void run_action(T* handle) {
  if (!handle->data) return;
  Action action = *static_cast<Action*>(handle->data);
  (*action)();
}

Action make_action(std::function<void()> action) { return std::make_shared<std::function<void()>>(std::move(action)); }

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> action) : action_(make_action(std::move(action))), timer_(&action_) {
  uv_timer_init(loop.raw(), timer_.get());
}

void Timer::start(std::chrono::milliseconds delay) {
  uv_timer_start(timer_.get(), run_action<uv_timer_t>, static_cast<std::uint64_t>(delay.count()), 0);
}

void Timer::start_repeating(std::chrono::milliseconds interval) {
  auto ms = static_cast<std::uint64_t>(interval.count());
  uv_timer_start(timer_.get(), run_action<uv_timer_t>, ms, ms);
}

void Timer::stop() { uv_timer_stop(timer_.get()); }

bool Timer::active() { return uv_is_active(timer_.handle()) != 0; }

Signal::Signal(Loop& loop, int signal_number, std::function<void()> action)
    : action_(make_action(std::move(action))), signal_(&action_) {
  uv_signal_init(loop.raw(), signal_.get());
  int error = uv_signal_start(
      signal_.get(), [](uv_signal_t* handle, int) { run_action(handle); }, signal_number);
  ENSURE(error == 0, "a signal that cannot be caught");
  // Waiting for a signal alone is no reason to stay.
  uv_unref(signal_.handle());
}

Wakeup::Wakeup(Loop& loop, std::function<void()> action)
    : action_(make_action(std::move(action))), event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), poll_(&action_) {
  ENSURE(event_ && uv_poll_init(loop.raw(), poll_.get(), event_.get()) == 0, "no way to wake the event loop");
  uv_poll_start(poll_.get(), UV_READABLE, on_event);
}

void Wakeup::on_event(uv_poll_t* handle, int, int) {
  uv_os_fd_t fd = -1;
  eventfd_t times = 0;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(handle), &fd) == 0) (void)eventfd_read(fd, &times);
  run_action(handle);
}

void Wakeup::notify() noexcept { (void)eventfd_write(event_.get(), 1); }

}  // namespace outpost
