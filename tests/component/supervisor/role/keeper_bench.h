// Supervisors that are nothing but a role: real keepers over a real store, with duties that are recorded instead of
// done. Everything is on the test's loop; a keeper's looks at the lease are on its own thread, as ever.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/json.h"
#include "supervisor/role/keeper.h"
#include "supervisor/store/lease_store.h"
#include "supervisor/store/record_store.h"
#include "supervisor/store/sql/schema.h"
#include "tests/support/manual_clock.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

namespace outpost::test {

inline constexpr std::int64_t kStartOfTime = 1'700'000'000;

// What a keeper does to its lease store, told to the test's thread; and what the store refuses it.
class LeaseSpy {
 public:
  std::atomic<int> looks = 0;
  std::atomic<int> takes_to_fail = 0;

  void note_release(std::string text) {
    std::lock_guard lock(mutex_);
    releases_.push_back(std::move(text));
  }
  // "1 to b", "1 to nobody".
  [[nodiscard]] std::vector<std::string> releases() const {
    std::lock_guard lock(mutex_);
    return releases_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> releases_;
};

class SpiedLeases final : public supervisor::LeaseStore {
 public:
  SpiedLeases(std::unique_ptr<LeaseStore> real, std::shared_ptr<LeaseSpy> spy)
      : real_(std::move(real)), spy_(std::move(spy)) {}

  Result<supervisor::LeaseView> look() override {
    auto view = real_->look();
    ++spy_->looks;
    return view;
  }
  Result<> announce(const supervisor::Member& self) override { return real_->announce(self); }
  Result<std::optional<std::int64_t>> take(const supervisor::Lease& seen, const supervisor::Member& self,
                                           std::chrono::milliseconds lease_time) override {
    if (spy_->takes_to_fail-- > 0) return fail(Errc::store, "the database is locked");
    return real_->take(seen, self, lease_time);
  }
  Result<> release(std::int64_t epoch, std::string_view successor, std::chrono::milliseconds closed_ago) override {
    spy_->note_release(fmt::format("{} to {}", epoch, successor.empty() ? "nobody" : successor));
    return real_->release(epoch, successor, closed_ago);
  }
  Result<> want(std::int64_t epoch, std::string_view name) override { return real_->want(epoch, name); }
  Result<> note_serving(std::int64_t epoch, std::chrono::milliseconds serving_for) override {
    return real_->note_serving(epoch, serving_for);
  }

 private:
  std::unique_ptr<LeaseStore> real_;
  std::shared_ptr<LeaseSpy> spy_;
};

class RecordingDuties final : public supervisor::RoleDuties {
 public:
  enum class Renewals : std::uint8_t { work, get_no_answer, fail, are_refused };

  RecordingDuties(Loop& loop, std::string url) : loop_(loop), url_(std::move(url)) {}

  // In their order: "starting after backup", "serve under 1", "stop planned" ...
  std::vector<std::string> calls;
  Renewals renewals = Renewals::work;
  std::string obstacle_text;
  int looks = 0;  // at what may be an obstacle
  std::string start_problem;
  bool starts_at_once = true;  // otherwise when the test says so: go_on()
  bool drains_at_once = true;  // otherwise when the test says so: drain()
  std::function<void()> serves = [] {};

  [[nodiscard]] bool has(const std::string& call) const { return std::ranges::find(calls, call) != calls.end(); }
  void go_on() { later(std::exchange(start_, nullptr)); }
  void drain() { later(std::exchange(drained_, nullptr)); }

