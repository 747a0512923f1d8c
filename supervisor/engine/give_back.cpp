#include "supervisor/engine/give_back.h"

#include "supervisor/engine/chain_edit.h"
#include "supervisor/engine/outward/reports.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

Result<> give_back(RecordStore& store, const Scene& scene, const Handle& handle, std::string_view why) {
  Reports reports(store, scene);
  auto record = store.record(handle.list_dbid, handle.record_id);
  if (!record) return pass(record);
  if (*record) {
    auto chain = ChainEdit::load(store, **record);
    if (!chain) return pass(chain);
    bool held = (*record)->handle == handle.handle &&
                (*record)->record_status == static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
    if (held) {
      using enum protocol::TransitionId;
      Record after = **record;
      apply(handle.call_reported ? stale : given_back, {}, scene.now, after);
      chain->set(**record, after);
      if (auto told = reports.attempt_ended(handle, after); !told) return told;
    }
    chain->release(handle.handle);
    if (auto saved = chain->save(store); !saved) return pass(saved);
    // Nobody has heard of one that was only being validated.
    auto told = handle.validating ? Result<>() : reports.chain_changed(chain->rows(), &handle);
    if (!told) return told;
  }
  return store.close_handle(handle.handle, why, scene.now);
}

Result<> foresee_giving_back(RecordStore& store, std::span<const Handle> handles) {
  if (!store.reads_ahead() || handles.empty()) return {};
  Foresight foresight;
  for (const Handle& handle : handles) foresight.handles.try_emplace(handle.handle);
  return store.read_ahead(foresight);
}

}  // namespace outpost::supervisor
