// Whether this node wants to be given work: what a balancer asks, and what a person sets. OFFLINE is draining: what
// runs goes on, and what comes all the same is done. Source: gms.md 7.1, mobile.md 12.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"

namespace outpost::supervisor::mobile {

class Node {
 public:
  // `changed` is called when the status has changed.
  Node(Log& log, std::function<void()> changed) : log_(log), changed_(std::move(changed)) {}

  [[nodiscard]] bool online() const { return reasons().empty(); }
  // ONLINE or OFFLINE.
  [[nodiscard]] std::string_view status() const { return online() ? kOnline : kOffline; }
  // Why it is OFFLINE, sentences without an end.
  [[nodiscard]] std::vector<std::string> reasons() const;

  // `who` told it, for the log.
  void set_online(bool online, std::string_view who);
  // How it goes with the store: empty, or what is wrong.
  void note_store(std::string problem);
  void stop();

  static constexpr std::string_view kOnline = "ONLINE";
  static constexpr std::string_view kOffline = "OFFLINE";

 private:
  void tell(bool before, std::string_view why);

  Log& log_;
  std::function<void()> changed_;
  bool told_offline_ = false;
  bool stopping_ = false;
  std::string store_problem_;
};

}  // namespace outpost::supervisor::mobile
