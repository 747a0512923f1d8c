// An engine over a store of either kind, and requests in batches as the store's thread runs them.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "supervisor/store/store_thread.h"
#include "tests/component/supervisor/store/engines.h"
#include "tests/support/engine_fixture.h"

namespace outpost::test {

class EngineOn {
 public:
  explicit EngineOn(const std::string& name, const std::string& encoding = {})
      : stored_(name), store_(stored_.writer()) {
    JsonWriter arguments;
    arguments.begin_object().member("text", std::string(kCatalogue)).member("dry_run", false).end_object();
    auto parsed = parse_json(arguments.take());
    in_transaction(*store_, [&] { REQUIRE(run_apply(*store_, *parsed)); });
    EngineSettings settings;
    settings.application_name = "OCS_1";
    settings.application_dbid = 134;
    settings.tenant = "Resources";
    settings.record_uri_base = [] { return std::string("http://here"); };
    settings.session_timeout = std::chrono::seconds(100);
    engine_.emplace(std::move(settings), clock_);
    require_ok(engine_->set_encoding(encoding));
  }

  // One transaction.
  std::vector<Answer> batch(const std::vector<Request>& requests) {
    begin(requests);
    std::vector<Answer> answers;
    for (const Request& request : requests) answers.push_back(value_of(engine_->handle(*store_, request)));
    require_ok(store_->commit());
    return answers;
  }
  // The same, taken back.
  void failed_batch(const std::vector<Request>& requests) {
    begin(requests);
    for (const Request& request : requests) require_ok(engine_->handle(*store_, request));
    store_->rollback();
    engine_->forget_cache();
  }
  Event ask(const Request& request) { return batch({request}).front().event; }
  void sweep() {
    begin({});
    require_ok(engine_->sweep(*store_));
    require_ok(store_->commit());
  }

  // Previews and verdicts on their records, in one transaction each: what is asked next, or the answer.
  struct Pending {
    Request request;
    Engine::Reply reply;
    Verdict verdict = {};
  };
  void begin_validations(std::vector<Pending>& all) {
    Foresight foresight;
    for (const Pending& one : all) engine_->foresee(one.request, foresight);
    require_ok(store_->begin_foreseeing(std::move(foresight)));
    for (Pending& one : all) one.reply = value_of(engine_->handle(*store_, one.request));
    require_ok(store_->commit());
  }
  void end_validations(std::vector<Pending>& all) {
    Foresight foresight;
    auto validated = [](const Pending& one) {
      return Validated{one.reply.validation->handle, one.verdict, 0, true, one.reply.validation->contacts};
    };
    for (const Pending& one : all) engine_->foresee(one.request, validated(one), foresight);
    require_ok(store_->begin_foreseeing(std::move(foresight)));
    for (Pending& one : all) one.reply = value_of(engine_->end_validation(*store_, one.request, validated(one)));
    require_ok(store_->commit());
  }

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] RecordStore& store() { return *store_; }
  [[nodiscard]] ManualClock& clock() { return clock_; }
  std::vector<Record> records(std::int64_t list) { return all_records(*store_, list); }

 private:
  void begin(const std::vector<Request>& requests) {
    Foresight foresight;
    for (const Request& request : requests) engine_->foresee(request, foresight);
    require_ok(store_->begin_foreseeing(std::move(foresight)));
  }

  EngineUnderTest stored_;
  std::unique_ptr<RecordStore> store_;
  ManualClock clock_{kNoon};
  std::optional<Engine> engine_;
};

inline Request added(std::string phone, Attributes more = {}, std::string key = {}) {
  more.insert(more.begin(),
              {{"GSW_CALLING_LIST", "Spring_2024"}, {"GSW_PHONE", std::move(phone)}, {"GSW_TZ_NAME", "PST"}});
  return request("lists", "AddRecord", std::move(more), std::move(key));
}
inline Request previewed(const std::string& agent = {}) {
  Attributes attributes{{"GSW_CAMPAIGN_GROUP_DBID", n(501)}};
  if (!agent.empty()) attributes.push_back({"GSW_AGENT_ID", agent});
  return request("campaigngroups", "PreviewRecordRequest", std::move(attributes));
}
inline Request on_handle(std::string name, std::int64_t handle, Attributes more = {}) {
  more.insert(more.begin(), {"GSW_RECORD_HANDLE", handle});
  return request("records", std::move(name), std::move(more));
}
inline Request by_phone(std::string name, std::string phone, Attributes more = {}) {
  more.insert(more.begin(), {"GSW_PHONE", std::move(phone)});
  return request("phones", std::move(name), std::move(more));
}

}  // namespace outpost::test
