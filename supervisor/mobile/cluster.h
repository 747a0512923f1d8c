// This node among those that share its store: the claim on its node_id, renewed each second, who else there is, and
// whether their options are alike. There is no lease: all nodes are active. Loop thread. Source: mobile.md 6.4.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/config/config.h"
#include "supervisor/mobile/node.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor::mobile {

// Claims the node_id of a configuration for this process, or says whose it is. Blocks.
Result<> claim_node_id(StateStore& store, const Config& config, const std::string& life, std::string_view status);
// For a node that ends before it has begun. Blocks.
void release_node_id(StateStore& store, const Config& config, const std::string& life);

class Cluster {
 public:
  // `lost` is called once, with a sentence, when another outpostd has the node_id by now. All but the configuration
  // outlive this, and so do the threads' works, which use it.
  Cluster(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, const Node& node, const Config& config,
          std::string life, std::function<void(const std::string& why)> lost);

  void start();
  // From now on this is said of the node; a node_id that has changed was claimed before, and the old one is free.
  void use(const Config& config);
  // The status has changed: the others are told now.
  void tell() { look(); }
  // Gives the node_id back; `done` follows, with an error when it could not be told to the store.
  void release(std::function<void()> done);

  // {"id", "name", "url", "status", "reasons"}, one value.
  void write_self(JsonWriter& out) const;
  // [{"node_id", "name", "url", "instance", "program", "status", "started_at", "seen_ms_ago", "live", "self",
  // "differs"} ..], one value.
  void write_nodes(JsonWriter& out) const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  // Those that were seen of late, this one among them.
  [[nodiscard]] std::uint64_t live_nodes() const;

 private:
  struct Look;

  [[nodiscard]] StateNode self() const;
  void look();
  void looked(const Result<>& outcome, const Look& look);
  void mind_silence();
  void lose();
  void note_others();
  void note_warnings();
  [[nodiscard]] bool is_live(const StateNode& node) const;

  Loop& loop_;
  Log& log_;
  StateThreads& threads_;
  StoreWatch& watch_;
  const Node& node_;
  const std::string life_;
  StateNode self_;  // but for its status
  std::function<void(const std::string&)> lost_;
  Timer timer_;
  bool looking_ = false;
  std::uint64_t looking_since_ms_ = 0;  // the loop's
  bool again_ = false;                  // something is to be told that the look under way does not tell
  bool released_ = false;
  std::vector<StateNode> nodes_;                // as seen last
  std::int64_t now_ms_ = 0;                     // and when that was, by the store's clock
  std::map<std::int64_t, std::string> others_;  // what the log was told of those that live
  std::vector<std::string> warnings_;
};

}  // namespace outpost::supervisor::mobile
