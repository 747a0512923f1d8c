// What a fetch may take: the courier has clocks of its own, and its link looks after them.
#include <algorithm>

#include "supervisor/children/courier/link.h"

namespace outpost::supervisor {

using protocol::FetchOutcome;
using protocol::FetchReply;

void CourierLink::look_again(std::uint64_t number, Call& call, std::uint64_t at_ms) {
  due_.erase({call.due_ms, number});
  call.due_ms = at_ms;
  due_.emplace(at_ms, number);
  std::uint64_t now = loop_.now_ms();
  std::uint64_t first = due_.begin()->first;
  if (due_.begin()->second == number || !due_timer_.active()) {
    due_timer_.start(std::chrono::milliseconds(first > now ? first - now : 0));
  }
}

void CourierLink::on_due() {
  std::uint64_t now = loop_.now_ms();
  if (!due_.empty() && late_look_.puts_off(due_.begin()->first, now)) {
    return due_timer_.start(std::chrono::milliseconds(LateLook::kLateMs));
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    std::uint64_t number = due_.begin()->second;
    on_due(number, calls_.at(number));
  }
  if (!due_.empty()) due_timer_.start(std::chrono::milliseconds(due_.begin()->first - now));
}

void CourierLink::on_due(std::uint64_t number, Call& call) {
  if (!call.sent) {
    return answer(
        number, FetchOutcome::unavailable,
        fmt::format("its time was over before a courier could send it: the courier is {}", to_string(child_->state())));
  }
  if (call.due_ms >= call.expires_ms + kReplyGraceMs) {
    look_again(number, call, call.due_ms + kReplyGraceMs);
    return child_->fail_child("it does not say what came of what it was asked");
  }
  look_again(number, call, call.expires_ms + kReplyGraceMs);
  if (!call.done) return;
  FetchReply reply;
  reply.outcome = FetchOutcome::timeout;
  reply.text = "its time is over, and the courier does not say what came of it";
  Done done = std::exchange(call.done, nullptr);
  tell(done, std::move(reply));
}

}  // namespace outpost::supervisor
