#include "supervisor/mobile/tokens.h"

#include <chrono>
#include <memory>
#include <utility>

#include "protocol/admin/resources.h"
#include "protocol/mobile/routes.h"
#include "supervisor/control/tokens/commands.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

namespace {

constexpr std::chrono::seconds kTokensInterval{2};
constexpr const char* kKey = "tokens";

Result<> read_all(StateStore& store, std::vector<Token>& tokens) {
  auto all = store.tokens();
  if (!all) return pass(all);
  tokens = std::move(*all);
  return {};
}

}  // namespace

const TokenScopes& mobile_scopes() {
  static const TokenScopes scopes = [] {
    TokenScopes all;
    for (const protocol::MobileRow& row : protocol::mobile_rows()) all.push_back({row.api, row.name});
    for (std::string_view request : {protocol::kAdminRead, protocol::kAdminWrite}) {
      all.push_back({protocol::kAdminResource, request, true});
    }
    return all;
  }();
  return scopes;
}

MobileTokens::MobileTokens(Loop& loop, Log& log, StateThreads& threads, StoreWatch& watch, Tell tell)
    : log_(log), threads_(threads), watch_(watch), tell_(std::move(tell)), timer_(loop, [this] { look(); }) {}

void MobileTokens::start(std::vector<Token> tokens) {
  tokens_ = std::move(tokens);
  tell_(tokens_, [] {});
  timer_.start_repeating(kTokensInterval);
}

void MobileTokens::use(std::vector<Token> tokens, std::function<void()> then) {
  tokens_ = std::move(tokens);
  log_.write(lm::kTokensChanged, "tokens changed: {} now", tokens_.size());
  tell_(tokens_, std::move(then));
}

void MobileTokens::look() {
  if (looking_) return;
  auto tokens = std::make_shared<std::vector<Token>>();
  auto done = [this, tokens, changes = changes_](const Result<>& outcome) {
    looking_ = false;
    watch_.note(outcome);
    if (outcome && changes == changes_ && *tokens != tokens_) use(std::move(*tokens), [] {});
  };
  looking_ = threads_.read(
      kKey, [tokens](StateStore& store) { return read_all(store, *tokens); }, std::move(done));
}

void MobileTokens::change(Change change, Respond respond) {
  struct Outcome {
    std::string reply;
    std::vector<Token> tokens;
  };
  auto made = std::make_shared<Outcome>();
  // Read in the same transaction, so that the proxy is told what is durable, and nothing else.
  auto apply = [made, change = std::move(change)](StateStore& store) -> Result<> {
    auto reply = change(store);
    if (!reply) return pass(reply);
    made->reply = std::move(*reply);
    return read_all(store, made->tokens);
  };
  auto done = [this, made, respond](const Result<>& outcome) {
    ++changes_;
    if (!outcome) return respond(fail(outcome.error()));
    use(std::move(made->tokens), [made, respond] { respond(made->reply); });
  };
  if (!threads_.write(kKey, std::move(apply), std::move(done))) {
    respond(fail(Errc::limit, "too much waits for the store; nothing was changed"));
  }
}

void MobileTokens::list(Respond respond) {
  auto reply = std::make_shared<std::string>();
  auto apply = [reply](StateStore& store) -> Result<> {
    auto listed = list_tokens(store);
    if (!listed) return pass(listed);
    *reply = std::move(*listed);
    return {};
  };
  auto done = [reply, respond](const Result<>& outcome) {
    outcome ? respond(std::move(*reply)) : respond(fail(outcome.error()));
  };
  if (!threads_.read(kKey, std::move(apply), std::move(done))) {
    respond(fail(Errc::limit, "too much waits for the store"));
  }
}

}  // namespace outpost::supervisor::mobile
