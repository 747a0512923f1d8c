#include "supervisor/engine/answers.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "supervisor/engine/custom_fields.h"

namespace outpost::supervisor {

using protocol::AnswerRow;
using protocol::Event;
using protocol::RecordType;
using protocol::Rest;

namespace {

using Value = std::optional<Event::Value>;

// GSW_USER_EVENT, and what the engine adds: GSW_UNKNOWN_FIELDS, GSW_REFERENCE_ID.
constexpr std::size_t kAddedBehind = 3;

Value text(const std::string& value) { return value.empty() ? Value() : Value(value); }
Value number(std::int64_t value) { return Event::Value(value); }

const Zone* zone_of(const Scene& scene, const Subject& subject) {
  return subject.record ? scene.catalogue.zone(subject.record->tz_dbid) : nullptr;
}

// A record that its chain holds has no handle of its own.
Value handle_of(const Subject& subject) {
  if (subject.handle) return number(subject.handle->handle);
  bool own =
      subject.record && subject.record->record_status == static_cast<std::int32_t>(protocol::RecordStatus::retrieved);
  return own ? number(subject.record->handle) : Value();
}

Value uri_of(const Scene& scene, const Subject& subject) {
  if (!subject.handle) return {};
  std::string base = scene.settings.record_uri_base ? scene.settings.record_uri_base() : std::string();
  if (base.empty()) return {};
  return Event::Value(fmt::format("{}/records/{}", base, subject.handle->handle));
}

Value callback_type_of(const Subject& subject) {
  if (!subject.record) return {};
  switch (static_cast<RecordType>(subject.record->record_type)) {
    case RecordType::personal_callback:
    case RecordType::personal_rescheduled: return Event::Value(std::string(protocol::callback_types().names[0]));
    case RecordType::campaign_callback:
    case RecordType::campaign_rescheduled: return Event::Value(std::string(protocol::callback_types().names[1]));
    default: return {};
  }
}

Value schedule_of(const Scene& scene, const Subject& subject) {
  const Zone* zone = zone_of(scene, subject);
  if (!zone || subject.record->dial_sched_time == 0) return {};
  return Event::Value(zone->format(subject.record->dial_sched_time));
}

struct Source {
  std::string_view key;
  Value (*value)(const Scene&, const Subject&);
};

template <auto kMember>
Value of_record(const Scene&, const Subject& subject) {
  if (!subject.record) return {};
  const auto& value = subject.record->*kMember;
  if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
    return text(value);
  } else {
    return number(value);
  }
}

// Keys that are not here come from the request alone.
constexpr Source kSources[] = {
    {"GSW_AGENT_ID", of_record<&Record::agent_id>},
    {"GSW_APPLICATION_ID", [](const Scene& c, const Subject&) { return number(c.settings.application_dbid); }},
    {"GSW_ATTEMPTS", of_record<&Record::attempt>},
    {"GSW_CALLBACK_TYPE", [](const Scene&, const Subject& s) { return callback_type_of(s); }},
    {"GSW_CALLING_LIST", [](const Scene&, const Subject& s) { return s.list ? text(s.list->name) : Value(); }},
    {"GSW_CALLING_LIST_DBID", [](const Scene&, const Subject& s) { return s.list ? number(s.list->dbid) : Value(); }},
    {"GSW_CALL_ATTEMPT_GUID",
     [](const Scene&, const Subject& s) { return s.handle ? text(s.handle->call_attempt_guid) : Value(); }},
    {"GSW_CALL_RESULT", of_record<&Record::call_result>},
    {"GSW_CAMPAIGN_DESCRIPTION",
     [](const Scene&, const Subject& s) { return s.campaign ? Value(s.campaign->description) : Value(); }},
    {"GSW_CAMPAIGN_GROUP_DBID",
     [](const Scene&, const Subject& s) { return s.group ? number(s.group->dbid) : Value(); }},
    {"GSW_CAMPAIGN_GROUP_DESCRIPTION",
     [](const Scene&, const Subject& s) { return s.group ? Value(s.group->description) : Value(); }},
    {"GSW_CAMPAIGN_GROUP_NAME", [](const Scene&, const Subject& s) { return s.group ? text(s.group->name) : Value(); }},
    {"GSW_CAMPAIGN_MODE",
     [](const Scene&, const Subject& s) {
       return s.group ? Value(protocol::campaign_modes().name_of(static_cast<std::int32_t>(s.group->mode))) : Value();
     }},
    {"GSW_CAMPAIGN_NAME", [](const Scene&, const Subject& s) { return s.campaign ? text(s.campaign->name) : Value(); }},
    {"GSW_CHAIN_ATTR", [](const Scene&, const Subject& s) { return text(std::string(s.chain_attribute)); }},
    {"GSW_CHAIN_ID", of_record<&Record::chain_id>},
    {"GSW_CHAIN_N", of_record<&Record::chain_n>},
    {"GSW_CUSTOMER_ID", of_record<&Record::customer_id>},
    {"GSW_DATE_TIME", [](const Scene& c, const Subject& s) { return schedule_of(c, s); }},
    {"GSW_FROM", of_record<&Record::daily_from>},
    {"GSW_LOGOUT_TIME", [](const Scene& c, const Subject&) { return number(c.now); }},
    {"GSW_MESSAGE", [](const Scene&, const Subject& s) { return text(s.message); }},
    {"GSW_PHONE", of_record<&Record::contact_info>},
    {"GSW_PHONE_TYPE", of_record<&Record::contact_info_type>},
    {"GSW_RECORD_HANDLE", [](const Scene&, const Subject& s) { return handle_of(s); }},
    {"GSW_RECORD_STATUS", of_record<&Record::record_status>},
    {"GSW_RECORD_TYPE", of_record<&Record::record_type>},
    {"GSW_RECORD_URI", uri_of},
    {"GSW_TZ_NAME",
     [](const Scene& c, const Subject& s) {
       const TimeZone* zone = s.record ? c.catalogue.time_zone(s.record->tz_dbid) : nullptr;
       return zone ? text(zone->name) : Value();
     }},
    {"GSW_TZ_OFFSET",
     [](const Scene& c, const Subject& s) {
       const Zone* zone = zone_of(c, s);
       return zone ? number(zone->at(c.now).offset_seconds) : Value();
     }},
    {"GSW_UNTIL", of_record<&Record::daily_till>},
};

// A row of protocol::answers(), with what is found out about it once.
struct AnswerForm {
  struct Item {
    decltype(Event::Attribute::key) key;
    decltype(Source::value) value;  // nullptr: from the request alone
  };
  std::vector<Item> items;
  // Of a request that is echoed: what the row names, and what says nothing of the answer. By row of the vocabulary.
  std::vector<bool> left_out = std::vector<bool>(protocol::attributes().size());