  std::string obstacle() override {
    ++looks;
    return obstacle_text;
  }
  void start_serving(std::int64_t epoch, std::function<void(const Result<>&)> done) override {
    calls.push_back(fmt::format("serve under {}", epoch));
    start_ = [this, epoch, done = std::move(done)] {
      if (!start_problem.empty()) return done(fail(Errc::store, "{}", start_problem));
      auto opened = supervisor::open_store(url_, supervisor::OpenMode::writer);
      must(opened.has_value(), opened ? "" : opened.error().text);
      store_ = std::move(*opened);
      store_->hold(epoch);
      done({});
      serves();
    };
    if (starts_at_once) go_on();
  }
  void stop_serving(Haste haste, std::function<void()> done) override {
    std::string how = haste == Haste::planned ? "planned" : "hurried";
    calls.push_back(done ? "stop " + how : "go on " + how);
    if (!done) return;
    drained_ = [this, done = std::move(done)] {
      store_.reset();
      done();
    };
    if (drains_at_once) drain();
  }
  void renew_lease(std::chrono::milliseconds lease_time, std::function<void(const Result<>&)> done) override {
    switch (renewals) {
      case Renewals::work: return later([done, outcome = renew(lease_time)] { done(outcome); });
      case Renewals::get_no_answer: return;
      case Renewals::fail: return later([done] { done(outpost::fail(Errc::store, "the disk is full")); });
      case Renewals::are_refused: return later([done] { done(outpost::fail(Errc::fenced, "another epoch")); });
    }
  }
  void role_changed(supervisor::Role now, supervisor::Role before) override {
    calls.push_back(fmt::format("{} after {}", to_string(now), to_string(before)));
  }

 private:
  Result<> renew(std::chrono::milliseconds lease_time) {
    if (!store_) return fail(Errc::closed, "no store is open");
    if (auto begun = store_->begin(); !begun) return begun;
    if (auto renewed = store_->renew_lease(lease_time); !renewed) {
      store_->rollback();
      return renewed;
    }
    return store_->commit();
  }
  // A `done` is not called before the call returns, nor when this is gone.
  void later(std::function<void()> action) {
    loop_.at_end_of_turn([alive = std::weak_ptr(alive_), action = std::move(action)] {
      if (!alive.expired()) action();
    });
  }

  Loop& loop_;
  const std::string url_;
  std::unique_ptr<supervisor::RecordStore> store_;
  std::function<void()> start_;
  std::function<void()> drained_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

// What was asked of the stopped primary. The lists outlive it.
class FakeStoppedPrimary final : public supervisor::StoppedPrimary {
 public:
  struct Asked {
    bool can_be_ended = true;
    std::vector<std::string> ended;
    std::vector<std::string> freed;
  };

  explicit FakeStoppedPrimary(Asked& asked) : asked_(asked) {}
  bool end(const supervisor::Member& holder) override {
    asked_.ended.push_back(holder.name);
    return asked_.can_be_ended;
  }
  void free_ports(const supervisor::Member& holder) override { asked_.freed.push_back(holder.name); }

 private:
  Asked& asked_;
};

// A loop, a log, a store, and whoever else has the lease.
class RoleBench {
 public:
  RoleBench() {
    Log::Options options;
    options.directory = dir_.file("log");
    options.name = "outpost";
    auto log = Log::open(std::move(options));
    must(log.has_value(), log ? "" : log.error().text);
    log_ = std::move(*log);
    // With the schema in full, so that no two of a test bring it up to date.
    auto store = supervisor::open_store(url(), supervisor::OpenMode::writer);
    must(store.has_value(), store ? "" : store.error().text);
    leases_ = open();
  }

  Loop& loop() { return loop_; }
  Log& log() { return *log_; }
  ManualClock& clock() { return clock_; }
  [[nodiscard]] std::string url() const { return "sqlite://" + dir_.file("store.db"); }
  [[nodiscard]] std::unique_ptr<supervisor::LeaseStore> open() const {
    auto leases = supervisor::open_lease_store(url(), std::chrono::seconds(30));
    must(leases.has_value(), leases ? "" : leases.error().text);
    return std::move(*leases);
  }
  void run_until(const std::function<bool()>& condition) { test::run_until(loop_, condition); }

  supervisor::Lease lease() {
    auto view = leases_->look();
    must(view.has_value(), view ? "" : view.error().text);
    return view->lease;
  }
  // Of a supervisor that has just said who it is, and says nothing more.
  supervisor::Member announce(const std::string& name, const std::string& instance = "1",
                              const std::string& problem = "") {
    supervisor::Member member;
    member.name = name;
    member.instance = instance;
    member.host = "host-" + name;
    member.schema_version = supervisor::schema_version();
    member.role = "backup";
    member.problem = problem;
    auto done = leases_->announce(member);
    must(done.has_value(), done ? "" : done.error().text);
    return member;
  }
  // From whoever has it.
  std::int64_t take_for(const std::string& name, std::chrono::milliseconds lease_time) {
    auto epoch = leases_->take(lease(), announce(name), lease_time);
    must(epoch.has_value() && epoch->has_value(), "the lease is taken");
    return **epoch;
  }
  void release(std::int64_t epoch, const std::string& successor) {
    must(leases_->release(epoch, successor, {}).has_value(), "the lease is given back");
  }

