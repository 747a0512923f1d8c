#include "supervisor/engine/outward/sample.h"

#include <algorithm>
#include <optional>

#include "common/text.h"
#include "supervisor/engine/outward/bodies.h"
#include "supervisor/engine/outward/group_status.h"
#include "supervisor/engine/outward/verdict.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kSampleName = "Sample";
constexpr std::string_view kSampleId = "sample";
constexpr std::string_view kSampleWebhookFront = "webhook:";

struct SampleKind {
  OutwardKind kind;
  std::string OutwardConfig::*url;
  std::string OutwardConfig::*http_client;
  std::string_view url_option;
};
constexpr SampleKind kSampleKinds[] = {
    {OutwardKind::validation, &OutwardConfig::validation_uri, &OutwardConfig::validation_http_client, "validation-uri"},
    {OutwardKind::history, &OutwardConfig::history_uri, &OutwardConfig::history_http_client, "history-uri"},
    {OutwardKind::contact_processed, &OutwardConfig::contact_processed_notification_uri,
     &OutwardConfig::contact_processed_http_client, "contact-processed-notification-uri"},
    {OutwardKind::campaigngroup_states, &OutwardConfig::campaigngroup_states_uri,
     &OutwardConfig::campaigngroup_states_http_client, "campaigngroup-states-uri"},
};

const SampleKind* sample_kind_of(std::string_view name) {
  const auto* found = std::ranges::find(kSampleKinds, name, [](const SampleKind& one) { return word_of(one.kind); });
  return found == std::end(kSampleKinds) ? nullptr : found;
}

Failure no_such_name(std::string_view name, const Outward& outward) {
  std::vector<std::string_view> names;
  for (const SampleKind& one : kSampleKinds) names.push_back(word_of(one.kind));
  std::string valid = join(names, ", ");
  for (const WebhookConfig& webhook : outward.webhooks()) {
    if (webhook.url.empty()) continue;
    names.push_back(webhook.name);
    valid += fmt::format(", webhook {}", webhook.name);
  }
  std::string_view near = nearest(name, names);
  return fail(Errc::not_found, "nothing that is sent is named \"{}\"{}; valid: {}, or a URL with http:// or https://",
              name, near.empty() ? "" : fmt::format("; is {} meant?", near), valid);
}

// By name, else by DBID.
Result<const CampaignGroup*> sample_group(std::string_view word, const Catalogue& catalogue) {
  if (word.empty()) return nullptr;
  auto found = std::ranges::find(catalogue.groups, word, &CampaignGroup::name);
  if (found == catalogue.groups.end()) {
    if (auto dbid = parse_integer(word)) found = std::ranges::find(catalogue.groups, *dbid, &CampaignGroup::dbid);
  }
  if (found != catalogue.groups.end()) return &*found;
  std::vector<std::string_view> names;
  for (const CampaignGroup& group : catalogue.groups) names.push_back(group.name);
  std::string_view near = nearest(word, names);
  return fail(Errc::not_found, "there is no campaign group \"{}\"; {}", word,
              near.empty() ? "outpostctl group shows those that there are" : fmt::format("is \"{}\" meant?", near));
}

// Somebody who does not exist, on a list of the group where there is one.
class SampleSubject {
 public:
  SampleSubject(const CampaignGroup* group, const Scene& scene) {
    subject_.group = group ? group : &made_up_group_;
    const CatalogueIndex& catalogue = scene.catalogue;
    const Campaign* campaign = group ? catalogue.campaign(group->campaign_dbid) : nullptr;
    subject_.campaign = campaign ? campaign : &made_up_campaign_;
    const CallingList* list = nullptr;
    if (campaign && !campaign->lists.empty()) list = catalogue.list(campaign->lists.front().list_dbid);
    subject_.list = list ? list : &made_up_list_;
    tenant_ = campaign ? catalogue.tenant(campaign->tenant_dbid) : nullptr;
    fill_record(scene.now);
    subject_.record = &record_;
    subject_.handle = &handle_;
  }
  SampleSubject(const SampleSubject&) = delete;
  SampleSubject& operator=(const SampleSubject&) = delete;

