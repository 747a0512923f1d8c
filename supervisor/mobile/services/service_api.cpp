#include "supervisor/mobile/services/service_api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/digest.h"
#include "common/json.h"
#include "protocol/mobile/routes.h"
#include "supervisor/config/credentials.h"
#include "supervisor/config/number_key.h"
#include "supervisor/log_messages.h"
#include "supervisor/mobile/callers.h"
#include "supervisor/mobile/services/service_ids.h"
#include "supervisor/mobile/storage_work.h"

namespace outpost::supervisor::mobile {

using protocol::Call;
using protocol::CallParameter;
using protocol::CallReply;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t kIdRandomBytes = 16;
constexpr std::string_view kNoService = "There is no service with this id, or its time is over.";
constexpr std::string_view kNoRandom = "The system has no random bytes to make an id of.";
constexpr std::string_view kOrsType = "ors";
// Longer than all attempts to start an application.
constexpr seconds kStartTime{600};
// What a service serves itself, or will: these names never go to an application.
constexpr std::array<std::string_view, 5> kReservedRequests = {"internal-poke", "ixn", "request", "storage", "update"};

CallReply shown_reply(const StateService& service) {
  constexpr std::int64_t kMsPerSecond = 1'000;
  JsonWriter out;
  out.begin_object().member("_id", service.id).member("_service", service.name).member("_type", service.type);
  return json_reply(out.member("_expires_in", service.left_ms / kMsPerSecond).end_object().take());
}

CallReply hidden_reply() { return error_reply(403, "This service is not served over this listener."); }

}  // namespace

// What one request for a service is about, until it is answered.
struct ServiceApi::Creation {
  ServiceSection section;
  CallInput input;
  StoragePlan data;
};

ServiceApi::ServiceApi(const Parts& parts, const Config& config) : parts_(parts) { use(config); }

void ServiceApi::use(const Config& config) {
  int old_id = std::exchange(config_, config).node.node_id;
  sections_ = service_sections(config);
  server_pair_ = pair_for(config, "");
  pairs_.clear();
  for (const auto& [name, section] : sections_) pairs_.emplace(name, pair_for(config, name));
  Resources before = std::exchange(resources_, resources_of(config));
  retire(before, old_id);
  told_.clear();
  ++told_round_;
  tell_doubles();
  parts_.alarms.clear_where(Alarms::kNoResource, [this](std::string_view group) {
    auto found = resources_.groups.find(group);
    return found == resources_.groups.end() || found->second.strategy == AllocationStrategy::random;
  });
}

// Groups that are no more: their values are nobody's, and vanish when their bookings end. Where that fails, they stay
// in the store and are given to nobody either.
void ServiceApi::retire(const Resources& before, int old_id) {
  for (const auto& [name, rules] : before.groups) {
    if (rules.strategy == AllocationStrategy::random) continue;
    auto now = resources_.groups.find(name);
    std::string scope = booking_scope(rules, old_id);
    if (now != resources_.groups.end() && now->second.strategy == rules.strategy &&
        booking_scope(now->second, config_.node.node_id) == scope) {
      continue;
    }
    auto apply = [group = name, scope](StateStore& store) { return store.set_resources(scope, group, {}); };
    parts_.threads.write_aside(std::move(apply), [this](const Result<>& outcome) { parts_.watch.note(outcome); });
  }
}

void ServiceApi::tell_doubles() {
  if (resources_.doubles.empty()) return parts_.alarms.clear(Alarms::kDoubleResource, "");
  std::string text = resources_.doubles.front();
  if (resources_.doubles.size() > 1) text += fmt::format(" (and {} more)", resources_.doubles.size() - 1);
  parts_.alarms.raise(Alarms::kDoubleResource, "", text);
}

// --- Who may ask -----------------------------------------------------------------------------------------------------

std::optional<CallReply> ServiceApi::caller_refusal(const Call& call, std::string_view name) const {
  auto found = pairs_.find(name);
  return mobile::caller_refusal(call, {found == pairs_.end() ? server_pair_ : found->second,
                                       config_.application.authentication == Authentication::token});
}

bool ServiceApi::is_hidden(const Call& call, std::string_view name) const {
  auto section = sections_.find(name);
  return call.external && section != sections_.end() && !section->second.external;
}

// Who may not ask at all is not told which names there are.
CallReply ServiceApi::unknown_reply(const Call& call) const {
  if (auto refused = caller_refusal(call, "")) return *std::move(refused);
  std::string_view today = name_of_today(call.captures[0]);
  if (today.empty()) return error_reply(404, "There is no service of this name, and none that lives has it as its id.");
  return error_reply(404, fmt::format("There is no service of this name; it is called {} today.", today));
}

