#include "supervisor/mobile/services/builtins.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/json.h"
#include "common/text.h"
#include "protocol/mobile/errors.h"
#include "protocol/mobile/limits.h"
#include "protocol/mobile/routes.h"
#include "supervisor/config/number_key.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/services/expiration.h"
#include "supervisor/mobile/storage_work.h"

namespace outpost::supervisor::mobile {

using protocol::CallReply;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kBuiltinType = "builtin";
constexpr std::string_view kNoMatch = "No service waits for this number, code and phone number.";
// What others took meanwhile is looked for anew so often.
constexpr int kMatchTriesMax = 3;

CallReply no_access_reply(AccessOutcome outcome, const std::string& group) {
  if (outcome == AccessOutcome::no_code) {
    return error_reply(500, "All access codes that were tried for this number are taken.", protocol::kNoResource);
  }
  return error_reply(500, fmt::format("No number of the group \"{}\" is free.", group), protocol::kNoResource);
}

// Every value is a string: clients read them as such.
CallReply access_reply(const std::string& id, const StateAccess& access, milliseconds time, const TimeTexts& times) {
  JsonWriter out;
  out.begin_object().member("_id", id).member("_access_number", access.number);
  if (!access.code.empty()) out.member("_access_code", access.code);
  out.member("_expiration_time", expiration_text(time, times.date_format, std::chrono::system_clock::now()));
  return json_reply(out.end_object().take());
}

bool is_given(AccessOutcome outcome) { return outcome == AccessOutcome::given || outcome == AccessOutcome::backup; }

}  // namespace

// --- request-interaction ---------------------------------------------------------------------------------------------

Result<> request_interaction(StateStore& store, const InteractionPlan& plan, ServiceOutcome& outcome) {
  auto drawn = draw_access(store, plan.wish, plan.id);
  if (!drawn) return pass(drawn);
  outcome.group = plan.wish.group;
  outcome.access = drawn->outcome;
  if (!is_given(drawn->outcome)) {
    outcome.reply = no_access_reply(drawn->outcome, plan.wish.group);
    return {};
  }
  StateService service{.id = plan.id,
                       .name = plan.name,
                       .type = std::string(kBuiltinType),
                       .area = plan.data.id,
                       .phone = plan.phone,
                       .access = std::move(drawn->access),
                       .ors_base = {},
                       .ors_cookie = {}};
  auto stored = store.put_service(service, plan.data.ttl, plan.wish.time);
  if (!stored) return pass(stored);
  if (!*stored) return fail(Errc::store, "a new service has the id of another");
  if (auto done = put_whole(store, plan.data); !done) return done;
  outcome.reply = access_reply(plan.id, service.access, plan.wish.time, plan.times);
  outcome.reply.affinity = true;
  return {};
}

// --- match-interaction -----------------------------------------------------------------------------------------------

namespace {

struct Match {
  StateService service;
  Texts texts;
  std::vector<StateFile> files;
};

std::string file_url(const Match& match, const StateFile& file, const MatchPlan& plan) {
  return public_url(plan.url_base, protocol::binary_path(match.service.area, file.key));
}

// What a match adds to the reply, the names of its data apart.
constexpr std::size_t kMatchBytes = 128;
constexpr std::size_t kMemberBytes = 8;

// `bytes`: of the reply that they will make. What is more than may be sent is not read on.
Result<std::vector<Match>> find_matches(StateStore& store, const MatchPlan& plan, std::size_t& bytes) {
  auto found = store.services_at(plan.number_key, plan.code, plan.phone, plan.several ? kMatchesMax : 1);
  if (!found) return pass(found);
  std::vector<Match> matches;
  for (StateService& service : *found) {
    Match match{std::move(service), {}, {}};
    bytes += kMatchBytes + match.service.id.size();
    if (plan.return_data && bytes <= kMatchDataBytesMax) {
      auto area = store.area(match.service.area);
      if (!area) return pass(area);
      if (*area) {
        bytes += (*area)->texts.size();
        auto texts = read_texts((*area)->texts);
        if (!texts) return pass(texts);
        match.texts = *std::move(texts);
      }
      auto files = store.files(match.service.area);
      if (!files) return pass(files);
      match.files = *std::move(files);
      for (const StateFile& file : match.files)
        bytes += kMemberBytes + file.key.size() + file_url(match, file, plan).size();
    }
    matches.push_back(std::move(match));
  }
  return matches;
}

bool is_still(const StateService& now, const StateService& then) {
  return now.access.number_key == then.access.number_key && now.access.code == then.access.code &&
         now.access.expires_at == then.access.expires_at;
}

// Whether it was still there to take: nobody takes it twice.
Result<bool> take_match(StateStore& store, const MatchPlan& plan, const StateService& match) {
  auto locked = store.lock_service(match.id);
  if (!locked) return pass(locked);
  if (!*locked || !is_still(**locked, match)) return false;
  if (auto done = give_back(store, (*locked)->access, match.id); !done) return pass(done);
  if (plan.delete_service) return store.remove_service(match.id);
  if (auto done = store.set_access(match.id, {}, milliseconds(0)); !done) return pass(done);
  return true;
}

void write_match(JsonWriter& out, const Match& match, const MatchPlan& plan) {
  out.begin_object().member("_id", match.service.id).member("_data_id", match.service.area);
  for (const auto& [key, value] : match.texts) out.member(key, value);
  for (const StateFile& file : match.files) {
    out.member(file.key, file_url(match, file, plan));
  }
  out.end_object();
}

// Always by id, so that two who take the same ones wait for each other in one order.
Result<std::vector<Match>> take_all(StateStore& store, const MatchPlan& plan, std::vector<Match> matches) {
  std::vector<std::size_t> by_id(matches.size());
  for (std::size_t i = 0; i < by_id.size(); ++i) by_id[i] = i;
  std::ranges::sort(by_id, {}, [&](std::size_t i) { return std::string_view(matches[i].service.id); });
  std::vector<bool> taken(matches.size());
  for (std::size_t i : by_id) {
    auto took = take_match(store, plan, matches[i].service);
    if (!took) return pass(took);
    taken[i] = *took;
  }
  std::vector<Match> mine;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (taken[i]) mine.push_back(std::move(matches[i]));
  }
  return mine;
}

