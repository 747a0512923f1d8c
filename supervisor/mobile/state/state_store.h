// The state of mobile nodes, which all of them share: areas of stored data, services with the numbers and codes by
// which callers are found again, subscriptions, the nodes themselves, tokens. What is in it lives until its time is
// over, by the store's clock, so nodes' clocks do not matter. Source: mobile.md 6.
//
// One instance belongs to one thread. What writes is called between begin() and commit(); what only reads may be called
// outside, and then sees what is committed. A reader's transaction sees one moment. Errors are Errc::store: nothing
// happened; Errc::io: whether a commit happened is not known; Errc::conflict: another transaction was in the way, and
// this one may be repeated; Errc::busy: something was in the way for so long that it was given up; Errc::invalid: a
// text is no UTF-8 or has a NUL, and nothing was asked of the store.
//
// Texts are up to 16 MiB, as are the bytes of a file; ids, keys and names are short enough for an index: 1,000 bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"
#include "supervisor/mobile/state/service_rows.h"
#include "supervisor/store/token_store.h"

namespace outpost::supervisor {

// Values of one area of storage that are text.
struct StateArea {
  std::string id;               // as clients have it, or of a custom area what custom_area_id() makes
  std::string owner;            // the user of a custom area; empty: nobody
  std::string texts;            // one JSON object whose members are strings
  std::int64_t expires_at = 0;  // ms by the store's clock
  bool operator==(const StateArea&) const = default;
};

struct StateFile {
  std::string area;
  std::string key;
  std::string content_type;  // empty: not said
  std::string name;          // as the client called it; empty: not said
  std::string bytes;
  std::int64_t size = 0;  // files() alone fills it in
  bool operator==(const StateFile&) const = default;
};

// A node that uses this store, as it last said itself.
struct StateNode {
  std::int64_t node_id = 0;  // 0 to 99
  std::string name;
  std::string url;              // at which it says it is found; describes only
  std::string instance;         // host and control socket: which outpostd of all
  std::string life;             // of this process alone, for an instance may be started twice
  std::string program;          // "outpostd 0.10.0"
  std::string status;           // ONLINE, OFFLINE
  std::string digests;          // JSON object: section of the configuration that all nodes must share, to its digest
  std::int64_t started_at = 0;  // ms by the store's clock; claim_node() fills it in, as the next
  std::int64_t seen_at = 0;
  bool operator==(const StateNode&) const = default;
};

enum class NodeClaim : std::uint8_t { at_start, again };

// What one sweep has removed.
struct Swept {
  std::int64_t areas = 0;
  std::int64_t files = 0;
  std::int64_t services = 0;
  bool more = false;  // it went as far as it may
};

// Up to which one sweep goes. A file has up to 16 MiB, and others wait while it is removed.
struct SweptMax {
  std::int64_t areas = 1'000;
  std::int64_t files = 16;
  std::int64_t rows = 1'000;  // of services, codes, numbers and subscriptions, each
};

struct StateInfo {
  std::string engine;   // "SQLite 3.40.1"
  std::string address;  // the url without its secrets
  int schema_version = 0;
};

class StateStore : public TokenStore {
 public:
  [[nodiscard]] virtual StateInfo info() = 0;

  // Transactions. writes() rises with each change.
  virtual Result<> begin() = 0;
  virtual Result<> commit() = 0;
  virtual void rollback() noexcept = 0;
  // Behind begin(), of a transaction that writes nothing: all that it reads is of one moment.
  virtual Result<> see_one_moment() { return {}; }
  [[nodiscard]] virtual std::uint64_t writes() const noexcept = 0;
  // Whether the store can be asked at all; one in this process always can.
  [[nodiscard]] virtual bool connected() noexcept { return true; }
  // Whether nodes share it; else a lock keeps all but one process from it.
  [[nodiscard]] virtual bool shared() const noexcept = 0;

  // An area, in the place of whatever has this id, with its files. It lives for `ttl` from now on.
  virtual Result<> put_area(const StateArea& area, std::chrono::seconds ttl) = 0;
  // One that lives, held until the transaction ends; nothing when there is none.
  virtual Result<std::optional<StateArea>> lock_area(std::string_view id) = 0;
  virtual Result<> update_area(std::string_view id, std::string_view texts, std::chrono::seconds ttl) = 0;
  // Texts alone; the area's time stays.
  virtual Result<> set_texts(std::string_view id, std::string_view texts) = 0;
  // From now on; the texts stay.
  virtual Result<> set_area_time(std::string_view id, std::chrono::seconds ttl) = 0;
  virtual Result<> put_file(const StateFile& file) = 0;
  // Whether there was one.
  virtual Result<bool> remove_file(std::string_view area, std::string_view key) = 0;
  // With its files. Whether one lived.
  virtual Result<bool> remove_area(std::string_view id) = 0;

  // Of what lives.
  virtual Result<std::optional<StateArea>> area(std::string_view id) = 0;
  // Without their bytes, but with their size, by key; of an area that lives.
  virtual Result<std::vector<StateFile>> files(std::string_view area) = 0;
  virtual Result<std::optional<StateFile>> file(std::string_view area, std::string_view key) = 0;
  // Areas that live; counts up to `limit`.
  virtual Result<std::int64_t> count_areas(std::int64_t limit) = 0;

  // Services, and what belongs to them. Rows are locked in the order service, number, code, area.