  explicit AnswerForm(const AnswerRow& row) {
    for (std::string_view key : row.attributes) {
      const auto* source = std::ranges::find(kSources, key, &Source::key);
      items.push_back({decltype(Item::key)(key), source == std::end(kSources) ? nullptr : source->value});
      leave_out(key);
    }
    for (std::string_view key : {"GSW_AGENT_REQ_TYPE", "GSW_REFERENCE_ID", "GSW_USER_EVENT"}) leave_out(key);
  }
  static std::size_t place_of(const protocol::Attribute& attribute) {
    return static_cast<std::size_t>(&attribute - protocol::attributes().data());
  }
  void leave_out(std::string_view key) {
    if (const auto* attribute = protocol::find_attribute(key)) left_out[place_of(*attribute)] = true;
  }
  [[nodiscard]] bool leaves_out(const Event::Attribute& attribute) const {
    const protocol::Attribute* row = attribute.key.known();
    return row && left_out[place_of(*row)];
  }
};

const AnswerForm& answer_form(protocol::AnswerId id) {
  static const std::vector<AnswerForm> kForms(protocol::answers().begin(), protocol::answers().end());
  return kForms[static_cast<std::size_t>(id)];
}

// Custom fields go behind the attributes, as far as an event holds them.
Result<> add_custom(const Record& record, Event& event) {
  auto fields = custom_fields_of(record);
  if (!fields) return pass(fields);
  for (auto& [key, value] : *fields) {
    if (event.size() >= Event::kAttributesMax) break;
    // A key that was carried may be an attribute of a later version.
    if (!is_custom(key) && event.has(key)) continue;
    if (auto* integer = std::get_if<std::int64_t>(&value.value)) {
      event.add(std::move(key), *integer);
    } else if (auto* string = std::get_if<std::string>(&value.value)) {
      event.add(std::move(key), std::move(*string));
    }
  }
  return {};
}

// An attribute that the row names is there already: it was given.
void add_rest_of_request(const AnswerForm& form, Event& request, Event& answer) {
  for (Event::Attribute& attribute : request.attributes()) {
    if (!form.leaves_out(attribute)) answer.attributes().push_back({attribute.key, std::move(attribute.value)});
  }
}

}  // namespace

std::optional<Event::Value> answer_value(std::string_view key, const Scene& scene, const Subject& subject) {
  const auto* source = std::ranges::find(kSources, key, &Source::key);
  return source == std::end(kSources) ? Value() : source->value(scene, subject);
}

Result<Event> make_answer(const RequestContext& context, protocol::AnswerId id, const Subject& subject) {
  const AnswerRow& row = protocol::answer_row(id);
  const AnswerForm& form = answer_form(id);
  Event answer;
  answer.reserve(row.attributes.size() + context.event.size() + kAddedBehind);
  answer.add("GSW_USER_EVENT", row.event);
  for (const AnswerForm::Item& item : form.items) {
    Value value = item.value ? item.value(context, subject) : Value();
    if (!value && row.rest == Rest::request) {
      if (const Event::Value* given = context.event.find(item.key)) value = *given;
    }
    if (value) answer.attributes().push_back({item.key, std::move(*value)});
  }
  if (row.rest == Rest::request) add_rest_of_request(form, context.event, answer);
  if (row.rest == Rest::record && subject.record) {
    if (auto added = add_custom(*subject.record, answer); !added) return pass(added);
  }
  return answer;
}

Step<RequestReply> reply_with(const RequestContext& context, protocol::AnswerId id, const Subject& subject) {
  auto answer = make_answer(context, id, subject);
  if (!answer) return pass(answer);
  return RequestReply{std::move(*answer)};
}

}  // namespace outpost::supervisor