// --- Work on the store -----------------------------------------------------------------------------------------------

void ServiceApi::work(const std::string& key, const CreationPtr& creation, Work work, Respond respond) {
  auto outcome = std::make_shared<ServiceOutcome>();
  auto apply = [outcome, work = std::move(work)](StateStore& store) {
    *outcome = {};
    return work(store, *outcome);
  };
  std::string name = creation->section.name;
  auto done = [this, outcome, respond, name, round = told_round_](const Result<>& kept) {
    parts_.watch.note(kept);
    if (!kept) outcome->reply = store_error_reply(kept.error());
    if (kept && outcome->access) note_access(*outcome, round);
    Counts& counts = counts_[name];
    ++(outcome->reply.status == 200 ? counts.created : counts.failed);
    respond(std::move(outcome->reply));
  };
  if (parts_.threads.write(key, std::move(apply), std::move(done))) return;
  ++counts_[name].failed;
  respond(queue_full_reply());
}

// Behind the commit: the store knows the group's values, and a number was free or was not.
void ServiceApi::note_access(const ServiceOutcome& outcome, std::uint64_t round) {
  auto group = resources_.groups.find(outcome.group);
  if (round != told_round_ || group == resources_.groups.end()) return;
  if (group->second.strategy == AllocationStrategy::random || outcome.access == AccessOutcome::no_code) return;
  told_.insert(outcome.group);
  if (outcome.access == AccessOutcome::given) return parts_.alarms.clear(Alarms::kNoResource, outcome.group);
  parts_.alarms.raise(Alarms::kNoResource, outcome.group,
                      fmt::format("no number of the group {} is free{}", outcome.group,
                                  outcome.access == AccessOutcome::backup ? ", its backup is given out" : ""));
}

// --- Create ----------------------------------------------------------------------------------------------------------

void ServiceApi::create(Call call, Respond respond) {
  auto section = sections_.find(call.captures[0]);
  if (section == sections_.end()) return respond(unknown_reply(call));
  create_of(section->second, std::move(call), std::move(respond));
}

void ServiceApi::create_of(const ServiceSection& section, Call call, Respond respond) {
  if (is_hidden(call, section.name)) return respond(hidden_reply());
  if (auto refused = caller_refusal(call, section.name)) return respond(*std::move(refused));
  auto input = read_input(std::move(call.parameters), section);
  if (!input) return respond(refusal_reply(input.error()));
  for (std::string_view name : ignored_flags(input->given)) {
    parts_.log.write(log_messages::kFlagIgnored,
                     "connection {} request {}: {} is neither true nor false, and counts as absent", call.connection,
                     call.sequence, name);
  }
  auto creation = std::make_shared<Creation>();
  creation->section = section;
  creation->input = *std::move(input);
  if (section.type == ServiceType::ors) return create_session(creation, std::move(respond));
  create_builtin(creation, std::move(respond));
}

void ServiceApi::create_builtin(const CreationPtr& creation, Respond respond) {
  switch (creation->section.builtin) {
    case Builtin::request_interaction: return create_interaction(creation, std::move(respond));
    case Builtin::match_interaction: return match(creation, std::move(respond));
    case Builtin::request_access: return give_access(creation, std::move(respond));
  }
}

// The area of the service's user data, which lives as long as the service.
std::optional<CallReply> ServiceApi::take_data(Creation& creation) {
  auto random = random_bytes(kIdRandomBytes);
  if (!random) return error_reply(500, kNoRandom);
  creation.data.id = uuid_of(*random);
  creation.data.ttl = service_ttl(creation.input);
  if (auto refused = take_parameters(std::move(creation.input.user_data), creation.data)) {
    return refusal_reply(*refused);
  }
  return std::nullopt;
}

std::optional<CallReply> ServiceApi::wish_of(const Creation& creation, AccessWish& wish) {
  const Parameters& effective = creation.input.effective;
  auto named = required(effective, "_resource_group");
  if (!named) return refusal_reply(named.error());
  wish.group = *std::move(named);
  auto group = resources_.groups.find(wish.group);
  if (group == resources_.groups.end()) {
    return error_reply(400, fmt::format("There is no group of numbers \"{}\".", wish.group));
  }
  wish.rules = group->second;
  auto time = booking_time(creation.input);
  if (!time) return refusal_reply(time.error());
  auto length = code_length(creation.input);
  if (!length) return refusal_reply(length.error());
  wish.time = time->value_or(wish.rules.booking);
  wish.node_id = config_.node.node_id;
  wish.wants_code = flag(effective, "_provide_code");
  wish.code_length = *length;
  wish.tell_values = !told_.contains(wish.group);
  return std::nullopt;
}