  [[nodiscard]] const Subject& get() const { return subject_; }
  [[nodiscard]] const Tenant& tenant() const { return tenant_ ? *tenant_ : made_up_tenant_; }
  // As it is before it is called.
  void be_ready() {
    record_.record_status = static_cast<std::int32_t>(protocol::RecordStatus::ready);
    record_.call_result = protocol::call_result::kUnknown;
    record_.attempt = 0;
    record_.call_time = 0;
  }

 private:
  void fill_record(std::int64_t now) {
    record_.contact_info = "+15550100";
    record_.agent_id = kSampleId;
    record_.customer_id = kSampleId;
    record_.call_result = protocol::call_result::kAnswer;
    record_.record_status = static_cast<std::int32_t>(protocol::RecordStatus::updated);
    record_.attempt = 1;
    record_.call_time = now;
    handle_.agent_id = kSampleId;
    handle_.call_attempt_guid = "00000000-0000-0000-0000-000000000000";
    handle_.opened_at = handle_.touched_at = handle_.closed_at = now;
    made_up_campaign_.name = made_up_list_.name = made_up_tenant_.name = kSampleName;
    made_up_group_.name = fmt::format("{}@{}", kSampleName, kSampleName);
    made_up_group_.state = protocol::GroupState::running;
  }

  CampaignGroup made_up_group_;
  Campaign made_up_campaign_;
  CallingList made_up_list_;
  Tenant made_up_tenant_;
  Record record_;
  Handle handle_;
  Subject subject_;
  const Tenant* tenant_ = nullptr;
};

std::string sample_status_body(const SampleSubject& subject, bool is_real, const Scene& scene,
                               std::span<const Statistic> statistics, const OutwardConfig& options) {
  const CampaignGroup& group = *subject.get().group;
  GroupStatus status = group_status(group, scene.catalogue.all(), statistics, options);
  if (!is_real) status.tenant = status.campaign = kSampleName;
  return group_status_body(status, {GroupEvent::periodic, {group.state, group.mode}});
}

Result<std::string> sample_body(OutwardKind kind, SampleSubject& subject, const Scene& scene,
                                const OutwardConfig& options) {
  switch (kind) {
    case OutwardKind::validation: subject.be_ready(); return validation_body(scene, subject.get());
    case OutwardKind::history:
      return history_body(scene, subject.get(),
                          {.sequence = 1, .tenant_ccid = options.tenant_ccid, .tenant = &subject.tenant()});
    case OutwardKind::contact_processed: return contact_processed_body(scene, subject.get());
    case OutwardKind::webhook:
      subject.be_ready();
      return webhook_body(scene, WebhookEvent::record_added, subject.get());
    case OutwardKind::campaigngroup_states: break;
  }
  return std::string();
}

Result<Sample> webhook_sample(const WebhookConfig& webhook, const Scene& scene) {
  SampleSubject subject(nullptr, scene);
  Sample sample;
  sample.address = {OutwardKind::webhook, webhook.url, webhook.http_client, webhook.secret};
  sample.options = scene.settings.outward.application();
  auto body = sample_body(OutwardKind::webhook, subject, scene, sample.options);
  if (!body) return pass(body);
  sample.body = *std::move(body);
  return sample;
}

