// The event loop (libuv) and the handles that need nothing but it: timers, signals, wake-ups from other threads.
//
// Everything runs on the thread that calls Loop::run(), unless a comment says otherwise.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/error.h"
#include "common/io/descriptor.h"

namespace outpost {

// The only owner of libuv handles. libuv wants a handle closed before its memory is reused, and the memory is ours
// again only in the close callback; so the C struct lives in a heap box that the close callback frees. After
// destruction the box knows no owner (data is null), so a dead object is never called.
template <class T>
class UvHandle {
 public:
  explicit UvHandle(void* owner) : box_(new T) { box_->data = owner; }
  ~UvHandle() { reset(); }
  UvHandle(const UvHandle&) = delete;
  UvHandle& operator=(const UvHandle&) = delete;

  T* get() { return box_; }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(box_); }
  // To be called when uv_*_init failed: libuv knows nothing of the struct then and it must not be closed.
  void abandon() {
    delete box_;
    box_ = nullptr;
  }
  void reset() {
    if (!box_) return;
    box_->data = nullptr;
    uv_close(handle(), [](uv_handle_t* h) { delete reinterpret_cast<T*>(h); });
    box_ = nullptr;
  }
  explicit operator bool() const { return box_ != nullptr; }

 private:
  T* box_;
};

// What has something to do at the end of some turns of the loop. Asking for it allocates nothing, and who dies has
// nothing to do any more.
class TurnEnd {
 public:
  virtual ~TurnEnd() { cancel(); }
  TurnEnd(const TurnEnd&) = delete;
  TurnEnd& operator=(const TurnEnd&) = delete;

 protected:
  TurnEnd() = default;
  // Its last act may be to destroy the object.
  virtual void at_turn_end() = 0;
  // The loop ends, and at_turn_end() will not be called.
  virtual void at_loop_end() {}
  [[nodiscard]] bool planned() const { return list_ != nullptr; }
  void cancel();

 private:
  friend class Loop;
  // The planned ones of a loop, in the order in which they asked.
  struct List {
    TurnEnd* first = nullptr;
    TurnEnd* last = nullptr;
  };

  List* list_ = nullptr;  // the one it is in
  TurnEnd* before_ = nullptr;
  TurnEnd* behind_ = nullptr;
};

class Loop {
 public:
  Loop();
  // Every object made with this loop must be gone by now: ENSUREs that the loop closes clean.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(), or until nothing is left to wait for.
  void run();
  // One turn; waits for an event when `wait`. For tests.
  void run_once(bool wait);
  void stop() { uv_stop(&loop_); }

  // Calls `action` once, after the events of this turn were handled and before the loop waits again. This is where
  // writes of one turn leave together. The object that asks must outlive the turn or cancel by clearing its own flag.
  void at_end_of_turn(std::function<void()> action);
  // The same for an object, once however often it asks. All are called in the order in which they asked.
  void at_end_of_turn(TurnEnd& object);

  // Steady clock, cached once per turn by libuv.
  [[nodiscard]] std::uint64_t now_ms() const { return uv_now(&loop_); }
  uv_loop_t* raw() { return &loop_; }
  // One buffer for all readers of this loop: what is read is consumed before the next read.
  std::vector<char>& read_buffer() { return read_buffer_; }

 private:
  void end_turn();

  uv_loop_t loop_;
  uv_prepare_t* prepare_;
  uv_check_t* check_;
  TurnEnd::List end_of_turn_;
  std::vector<char> read_buffer_;
};

// What a timer, signal or wake-up calls. Shared, because it may destroy the object it belongs to while it runs.
using Action = std::shared_ptr<std::function<void()>>;

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> action);
  // Once, after `delay`. Starting a started timer moves it.
  void start(std::chrono::milliseconds delay);
  void start_repeating(std::chrono::milliseconds interval);
  void stop();
  [[nodiscard]] bool active();

 private:
  Action action_;
  UvHandle<uv_timer_t> timer_;
};

class Signal {
 public:
  Signal(Loop& loop, int signal_number, std::function<void()> action);

 private:
  Action action_;
  UvHandle<uv_signal_t> signal_;
};

// Lets another thread call the loop. Several notify() before the loop turns may be one call of `action`. An eventfd of
// its own and not uv_async_t: libuv 1.44 spins on the loop's thread until uv_async_send() has returned on the other,
// and for long when that was pushed off its core by the very wake-up.
class Wakeup {
 public:
  Wakeup(Loop& loop, std::function<void()> action);
  // Any thread, any time between construction and destruction.
  void notify() noexcept;

 private:
  static void on_event(uv_poll_t* handle, int status, int events);

  Action action_;
  Descriptor event_;  // closed behind the handle that watches it: declared first
  UvHandle<uv_poll_t> poll_;
};

}  // namespace outpost
