// What the engine does without a request: what is due by the clock, and what is given back.
#include "supervisor/engine/engine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "supervisor/engine/give_back.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace {

// Handles, and callbacks, that one sweep looks at: requests wait for it.
constexpr std::uint32_t kSweptAtOnce = 250;

}  // namespace

Result<bool> Engine::sweep(RecordStore& store) {
  if (auto loaded = load_catalogue(store); !loaded) return pass(loaded);
  auto idle = give_back_idle(store);
  if (!idle) return pass(idle);
  auto missed = mark_missed(store);
  if (!missed) return pass(missed);
  if (auto done = unload_waiting(store); !done) return pass(done);
  return *idle || *missed;
}

// A handle's own last request is in the store, its agent's in memory: when the agent was active since, the handle's
// time begins anew, so each handle is looked at once in a timeout.
Result<bool> Engine::give_back_idle(RecordStore& store) {
  std::int64_t now = clock_.now();
  std::int64_t silent_since = now - settings_.session_timeout.count();
  sessions_.end_idle(silent_since);
  auto handles = store.idle_handles({}, silent_since, kSweptAtOnce);
  if (!handles) return pass(handles);
  if (auto done = foresee_giving_back(store, *handles); !done) return pass(done);
  for (const Handle& handle : *handles) {
    std::int64_t active_at = handle.agent_id.empty() ? 0 : sessions_.active_at(handle.agent_id);
    if (active_at > silent_since) {
      auto touched = store.touch_handle(handle.handle, active_at, handle.call_reported);
      if (!touched) return pass(touched);
      continue;
    }
    if (auto done = give_back(store, scene(), handle, "the session timeout"); !done) return pass(done);
    log(log_messages::kGivenBack,
        fmt::format("session timeout: record {} of handle {} was given back{}", handle.record_id, handle.handle,
                    handle.call_reported ? " as Stale: its contact was called" : ""));
  }
  return handles->size() == kSweptAtOnce;
}

Result<bool> Engine::mark_missed(RecordStore& store) {
  std::int64_t now = clock_.now();
  auto records = store.missed_callbacks(now - settings_.missed_callback_timeout.count() - 1, kSweptAtOnce);
  if (!records) return pass(records);
  for (const Record& record : *records) {
    Record after = record;
    apply(protocol::TransitionId::missed_callback, {}, now, after);
    if (auto done = store.update_record(record, after); !done) return pass(done);
    if (auto told = Reports(store, scene()).record_changed(record, after); !told) return pass(told);
    log(log_messages::kCallbackMissed, fmt::format("personal callback missed: record {}", record.record_id));
  }
  return records->size() == kSweptAtOnce;
}

Result<> Engine::unload_waiting(RecordStore& store) {
  bool unloaded = false;
  std::vector<Statistic> statistics;
  for (const CampaignGroup& group : catalogue_->all().groups) {
    if (group.state != protocol::GroupState::waiting_unload) continue;
    if (statistics.empty()) {
      auto read = store.statistics();
      if (!read) return pass(read);
      statistics = std::move(*read);
    }
    bool holds = std::ranges::any_of(statistics, [&](const Statistic& s) {
      return s.scope == StatisticScope::group && s.dbid == group.dbid && s.kind == StatisticKind::status &&
             s.value == static_cast<std::int32_t>(protocol::RecordStatus::retrieved) && s.records > 0;
    });
    if (holds) continue;
    CampaignGroup after = group;
    after.state = protocol::GroupState::not_loaded;
    if (auto done = store.put(after); !done) return pass(done);
    unloaded = true;
    log(log_messages::kGroupUnloaded, fmt::format("campaign group \"{}\" unloaded", group.name));
  }
  if (unloaded) forget_cache();
  return {};
}

Result<> Engine::give_back_unvalidated(RecordStore& store, std::span<const std::int64_t> handles) {
  if (auto loaded = load_catalogue(store); !loaded) return loaded;
  for (std::int64_t number : handles) {
    auto handle = store.handle(number);
    if (!handle) return pass(handle);
    if (!*handle || !(*handle)->validating || !(*handle)->closed_by.empty()) continue;
    if (auto done = give_back(store, scene(), **handle, "the end of its validation"); !done) return done;
  }
  return {};
}

Result<> Engine::add_do_not_call(RecordStore& store, const DoNotCallEntry& entry) {
  if (auto loaded = load_catalogue(store); !loaded) return loaded;
  if (auto told = Reports(store, scene()).do_not_call_added(entry); !told) return told;
  return store.add_do_not_call(entry);
}

Result<std::int64_t> Engine::give_back_group(RecordStore& store, std::int64_t group_dbid) {
  std::int64_t given_back_records = 0;
  Handle after;
  for (;;) {
    auto handles = store.idle_handles(after, INT64_MAX, kSweptAtOnce);
    if (!handles) return pass(handles);
    if (auto done = foresee_giving_back(store, *handles); !done) return pass(done);
    for (const Handle& handle : *handles) {
      if (handle.group_dbid != group_dbid) continue;
      auto done = give_back(store, scene(), handle, "the unloading of its group");
      if (!done) return pass(done);
      ++given_back_records;
    }
    if (handles->size() < kSweptAtOnce) return given_back_records;
    after = handles->back();
  }
}

}  // namespace outpost::supervisor