CallReply match_reply(const std::vector<Match>& matches, const MatchPlan& plan) {
  JsonWriter out;
  if (plan.several) out.begin_object().key("matches").begin_array();
  for (const Match& match : matches) write_match(out, match, plan);
  if (plan.several) out.end_array().end_object();
  return json_reply(out.take());
}

}  // namespace

Result<> match_interaction(StateStore& store, const MatchPlan& plan, ServiceOutcome& outcome) {
  for (int attempt = 0; attempt < kMatchTriesMax; ++attempt) {
    std::size_t bytes = 0;
    auto found = find_matches(store, plan, bytes);
    if (!found) return pass(found);
    if (found->empty()) break;
    // Before the first write: what is too large changes nothing.
    if (bytes > kMatchDataBytesMax) {
      outcome.reply =
          error_reply(400, fmt::format("The data of all that match are larger than {}: ask without them, and "
                                       "read them from storage.",
                                       human_bytes(kMatchDataBytesMax)));
      return {};
    }
    auto mine = take_all(store, plan, *std::move(found));
    if (!mine) return pass(mine);
    if (mine->empty()) continue;
    outcome.reply = match_reply(*mine, plan);
    return {};
  }
  outcome.reply = error_reply(404, kNoMatch);
  return {};
}

// --- request-access --------------------------------------------------------------------------------------------------

Result<> request_access(StateStore& store, const AccessPlan& plan, ServiceOutcome& outcome) {
  auto service = store.lock_service(plan.id);
  if (!service) return pass(service);
  if (!*service) {
    outcome.reply = error_reply(404, "There is no service with this _id, or its time is over.");
    return {};
  }
  // First, so that what it gives back may be what it gets.
  if (auto done = give_back(store, (*service)->access, plan.id); !done) return done;
  AccessWish wish = plan.wish;
  wish.time = std::min(wish.time, milliseconds((*service)->left_ms));
  auto drawn = draw_access(store, wish, plan.id);
  if (!drawn) return pass(drawn);
  outcome.group = plan.wish.group;
  outcome.access = drawn->outcome;
  if (auto done = store.set_access(plan.id, drawn->access, wish.time); !done) return done;
  if (!plan.phone.empty() && is_given(drawn->outcome)) {
    if (auto done = store.set_phone(plan.id, plan.phone); !done) return done;
  }
  outcome.reply = is_given(drawn->outcome) ? access_reply(plan.id, drawn->access, wish.time, plan.times)
                                           : no_access_reply(drawn->outcome, wish.group);
  return {};
}

// --- The end of a service --------------------------------------------------------------------------------------------

Result<> end_service(StateStore& store, const std::string& id, std::optional<StateService>& ended) {
  auto locked = store.lock_service(id);
  if (!locked) return pass(locked);
  ended = *std::move(locked);
  if (!ended) return {};
  if (auto done = give_back(store, ended->access, id); !done) return done;
  if (auto done = store.remove_service(id); !done) return pass(done);
  auto removed = store.remove_area(ended->area);
  if (!removed) return pass(removed);
  return {};
}

}  // namespace outpost::supervisor::mobile