Result<Sample> kind_sample(const SampleKind& kind, const CampaignGroup* group, const Scene& scene,
                           std::span<const Statistic> statistics) {
  Sample sample;
  sample.options = scene.settings.outward.of(group);
  sample.address = {kind.kind, sample.options.*kind.url, sample.options.*kind.http_client, {}};
  sample.switched_on = switched_on(sample.options, kind.kind);
  if (sample.address.url.empty()) {
    std::string whose = group ? fmt::format("neither the application nor campaign group \"{}\" has", group->name)
                              : std::string("the application does not have");
    return fail(Errc::invalid, "there is no address for {}: {} the option {}", word_of(kind.kind), whose,
                kind.url_option);
  }
  SampleSubject subject(group, scene);
  bool states = kind.kind == OutwardKind::campaigngroup_states;
  auto body = states ? sample_status_body(subject, group != nullptr, scene, statistics, sample.options)
                     : sample_body(kind.kind, subject, scene, sample.options);
  if (!body) return pass(body);
  sample.body = *std::move(body);
  return sample;
}

}  // namespace

Result<Sample> make_sample(std::string_view name, std::string_view group, const Scene& scene,
                           std::span<const Statistic> statistics) {
  const Outward& outward = scene.settings.outward;
  if (const SampleKind* kind = sample_kind_of(name)) {
    auto found = sample_group(group, scene.catalogue.all());
    if (!found) return pass(found);
    return kind_sample(*kind, *found, scene, statistics);
  }
  std::string_view hook = name.starts_with(kSampleWebhookFront) ? name.substr(kSampleWebhookFront.size()) : name;
  auto webhook = std::ranges::find(outward.webhooks(), hook, &WebhookConfig::name);
  if (webhook == outward.webhooks().end() || webhook->url.empty()) return no_such_name(name, outward);
  if (!group.empty()) return fail(Errc::invalid, "webhook {} is no campaign group's; it takes no group", hook);
  return webhook_sample(*webhook, scene);
}

namespace {

bool is_taken(const protocol::FetchReply& reply) {
  return reply.outcome == protocol::FetchOutcome::answered && reply.status >= 200 && reply.status <= 299;
}

std::string changed_keys(const protocol::Event& update) {
  std::vector<std::string_view> keys;
  for (const protocol::Event::Attribute& attribute : update) keys.push_back(attribute.key);
  return join(keys, ", ");
}

std::string meaning_for_validation(const OutwardConfig& options, const Verdict& verdict) {
  auto result = [&](std::optional<std::int32_t> given) {
    return protocol::call_results().name_of(given.value_or(options.validation_timeout_call_result));
  };
  switch (verdict.kind) {
    case Verdict::Kind::dial:
      if (verdict.update.empty()) return "the record would be handed out";
      return fmt::format("the record would be handed out, with these changed: {}", changed_keys(verdict.update));
    case Verdict::Kind::refuse:
      return fmt::format("the record would be handed to nobody: its call result would be {}",
                         result(verdict.call_result));
    case Verdict::Kind::fail:
    case Verdict::Kind::give_back: break;
  }
  return fmt::format(
      "the validation would have failed: {}; the record would get the call result {} and be due again in {} s",
      verdict.reason, result({}), options.validation_retry_delay);
}

}  // namespace

std::string meaning_of_answer(const Sample& sample, const protocol::FetchReply& reply) {
  using enum protocol::FetchOutcome;
  if (reply.outcome == unavailable || reply.outcome == lost)
    return "no courier has sent it; the real one waits for the next";
  if (sample.address.kind == OutwardKind::validation) {
    return meaning_for_validation(sample.options, read_verdict(reply, 0));  // the handle of the sample
  }
  if (is_taken(reply)) return "it would count as delivered";
  if (sample.address.kind == OutwardKind::campaigngroup_states) return "it would be lost: states are never sent again";
  if (!retries(sample.options, sample.address.kind)) {
    return "it would be given up: http-retry-applies-to does not name what it is";
  }
  std::uint32_t most = sample.options.http_retry_max_attempts;
  return most == 0 ? fmt::format("it would be sent again, for up to {} h", sample.options.outbox_retention)
                   : fmt::format("it would be sent again, up to {} times", most);
}

}  // namespace outpost::supervisor
