// The state of mobile nodes, which all of them share: areas of stored data, the nodes themselves, tokens. What is in it
// lives until its time is over, by the store's clock, so nodes' clocks do not matter. Source: mobile.md 6.
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
#include <vector>

#include "common/error.h"
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
  bool more = false;  // it went as far as it may
};

// Up to which one sweep goes. A file has up to 16 MiB, and others wait while it is removed.
struct SweptMax {
  std::int64_t areas = 1'000;
  std::int64_t files = 16;
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