void ServiceApi::create_interaction(const CreationPtr& creation, Respond respond) {
  InteractionPlan plan;
  if (auto refused = wish_of(*creation, plan.wish)) return respond(*std::move(refused));
  if (auto refused = take_data(*creation)) return respond(*std::move(refused));
  auto random = random_bytes(kIdRandomBytes);
  if (!random) return respond(error_reply(500, kNoRandom));
  plan.id = new_service_id(config_.node.node_id, *random);
  plan.name = creation->section.name;
  plan.phone = number_key(optional_text(creation->input.effective, "_phone_number"));
  plan.data = std::move(creation->data);
  // Nothing is found behind the end of its service; what is not booked lives as long.
  milliseconds ttl = plan.data.ttl;
  plan.wish.time = plan.wish.rules.strategy == AllocationStrategy::random ? ttl : std::min(plan.wish.time, ttl);
  plan.times.date_format = config_.node.date_format;
  auto shared = std::make_shared<const InteractionPlan>(std::move(plan));
  auto apply = [shared](StateStore& store, ServiceOutcome& outcome) {
    return request_interaction(store, *shared, outcome);
  };
  work(shared->id, creation, std::move(apply), std::move(respond));
}

void ServiceApi::match(const CreationPtr& creation, Respond respond) {
  const Parameters& effective = creation->input.effective;
  MatchPlan plan;
  auto number = required(effective, "_access_number");
  if (!number) return respond(refusal_reply(number.error()));
  plan.number_key = number_key(*number);
  plan.code = optional_text(effective, "_access_code");
  plan.phone = number_key(optional_text(effective, "_phone_number"));
  plan.delete_service = flag(effective, "_delete_match") || flag(effective, "_delete_service");
  plan.return_data = flag(effective, "_return_data") || flag(effective, "_return_user_data");
  plan.several = flag(effective, "_return_multiple_matches");
  plan.url_base = config_.node.external_url_base;
  std::string key = plan.number_key;
  auto shared = std::make_shared<const MatchPlan>(std::move(plan));
  auto apply = [shared](StateStore& store, ServiceOutcome& outcome) {
    return match_interaction(store, *shared, outcome);
  };
  work(key, creation, std::move(apply), std::move(respond));
}

void ServiceApi::give_access(const CreationPtr& creation, Respond respond) {
  const Parameters& effective = creation->input.effective;
  AccessPlan plan;
  auto id = required(effective, "_id");
  if (!id) return respond(refusal_reply(id.error()));
  plan.id = *std::move(id);
  if (!may_be_service_id(plan.id)) return respond(error_reply(404, kNoService));
  if (auto refused = wish_of(*creation, plan.wish)) return respond(*std::move(refused));
  // What is not booked lives as long as its service, whose end bounds it.
  if (plan.wish.rules.strategy == AllocationStrategy::random) plan.wish.time = seconds(protocol::kTtlMax);
  plan.phone = number_key(optional_text(effective, "_phone_number"));
  plan.times.date_format = config_.node.date_format;
  auto shared = std::make_shared<const AccessPlan>(std::move(plan));
  auto apply = [shared](StateStore& store, ServiceOutcome& outcome) { return request_access(store, *shared, outcome); };
  work(shared->id, creation, std::move(apply), std::move(respond));
}

// --- Services that an application carries out ------------------------------------------------------------------------

void ServiceApi::create_session(const CreationPtr& creation, Respond respond) {
  if (auto refused = take_data(*creation)) return respond(*std::move(refused));
  // The application may read them while it starts, however long that takes; then they live as long as the service.
  auto apply = [creation](StateStore& store) {
    StoragePlan data = creation->data;
    data.ttl += kStartTime;
    return put_whole(store, data);
  };
  auto done = [this, creation, respond](const Result<>& outcome) {
    parts_.watch.note(outcome);
    if (outcome) return start_session(creation, respond);
    ++counts_[creation->section.name].failed;
    respond(store_error_reply(outcome.error()));
  };
  if (parts_.threads.write(creation->data.id, std::move(apply), std::move(done))) return;
  ++counts_[creation->section.name].failed;
  respond(queue_full_reply());
}

