// The bearer tokens of a mobile node: they are in the store that all nodes share, so each looks for what another has
// changed. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "supervisor/control/tokens/limits.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost::supervisor::mobile {

// What a token of a mobile node may be limited to: the interfaces and requests of the table of routes.
const TokenScopes& mobile_scopes();

class MobileTokens {
 public:
  // Tells the children, and calls `then` once they go by them.
  using Tell = std::function<void(const std::vector<Token>& tokens, std::function<void()> then)>;
  // A control command on the tokens, in a transaction.
  using Change = std::function<Result<std::string>(TokenStore& store)>;
  using Respond = std::function<void(Result<std::string> reply)>;

  MobileTokens(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, Tell tell);

  // Tells those that there are, and looks for changes from now on.
  void start(std::vector<Token> tokens);
  void stop() { timer_.stop(); }
  // `respond` follows once the children know.
  void change(Change change, Respond respond);
  void list(Respond respond);

 private:
  void look();
  void use(std::vector<Token> tokens, std::function<void()> then);

  Log& log_;
  StateThreads& threads_;
  StoreWatch& watch_;
  Tell tell_;
  Timer timer_;
  std::vector<Token> tokens_;  // as the children were told last
  std::uint64_t changes_ = 0;  // of our own: a look that began before one may have seen what was before it
  bool looking_ = false;
};

}  // namespace outpost::supervisor::mobile
