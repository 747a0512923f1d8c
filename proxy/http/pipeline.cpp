#include "proxy/http/pipeline.h"

#include <algorithm>

namespace outpost::proxy {

Pipeline::Slot& Pipeline::add(std::uint64_t now_us) {
  Slot& slot = slots_.emplace_back(bodies_);
  slot.sequence = ++sequence_;
  slot.started_us = now_us;
  return slot;
}

Pipeline::Slot* Pipeline::find_unanswered(std::uint32_t sequence) {
  std::uint32_t index = slots_.empty() ? 0 : sequence - slots_.front().sequence;
  return index < slots_.size() && !slots_[index].response ? &slots_[index] : nullptr;
}

std::size_t Pipeline::unanswered() const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.response; }));
}

}  // namespace outpost::proxy