void ServiceApi::start_session(const CreationPtr& creation, Respond respond) {
  auto started = [this, creation, respond](auto outcome) {
    if (outcome) return keep_session(creation, outcome->first, std::move(outcome->second), respond);
    give_up(creation, std::move(outcome.error()), respond);
  };
  parts_.ors.start(creation->section, creation->input.effective, creation->data.id, std::move(started));
}

void ServiceApi::keep_session(const CreationPtr& creation, const OrsSession& session, OrsAnswer answer,
                              Respond respond) {
  StateService service{.id = session.id,
                       .name = creation->section.name,
                       .type = std::string(kOrsType),
                       .area = creation->data.id,
                       .phone = number_key(optional_text(creation->input.effective, "_phone_number")),
                       .access = {},
                       .ors_base = session.base,
                       .ors_cookie = session.cookie};
  auto stored = std::make_shared<bool>(false);
  auto apply = [service, stored, ttl = creation->data.ttl](StateStore& store) -> Result<> {
    auto done = store.put_service(service, ttl, milliseconds(0));
    if (!done) return pass(done);
    *stored = *done;
    return *done ? store.set_area_time(service.area, ttl) : Result<>();
  };
  auto refuse = [this, creation, session, respond](CallReply reply) {
    parts_.ors.terminate(session);
    give_up(creation, std::move(reply), respond);
  };
  auto reply = std::make_shared<CallReply>(text_reply(200, std::move(answer.body), "application/json"));
  reply->affinity = true;
  auto done = [this, creation, stored, refuse, reply, respond](const Result<>& outcome) {
    parts_.watch.note(outcome);
    if (!outcome) return refuse(store_error_reply(outcome.error()));
    // The session is another service's: it is not ended.
    if (!*stored) {
      return give_up(creation, error_reply(500, "The application has given a session that another service has."),
                     respond);
    }
    ++counts_[creation->section.name].created;
    respond(std::move(*reply));
  };
  if (!parts_.threads.write(session.id, std::move(apply), std::move(done))) refuse(queue_full_reply());
}

// The user data go before the reply; where that fails, their time ends them.
void ServiceApi::give_up(const CreationPtr& creation, CallReply reply, Respond respond) {
  ++counts_[creation->section.name].failed;
  auto apply = [area = creation->data.id](StateStore& store) -> Result<> {
    auto removed = store.remove_area(area);
    if (!removed) return pass(removed);
    return {};
  };
  auto kept = std::make_shared<CallReply>(std::move(reply));
  auto done = [this, kept, respond](const Result<>& outcome) {
    parts_.watch.note(outcome);
    respond(std::move(*kept));
  };
  if (!parts_.threads.write(creation->data.id, std::move(apply), std::move(done))) respond(std::move(*kept));
}

// --- Services that live ----------------------------------------------------------------------------------------------

void ServiceApi::find(Call call, Respond respond, Found found) {
  std::string id = call.captures[0];
  if (!may_be_service_id(id)) return respond(unknown_reply(call));
  auto read = std::make_shared<std::optional<StateService>>();
  auto apply = [id, read](StateStore& store) -> Result<> {
    auto service = store.service(id);
    if (!service) return pass(service);
    *read = *std::move(service);
    return {};
  };
  auto kept = std::make_shared<Call>(std::move(call));
  auto done = [this, read, kept, respond, found](const Result<>& outcome) {
    parts_.watch.note(outcome);
    if (!outcome) return respond(store_error_reply(outcome.error()));
    // One whose section is no more is nobody's: what its callers had to prove is not known.
    bool is_served = *read && sections_.contains((*read)->name);
    if (auto refused = caller_refusal(*kept, is_served ? std::string_view((*read)->name) : std::string_view())) {
      return respond(*std::move(refused));
    }
    if (!is_served) return respond(error_reply(404, kNoService));
    found(**read, std::move(*kept), respond);
  };
  if (!parts_.threads.read(id, std::move(apply), std::move(done))) respond(queue_full_reply());
}

void ServiceApi::show(Call call, Respond respond) {
  if (sections_.contains(call.captures[0])) return create(std::move(call), std::move(respond));
  auto answer_state = [this](const StateService& service, const Call& asked, const Respond& answer) {
    answer(is_hidden(asked, service.name) ? hidden_reply() : shown_reply(service));
  };
  find(std::move(call), std::move(respond), std::move(answer_state));
}

