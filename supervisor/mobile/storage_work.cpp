#include "supervisor/mobile/storage_work.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/json.h"
#include "supervisor/mobile/replies.h"

namespace outpost::supervisor::mobile {

using protocol::CallReply;

namespace {

Result<> put_files(StateStore& store, const std::vector<StateFile>& files) {
  for (const StateFile& file : files) {
    if (auto done = store.put_file(file); !done) return done;
  }
  return {};
}

struct FileSum {
  std::size_t files = 0;
  std::int64_t bytes = 0;
};

// Those that an area with these will have.
FileSum files_after(const StoragePlan& plan, const std::vector<StateFile>& before) {
  FileSum sum{plan.files.size(), 0};
  for (const StateFile& file : plan.files) sum.bytes += static_cast<std::int64_t>(file.bytes.size());
  for (const StateFile& old : before) {
    bool is_replaced = std::ranges::find(plan.files, old.key, &StateFile::key) != plan.files.end();
    if (is_replaced || plan.texts.contains(old.key)) continue;
    ++sum.files;
    sum.bytes += old.size;
  }
  return sum;
}

}  // namespace

CallReply id_reply(std::string_view id) {
  return json_reply(JsonWriter().begin_object().member("id", id).end_object().take());
}

CallReply refusal_reply(const Refusal& refusal) { return error_reply(refusal.status, refusal.text); }

CallReply empty_reply() { return text_reply(200, "", "text/plain;charset=UTF-8"); }

std::string public_url(const std::string& base, const std::string& path) {
  return base.empty() ? path : base + path.substr(1);
}

Result<> put_whole(StateStore& store, const StoragePlan& plan) {
  auto done = store.put_area({plan.id, plan.owner, texts_json(plan.texts), 0}, plan.ttl);
  return done ? put_files(store, plan.files) : done;
}

Result<> merge_into(StateStore& store, const StoragePlan& plan, CallReply& reply) {
  auto area = store.lock_area(plan.id);
  if (!area) return pass(area);
  if (!*area) {
    reply = error_reply(404, kNoArea);
    return {};
  }
  auto texts = read_texts((*area)->texts);
  if (!texts) return pass(texts);
  auto files = store.files(plan.id);
  if (!files) return pass(files);
  for (const auto& [key, value] : plan.texts) texts->insert_or_assign(key, value);
  for (const StateFile& file : plan.files) texts->erase(file.key);
  std::string json = texts_json(*texts);
  // Before the first write, for what is rolled back takes the works of others with it.
  FileSum sum = files_after(plan, *files);
  if (auto refused = check_sizes(texts->size() + sum.files, json.size(), sum.bytes)) {
    reply = refusal_reply(*refused);
    return {};
  }
  for (const StateFile& old : *files) {
    if (!plan.texts.contains(old.key)) continue;
    if (auto removed = store.remove_file(plan.id, old.key); !removed) return pass(removed);
  }
  if (auto done = put_files(store, plan.files); !done) return done;
  reply = id_reply(plan.id);
  return plan.keeps_time ? store.set_texts(plan.id, json) : store.update_area(plan.id, json, plan.ttl);
}

Result<> remove_key_of(StateStore& store, const std::string& id, const std::string& key, CallReply& reply) {
  auto area = store.lock_area(id);
  if (!area) return pass(area);
  if (!*area) {
    reply = error_reply(404, kNoArea);
    return {};
  }
  auto texts = read_texts((*area)->texts);
  if (!texts) return pass(texts);
  reply = empty_reply();
  if (texts->erase(key) > 0) return store.set_texts(id, texts_json(*texts));
  auto removed = store.remove_file(id, key);
  if (!removed) return pass(removed);
  if (!*removed) reply = error_reply(404, kNoKey);
  return {};
}

}  // namespace outpost::supervisor::mobile