 private:
  TempDir dir_;
  Loop loop_;
  ManualClock clock_{kStartOfTime};
  std::unique_ptr<Log> log_;
  std::unique_ptr<supervisor::LeaseStore> leases_;
};

// What somebody who asks is told.
struct Told {
  std::shared_ptr<int> asker = std::make_shared<int>();  // hangs up when it is reset
  std::optional<Result<std::string>> reply;

  supervisor::RoleKeeper::Respond respond() {
    return [this](Result<std::string> told) { reply = std::move(told); };
  }
  // The text, or the error's.
  [[nodiscard]] std::string text() const { return !*reply ? reply->error().text : **reply; }
};

// One supervisor.
struct Node {
  using Preferences = supervisor::RoleKeeper::Preferences;
  // A lease that no test waits for to run out.
  static constexpr std::chrono::milliseconds kLongLease{60'000};

  struct Options {
    std::chrono::milliseconds lease_time = kLongLease;
    Preferences preferences = {};
    bool redundant = true;
  };

  Node(RoleBench& role_bench, const std::string& name, const Options& options)
      : bench(role_bench),
        duties(bench.loop(), bench.url()),
        keeper(bench.loop(), bench.log(), bench.clock(), duties, std::make_unique<FakeStoppedPrimary>(stopped_primary),
               {.redundant = options.redundant,
                .name = name,
                .host = "host-" + name,
                .lease_time = options.lease_time,
                .renewal_interval = std::chrono::milliseconds(20)},
               options.preferences, [&role_bench, spy = spy]() -> Result<std::unique_ptr<supervisor::LeaseStore>> {
                 return std::make_unique<SpiedLeases>(role_bench.open(), spy);
               }) {
    duties.serves = [this] {
      if (keeper.role() == supervisor::Role::primary) keeper.note_serving();
    };
  }
  Node(RoleBench& role_bench, const std::string& name) : Node(role_bench, name, Options()) {}

  // Has looked a few times since now, and could have acted on what it saw.
  void let_look() const {
    int enough = spy->looks + 5;
    bench.run_until([&] { return spy->looks >= enough; });
  }
  void await(const std::string& call) const {
    bench.run_until([&] { return duties.has(call); });
  }
  // It has seen what the supervisor of that name says of itself.
  void await_sight_of(const std::string& name) const {
    bench.run_until([&] { return status().find("{\"name\":\"" + name + "\"") != std::string::npos; });
  }
  void become_primary() {
    keeper.start_as_backup();
    await("primary after starting");
  }
  [[nodiscard]] std::string status() const {
    JsonWriter out;
    out.begin_object();
    keeper.write_status(out);
    return out.end_object().take();
  }
  // Why it took that role last, as the status has it.
  [[nodiscard]] std::string reason_of(supervisor::Role role) const {
    const JsonValue status = parse_json(this->status()).value();
    for (const JsonValue& change : std::get<JsonValue::Array>(status.find("transitions")->value)) {
      auto text = [&change](std::string_view key) { return std::get<std::string>(change.find(key)->value); };
      if (text("to") == to_string(role)) return text("reason");
    }
    return "it never was";
  }

  RoleBench& bench;
  std::shared_ptr<LeaseSpy> spy = std::make_shared<LeaseSpy>();
  FakeStoppedPrimary::Asked stopped_primary;
  RecordingDuties duties;
  supervisor::RoleKeeper keeper;
};

using Calls = std::vector<std::string>;
const Calls kBecomesPrimary{"starting after backup", "serve under 1", "primary after starting"};

// At most `count` calls, from the first `call` on.
inline Calls calls_from(const std::string& call, std::size_t count, const Node& node) {
  auto first = std::ranges::find(node.duties.calls, call);
  auto rest = static_cast<std::size_t>(node.duties.calls.end() - first);
  return {first, first + static_cast<std::ptrdiff_t>(std::min(count, rest))};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline Error fence(const std::string& text) { return Error{Errc::fenced, text}; }

}  // namespace outpost::test
