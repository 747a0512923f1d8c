#include "supervisor/mobile/storage_api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/digest.h"
#include "common/json.h"
#include "common/unicode.h"
#include "common/uuid.h"
#include "protocol/mobile/routes.h"
#include "supervisor/log_messages.h"
#include "supervisor/mobile/storage_work.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;
using protocol::Call;
using protocol::CallReply;

namespace {

constexpr std::size_t kUuidRandomBytes = 16;
// The largest file that may come: what is booked for one whose size is known only once it was read.
constexpr std::size_t kFileBytesBooked = protocol::kProxyPayloadBytesMax;
constexpr std::string_view kBytes = "application/octet-stream";

constexpr std::string_view kReadsFull = "Too much that was read is on its way to clients; try again.";

CallReply attachment_reply(std::string bytes, std::string_view content_type, std::string name) {
  CallReply reply = text_reply(200, std::move(bytes), content_type);
  reply.attachment = true;
  reply.file_name = std::move(name);
  return reply;
}

std::optional<CallReply> custom_refusal(const Call& call) {
  if (call.user.empty()) return error_reply(400, "The header gms_user is missing; it says whose data these are.");
  if (call.user.size() > protocol::kMobileUserBytesMax) {
    return error_reply(400, fmt::format("The header gms_user has more than {} bytes.", protocol::kMobileUserBytesMax));
  }
  const std::string& id = call.captures[0];
  if (id.empty() || id.size() > protocol::kMobileNameBytesMax) {
    return error_reply(400, fmt::format("A custom id has 1 to {} bytes.", protocol::kMobileNameBytesMax));
  }
  return std::nullopt;
}

std::string custom_area(const Call& call) { return custom_area_id(call.user, call.captures[0]); }

}  // namespace

// --- Work on the store -----------------------------------------------------------------------------------------------

struct StorageApi::Outcome {
  CallReply reply;
  std::size_t taken = 0;  // of what may be read at once
};

void StorageApi::write(const std::string& key, Work work, Respond respond) {
  auto reply = std::make_shared<CallReply>();
  auto apply = [reply, work = std::move(work)](StateStore& store) { return work(store, *reply); };
  auto done = [this, reply, respond](const Result<>& outcome) {
    watch_.note(outcome);
    respond(outcome ? std::move(*reply) : store_error_reply(outcome.error()));
  };
  if (!threads_.write(key, std::move(apply), std::move(done))) respond(queue_full_reply());
}

void StorageApi::read(const std::string& key, Work work, Respond respond) {
  auto made = std::make_shared<Outcome>();
  auto apply = [this, made, work = std::move(work)](StateStore& store) -> Result<> {
    give_back(std::exchange(made->taken, 0));
    auto done = work(store, made->reply);
    if (!done) return done;
    if (!take(made->reply.body.size())) {
      made->reply = busy_reply(kReadsFull);
      return {};
    }
    made->taken = made->reply.body.size();
    return {};
  };
  auto done = [this, made, respond](const Result<>& outcome) {
    watch_.note(outcome);
    give_back(std::exchange(made->taken, 0));
    respond(outcome ? std::move(made->reply) : store_error_reply(outcome.error()));
  };
  if (!threads_.read(key, std::move(apply), std::move(done))) respond(queue_full_reply());
}

// Any thread.
bool StorageApi::take(std::size_t bytes) {
  if (reading_.fetch_add(bytes) + bytes <= kReadBytesMax) return true;
  give_back(bytes);
  return false;
}

std::chrono::seconds StorageApi::ttl_of(const Call& call, const std::string& text) {
  Ttl ttl = storage_ttl(text);
  if (!ttl.as_given) {
    log_.write(lm::kTtlReplaced, "connection {} request {}: the ttl is none from 1 to a year; {} s are taken",
               call.connection, call.sequence, ttl.time.count());
  }
  return ttl.time;
}

// --- Areas with ids of ours ------------------------------------------------------------------------------------------