  // A new one that lives for `ttl`, its access for `access_time`, which the caller has bounded by that. False, and
  // nothing changed: one that lives has this id.
  virtual Result<bool> put_service(const StateService& service, std::chrono::milliseconds ttl,
                                   std::chrono::milliseconds access_time) = 0;
  // One that lives, held until the transaction ends; nothing when there is none.
  virtual Result<std::optional<StateService>> lock_service(std::string_view id) = 0;
  virtual Result<std::optional<StateService>> service(std::string_view id) = 0;
  // In the place of what it had; one without a number clears it.
  virtual Result<> set_access(std::string_view id, const StateAccess& access, std::chrono::milliseconds time) = 0;
  // As it is compared.
  virtual Result<> set_phone(std::string_view id, std::string_view phone) = 0;
  // Whether one lived. Its number and its code are released by themselves.
  virtual Result<bool> remove_service(std::string_view id) = 0;
  // Those whose access lives, newest first: by number; by code unless it is empty, the one that took it; by phone
  // unless it is empty or theirs is.
  virtual Result<std::vector<StateService>> services_at(std::string_view number_key, std::string_view code,
                                                        std::string_view phone, std::int64_t limit) = 0;
  // All that live, by id, behind `after`.
  virtual Result<std::vector<StateService>> services(std::string_view after, std::int64_t limit) = 0;
  // How many live of each name, by name; counts up to `limit` services.
  virtual Result<std::vector<std::pair<std::string, std::int64_t>>> count_services(std::int64_t limit) = 0;

  // A code for this number, unless another service has it. It ends with its time, not with its service: free_code().
  virtual Result<bool> take_code(std::string_view number_key, std::string_view code, std::string_view service,
                                 std::chrono::milliseconds time) = 0;
  virtual Result<> free_code(std::string_view number_key, std::string_view code, std::string_view service) = 0;

  // The values of a group, each once, in this order: new ones join as free, those that it has no longer are given to
  // nobody and vanish when their booking has ended. Changes nothing where nothing differs.
  virtual Result<> set_resources(std::string_view scope, std::string_view group,
                                 const std::vector<std::string>& values) = 0;
  // The free value of the group that rests for longest, ties by position. Nothing: all are booked.
  virtual Result<std::optional<std::string>> book(std::string_view scope, std::string_view group,
                                                  std::string_view owner, std::chrono::milliseconds time) = 0;
  // Free at once, if `owner` still has it.
  virtual Result<> release(std::string_view scope, std::string_view group, std::string_view value,
                           std::string_view owner) = 0;
  // Those booked on all nodes and those of this scope, `limit` of each at most, by scope, group and position.
  virtual Result<std::vector<StateResource>> resources(std::string_view scope, std::int64_t limit) = 0;
  // Of the same groups, by scope and group; a group without values is not there.
  virtual Result<std::vector<GroupCount>> count_resources(std::string_view scope) = 0;

  virtual Result<> put_subscription(const StateSubscription& subscription, std::chrono::seconds ttl) = 0;
  virtual Result<std::optional<StateSubscription>> subscription(std::string_view id) = 0;
  // Whether one lived.
  virtual Result<bool> remove_subscription(std::string_view id) = 0;
  // Those whose filter is this tag, and patterns whose prefix begins it: the rest of the filter is the caller's to try.
  // By id, behind `after`. One look-up for each character of the tag, which the caller bounds.
  virtual Result<std::vector<StateSubscription>> subscriptions_for(std::string_view tag, std::string_view after,
                                                                   std::int64_t limit) = 0;
  // All that live, by id, behind `after`.
  virtual Result<std::vector<StateSubscription>> subscriptions(std::string_view after, std::int64_t limit) = 0;

  // Nobody else has this node_id, or who had it was not seen for `stale`: true, and it is this node's. At a start also
  // when it was the same instance, which is one that has ended.
  virtual Result<bool> claim_node(const StateNode& self, std::chrono::milliseconds stale, NodeClaim claim) = 0;
  // Says what is new of a claimed node. False: another instance, or another life of this one, has its node_id by now.
  virtual Result<bool> renew_node(const StateNode& self) = 0;
  // The next one may have this node_id at once.
  virtual Result<> release_node(const StateNode& self) = 0;
  virtual Result<std::vector<StateNode>> nodes() = 0;
  // ms.
  virtual Result<std::int64_t> now() = 0;

  // Removes what has ended, as far as `max`; what another transaction holds is left.
  virtual Result<Swept> sweep(SweptMax max) = 0;
};

// What an acknowledged change survives: kill -9 of every process of ours, or also the power.
enum class StateDurability : std::uint8_t { process, power };

// sqlite:///absolute/path.db or postgresql://... Makes and updates the schema (of a writer). A reader writes nothing.
enum class StateMode : std::uint8_t { writer, reader };
// `brief`: for one use while others wait. Whatever the url says, connecting and each answer take a second at most, and
// five where the server hangs while the schema is looked at, which is left as it is.
enum class StateUse : std::uint8_t { lasting, brief };
Result<std::unique_ptr<StateStore>> open_state_store(const std::string& url, StateMode mode, StateDurability durability,
                                                     StateUse use = StateUse::lasting);

// The id of a custom area in the store, the same for the same user and id. No client can name it by another route:
// those take UUIDs.
std::string custom_area_id(std::string_view user, std::string_view custom_id);

}  // namespace outpost::supervisor
