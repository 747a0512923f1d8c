#include "supervisor/engine/sending/sample_call.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/text.h"
#include "supervisor/children/courier/shown_reply.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/engine/sending/attempt.h"

namespace outpost::supervisor {

namespace {

EngineSettings sample_settings(const Config& config) {
  EngineSettings settings;
  settings.application_name = config.application.name;
  settings.application_dbid = config.application.dbid;
  settings.tenant = config.application.tenant;
  settings.outward = Outward::of(config);
  return settings;
}

Result<std::string> sample_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* given = arguments.find(name);
  if (!given) return std::string();
  const auto* text = std::get_if<std::string>(&given->value);
  if (!text) return fail(Errc::invalid, "argument {} must be a string, not {}", name, given->kind_name());
  return *text;
}

// By the catalogue as it is now, on the reader's thread.
Result<Sample> read_and_make(RecordStore& store, const EngineSettings& settings, const std::string& name,
                             const std::string& group) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto statistics = store.statistics();
  if (!statistics) return pass(statistics);
  CatalogueIndex index(*std::move(catalogue));
  return make_sample(name, group, Scene{index, settings, SystemClock().now()}, *statistics);
}

// As the real thing is sent, with a sign that it is none.
Result<FetchRequest> request_of_sample(const Sample& sample, std::int64_t now) {
  OutboxMessage message;
  message.message_id = -now;  // no real one has it, and a receiver that remembers them does not take it for an old one
  message.body = sample.body;
  auto request = request_of(message, sample.address, now);
  if (!request) return pass(request);
  bool of_outbox =
      sample.address.kind != OutwardKind::validation && sample.address.kind != OutwardKind::campaigngroup_states;
  if (!of_outbox) request->headers = {"Content-Type: application/json"};
  request->headers.emplace_back("X-Outpost-Test: 1");
  request->answer_bytes_max = kShownAnswerBytesMax;
  return request;
}

void write_sample_request(JsonWriter& out, const FetchRequest& request) {
  out.key("request").begin_object().member("method", request.method).member("url", shown_http_url(request.url));
  out.member("client", request.client).key("headers").begin_array();
  for (const std::string& header : request.headers) out.value(header);
  out.end_array().member("body", request.body).end_object();
}

// What there is to say once it was sent.
struct SentSample {
  std::string name;
  Sample sample;
  FetchRequest request;
};

std::string sample_reply(const SentSample& sent, const protocol::FetchReply& reply) {
  JsonWriter out;
  out.begin_object().member("name", sent.name);
  write_sample_request(out, sent.request);
  out.member("switched_on", sent.sample.switched_on);
  write_fetch_reply(out, reply);
  out.member("verdict", meaning_of_answer(sent.sample, reply));
  return out.end_object().take();
}

}  // namespace

SampleCalls::SampleCalls(EngineThreads& engine, std::function<Courier&()> courier, const Config& config)
    : engine_(engine), courier_(std::move(courier)), settings_(sample_settings(config)) {}

void SampleCalls::use(const Config& config) { settings_ = sample_settings(config); }

void SampleCalls::run(const JsonValue& arguments, EngineThreads::Respond respond) {
  auto name = sample_argument(arguments, "name");
  if (!name) return respond(pass(name));
  auto group = sample_argument(arguments, "group");
  if (!group) return respond(pass(group));
  auto made = std::make_shared<Sample>();
  auto make = [made, name = *name, group = *group, settings = settings_](RecordStore& store) -> Result<std::string> {
    auto sample = read_and_make(store, settings, name, group);
    if (!sample) return pass(sample);
    *made = *std::move(sample);
    return std::string();
  };
  engine_.read(std::move(make), [this, made, name = *name, respond = std::move(respond)](Result<std::string> outcome) {
    if (!outcome) return respond(std::move(outcome));
    send(name, *made, respond);
  });
}

void SampleCalls::send(const std::string& name, const Sample& sample, EngineThreads::Respond respond) {
  auto request = request_of_sample(sample, SystemClock().now());
  if (!request) return respond(pass(request));
  courier_().fetch(*request, [sent = SentSample{name, sample, *request}, respond = std::move(respond)](
                                 const protocol::FetchReply& reply) { respond(sample_reply(sent, reply)); });
}

}  // namespace outpost::supervisor
