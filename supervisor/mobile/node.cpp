#include "supervisor/mobile/node.h"

#include <utility>

#include "supervisor/log_messages.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

std::vector<std::string> Node::reasons() const {
  std::vector<std::string> reasons;
  if (stopping_) reasons.emplace_back("it is stopping");
  if (told_offline_) reasons.emplace_back("it was told to be OFFLINE");
  if (!store_problem_.empty()) reasons.push_back("the store does not answer: " + store_problem_);
  return reasons;
}

void Node::set_online(bool online, std::string_view who) {
  bool before = this->online();
  told_offline_ = !online;
  tell(before, who);
}

void Node::note_store(std::string problem) {
  bool before = online();
  store_problem_ = std::move(problem);
  tell(before, store_problem_.empty() ? "the store answers again" : "the store does not answer");
}

void Node::stop() {
  bool before = online();
  stopping_ = true;
  tell(before, "it is stopping");
}

void Node::tell(bool before, std::string_view why) {
  if (before == online()) return;
  log_.write(lm::kNodeStatus, "this node is {}: {}", status(), why);
  changed_();
}

}  // namespace outpost::supervisor::mobile