void StorageApi::create(Call call, Respond respond) {
  const std::string segment = call.captures[0];
  auto plan = std::make_shared<StoragePlan>();
  // Where one segment is an id, the ttl is what was left out.
  bool is_update = is_uuid(segment);
  if (is_update) {
    plan->id = segment;
  } else {
    auto random = random_bytes(kUuidRandomBytes);
    if (!random) return respond(error_reply(500, "The system has no random bytes to make an id of."));
    plan->id = uuid_of(*random);
  }
  plan->ttl = ttl_of(call, is_update ? "" : segment);
  if (auto refused = take_parameters(std::move(call.parameters), *plan)) return respond(refusal_reply(*refused));
  if (is_update) return merge(std::move(plan), std::move(respond));
  std::string id = plan->id;
  put(std::move(plan), std::move(id), std::move(respond));
}

void StorageApi::update(Call call, Respond respond) {
  if (!is_uuid(call.captures[0])) return respond(error_reply(404, kNoArea));
  auto plan = std::make_shared<StoragePlan>();
  plan->id = call.captures[0];
  plan->ttl = ttl_of(call, call.captures[1]);
  if (auto refused = take_parameters(std::move(call.parameters), *plan)) return respond(refusal_reply(*refused));
  merge(std::move(plan), std::move(respond));
}

void StorageApi::merge_data(const std::string& area, Call call, Respond respond) {
  auto plan = std::make_shared<StoragePlan>();
  plan->id = area;
  plan->keeps_time = true;
  if (auto refused = take_parameters(std::move(call.parameters), *plan)) return respond(refusal_reply(*refused));
  merge(std::move(plan), std::move(respond));
}

void StorageApi::get(const Call& call, Respond respond) {
  const std::string& id = call.captures[0];
  if (!is_uuid(id)) return respond(error_reply(404, kNoArea));
  auto urls = [base = url_base_, id](const std::string& key) {
    return public_url(base, protocol::binary_path(id, key));
  };
  get_area(id, std::move(urls), std::move(respond));
}

void StorageApi::get_key(const Call& call, Respond respond) {
  if (!is_uuid(call.captures[0])) return respond(error_reply(404, kNoArea));
  get_value(call.captures[0], call.captures[1], false, std::move(respond));
}

void StorageApi::get_binary(const Call& call, Respond respond) {
  if (!is_uuid(call.captures[0])) return respond(error_reply(404, kNoArea));
  get_value(call.captures[0], call.captures[1], true, std::move(respond));
}

void StorageApi::remove(const Call& call, Respond respond) {
  if (!is_uuid(call.captures[0])) return respond(error_reply(404, kNoArea));
  remove_area(call.captures[0], std::move(respond));
}

void StorageApi::remove_key(const Call& call, Respond respond) {
  if (!is_uuid(call.captures[0])) return respond(error_reply(404, kNoArea));
  remove_value(call.captures[0], call.captures[1], std::move(respond));
}

// --- Areas with ids of the client's ----------------------------------------------------------------------------------

void StorageApi::put_custom(Call call, Respond respond) {
  if (auto refused = custom_refusal(call)) return respond(std::move(*refused));
  auto plan = std::make_shared<StoragePlan>();
  plan->id = custom_area(call);
  plan->owner = call.user;
  plan->ttl = ttl_of(call, call.captures[1]);
  if (auto refused = take_parameters(std::move(call.parameters), *plan)) return respond(refusal_reply(*refused));
  put(std::move(plan), call.captures[0], std::move(respond));
}

void StorageApi::get_custom(const Call& call, Respond respond) {
  if (auto refused = custom_refusal(call)) return respond(std::move(*refused));
  auto urls = [base = url_base_, id = call.captures[0]](const std::string& key) {
    return public_url(base, protocol::custom_path(id, key));
  };
  get_area(custom_area(call), std::move(urls), std::move(respond));
}

void StorageApi::get_custom_key(const Call& call, Respond respond) {
  if (auto refused = custom_refusal(call)) return respond(std::move(*refused));
  get_value(custom_area(call), call.captures[1], false, std::move(respond));
}

