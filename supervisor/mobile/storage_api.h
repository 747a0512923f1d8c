// The Storage API: areas of texts and files that live for a time, on every node. Each handler answers once.
// Source: gms.md 2, mobile.md 6.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/log.h"
#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/storage_rules.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost::supervisor::mobile {

class StorageApi {
 public:
  // What was read and has not come to the loop yet, of all calls together; beyond it a reader is told to come again.
  static constexpr std::size_t kReadBytesMax = 256 * 1024 * 1024;

  // All but the configuration outlive this, and so do the threads' works, which use it.
  StorageApi(Log& log, StateThreads& threads, StoreWatch& watch, const Config& config)
      : log_(log), threads_(threads), watch_(watch), url_base_(config.node.external_url_base) {}
  void use(const Config& config) { url_base_ = config.node.external_url_base; }

  void create(protocol::Call call, Respond respond);
  void update(protocol::Call call, Respond respond);
  void get(const protocol::Call& call, Respond respond);
  void get_key(const protocol::Call& call, Respond respond);
  void get_binary(const protocol::Call& call, Respond respond);
  void remove(const protocol::Call& call, Respond respond);
  void remove_key(const protocol::Call& call, Respond respond);

  // Areas whose id is the client's own, one for each user; the call has a user.
  void put_custom(protocol::Call call, Respond respond);
  void get_custom(const protocol::Call& call, Respond respond);
  void get_custom_key(const protocol::Call& call, Respond respond);
  void remove_custom(const protocol::Call& call, Respond respond);
  void remove_custom_key(const protocol::Call& call, Respond respond);

  // All values of an area. `urls`: where a file under this key is found.
  void get_area(const std::string& id, std::function<std::string(const std::string& key)> urls, Respond respond);
  // The call's parameters into an area, whose time stays as it is.
  void merge_data(const std::string& area, protocol::Call call, Respond respond);

 private:
  // Makes the reply on a store's thread.
  using Work = std::function<Result<>(StateStore& store, protocol::CallReply& reply)>;
  struct Outcome;

  void write(const std::string& key, Work work, Respond respond);
  void read(const std::string& key, Work work, Respond respond);
  void merge(std::shared_ptr<const StoragePlan> plan, Respond respond);
  void put(std::shared_ptr<const StoragePlan> plan, std::string shown_id, Respond respond);
  void get_value(const std::string& id, const std::string& key, bool raw, Respond respond);
  void remove_area(const std::string& id, Respond respond);
  void remove_value(const std::string& id, const std::string& key, Respond respond);
  Result<> read_value(StateStore& store, const std::string& id, const std::string& key, bool raw,
                      protocol::CallReply& reply);
  std::chrono::seconds ttl_of(const protocol::Call& call, const std::string& text);
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { reading_ -= bytes; }

  Log& log_;
  StateThreads& threads_;
  StoreWatch& watch_;
  std::string url_base_;
  std::atomic<std::size_t> reading_ = 0;
};

}  // namespace outpost::supervisor::mobile