void ServiceApi::remove(Call call, Respond respond) {
  find(std::move(call), std::move(respond),
       [this](const StateService& service, const Call& asked, const Respond& answer) {
         if (is_hidden(asked, service.name)) return answer(hidden_reply());
         auto ended = std::make_shared<std::optional<StateService>>();
         auto apply = [id = service.id, ended](StateStore& store) { return end_service(store, id, *ended); };
         auto done = [this, ended, answer](const Result<>& outcome) {
           parts_.watch.note(outcome);
           if (!outcome) return answer(store_error_reply(outcome.error()));
           if (!*ended) return answer(error_reply(404, kNoService));
           const StateService& gone = **ended;
           if (gone.type == kOrsType) parts_.ors.terminate({gone.id, gone.ors_base, gone.ors_cookie});
           answer(empty_reply());
         };
         if (!parts_.threads.write(service.id, std::move(apply), std::move(done))) answer(queue_full_reply());
       });
}

void ServiceApi::update(Call call, Respond respond) {
  find(std::move(call), std::move(respond), [this](const StateService& service, Call update, const Respond& answer) {
    auto told = [this, id = service.id, area = service.area, answer](CallReply reply) {
      if (reply.status != 200) return answer(std::move(reply));
      JsonWriter message;
      message.begin_object().member("_id", id).member("_data_id", area).end_object();
      // An update that nobody can be told of now has been made all the same.
      (void)parts_.notifications.publish_event("service.update." + id, message.take(), "");
      answer(empty_reply());
    };
    parts_.storage.merge_data(service.area, std::move(update), std::move(told));
  });
}

void ServiceApi::request(Call call, Respond respond) {
  std::string name = call.captures[1];
  if (std::ranges::find(kReservedRequests, name) != kReservedRequests.end()) {
    return respond(error_reply(404, "There is nothing at this path of a service."));
  }
  auto ask = [this, name](const StateService& service, Call request, const Respond& answer) {
    if (service.type != kOrsType) {
      return answer(error_reply(404, "This service is carried out by no application, and takes no requests."));
    }
    OrsSession session{service.id, service.ors_base, service.ors_cookie};
    parts_.ors.request(session, name, request.parameters, [answer](auto outcome) {
      if (!outcome) return answer(std::move(outcome.error()));
      answer(text_reply(outcome->status, std::move(outcome->body), outcome->content_type));
    });
  };
  find(std::move(call), std::move(respond), std::move(ask));
}

void ServiceApi::request_plain(Call call, Respond respond) {
  auto named = std::ranges::find(call.parameters, "_request", &CallParameter::name);
  if (named == call.parameters.end() || named->is_file || named->value.empty()) {
    return respond(error_reply(400, "The parameter _request is missing: the name of the request."));
  }
  call.captures.push_back(named->value);
  call.parameters.erase(named);
  request(std::move(call), std::move(respond));
}

// --- The data of a service -------------------------------------------------------------------------------------------

void ServiceApi::with_area(Call call, Respond respond,
                           std::function<void(StorageApi& storage, Call call, Respond respond)> then) {
  find(std::move(call), std::move(respond),
       [this, then = std::move(then)](const StateService& service, Call data, Respond answer) {
         data.captures[0] = service.area;
         then(parts_.storage, std::move(data), std::move(answer));
       });
}

void ServiceApi::put_data(Call call, Respond respond) {
  with_area(std::move(call), std::move(respond), [](StorageApi& storage, Call data, Respond answer) {
    std::string area = data.captures[0];
    // The id of the area is the node's own: by it the data could be had without what the service asks for.
    storage.merge_data(area, std::move(data),
                       [answer](CallReply reply) { answer(reply.status == 200 ? empty_reply() : std::move(reply)); });
  });
}

void ServiceApi::get_data(Call call, Respond respond) {
  auto urls = [base = config_.node.external_url_base, id = call.captures[0]](const std::string& key) {
    return public_url(base, protocol::service_binary_path(id, key));
  };
  with_area(std::move(call), std::move(respond), [urls](StorageApi& storage, const Call& data, Respond answer) {
    storage.get_area(data.captures[0], urls, std::move(answer));
  });
}

void ServiceApi::get_data_key(Call call, Respond respond) {
  with_area(std::move(call), std::move(respond),
            [](StorageApi& storage, const Call& data, Respond answer) { storage.get_key(data, std::move(answer)); });
}

void ServiceApi::get_data_binary(Call call, Respond respond) {
  with_area(std::move(call), std::move(respond),
            [](StorageApi& storage, const Call& data, Respond answer) { storage.get_binary(data, std::move(answer)); });
}

void ServiceApi::remove_data_key(Call call, Respond respond) {
  with_area(std::move(call), std::move(respond),
            [](StorageApi& storage, const Call& data, Respond answer) { storage.remove_key(data, std::move(answer)); });
}

}  // namespace outpost::supervisor::mobile