void StorageApi::remove_custom(const Call& call, Respond respond) {
  if (auto refused = custom_refusal(call)) return respond(std::move(*refused));
  remove_area(custom_area(call), std::move(respond));
}

void StorageApi::remove_custom_key(const Call& call, Respond respond) {
  if (auto refused = custom_refusal(call)) return respond(std::move(*refused));
  remove_value(custom_area(call), call.captures[1], std::move(respond));
}

// --- Of either kind --------------------------------------------------------------------------------------------------

void StorageApi::put(std::shared_ptr<const StoragePlan> plan, std::string shown_id, Respond respond) {
  const std::string& id = plan->id;
  auto work = [plan, shown_id = std::move(shown_id)](StateStore& store, CallReply& reply) {
    reply = id_reply(shown_id);
    return put_whole(store, *plan);
  };
  write(id, std::move(work), std::move(respond));
}

void StorageApi::merge(std::shared_ptr<const StoragePlan> plan, Respond respond) {
  const std::string& id = plan->id;
  write(
      id, [plan](StateStore& store, CallReply& reply) { return merge_into(store, *plan, reply); }, std::move(respond));
}

void StorageApi::get_area(const std::string& id, std::function<std::string(const std::string& key)> urls,
                          Respond respond) {
  auto work = [id, urls = std::move(urls)](StateStore& store, CallReply& reply) -> Result<> {
    if (auto one = store.see_one_moment(); !one) return one;
    auto area = store.area(id);
    if (!area) return pass(area);
    if (!*area) {
      reply = error_reply(404, kNoArea);
      return {};
    }
    auto files = store.files(id);
    if (!files) return pass(files);
    std::vector<std::string> found_at;
    for (const StateFile& file : *files) found_at.push_back(urls(file.key));
    reply = json_reply(area_json((*area)->texts, *files, found_at));
    return {};
  };
  read(id, std::move(work), std::move(respond));
}

void StorageApi::get_value(const std::string& id, const std::string& key, bool raw, Respond respond) {
  auto work = [this, id, key, raw](StateStore& store, CallReply& reply) {
    return read_value(store, id, key, raw, reply);
  };
  read(id, std::move(work), std::move(respond));
}

// On a store's thread.
Result<> StorageApi::read_value(StateStore& store, const std::string& id, const std::string& key, bool raw,
                                CallReply& reply) {
  if (auto one = store.see_one_moment(); !one) return one;
  auto area = store.area(id);
  if (!area) return pass(area);
  reply = error_reply(404, kNoArea);
  if (!*area) return {};
  auto texts = read_texts((*area)->texts);
  if (!texts) return pass(texts);
  if (auto text = texts->find(key); text != texts->end()) {
    reply = raw ? attachment_reply(std::move(text->second), kBytes, "")
                : text_reply(200, std::move(text->second), "text/plain;charset=UTF-8");
    return {};
  }
  reply = busy_reply(kReadsFull);
  if (!take(kFileBytesBooked)) return {};
  auto file = store.file(id, key);
  give_back(kFileBytesBooked);
  if (!file) return pass(file);
  reply = error_reply(404, kNoKey);
  if (!*file) return {};
  // Whoever stored it has made the type up. One that is no media type the proxy does not send.
  std::string& stored = (*file)->content_type;
  std::string type = stored.empty() || has_control(stored) ? std::string(kBytes) : std::move(stored);
  reply = attachment_reply(std::move((*file)->bytes), type, std::move((*file)->name));
  return {};
}

void StorageApi::remove_area(const std::string& id, Respond respond) {
  auto work = [id](StateStore& store, CallReply& reply) -> Result<> {
    auto removed = store.remove_area(id);
    if (!removed) return pass(removed);
    reply = *removed ? empty_reply() : error_reply(404, kNoArea);
    return {};
  };
  write(id, std::move(work), std::move(respond));
}

void StorageApi::remove_value(const std::string& id, const std::string& key, Respond respond) {
  auto work = [id, key](StateStore& store, CallReply& reply) { return remove_key_of(store, id, key, reply); };
  write(id, std::move(work), std::move(respond));
}

}  // namespace outpost::supervisor::mobile
