#include "protocol/manual.h"

#include <array>
#include <string>

#include <fmt/core.h>

#include "common/integers.h"
#include "common/text.h"
#include "protocol/channel/control.h"
#include "protocol/channel/courier.h"
#include "protocol/channel/frame.h"
#include "protocol/channel/messages.h"
#include "protocol/outbound/requests.h"
#include "protocol/outbound/transitions.h"
#include "protocol/outbound/vocabulary.h"

namespace outpost::protocol {

namespace {

template <class... Args>
void add(std::string& out, fmt::format_string<Args...> text, Args&&... args) {
  fmt::format_to(std::back_inserter(out), text, std::forward<Args>(args)...);
}

// --- Messages --------------------------------------------------------------------------------------------------------

template <class T>
std::string type_name() {
  if constexpr (Described<T>) {
    std::string out;
    std::apply(
        [&](const auto&... f) {
          ((out += fmt::format("{}{} {}", out.empty() ? "" : ", ", f.name,
                               type_name<std::decay_t<decltype(std::declval<T>().*(f.member))>>())),
           ...);
        },
        T::fields());
    return fmt::format("({})", out);
  } else if constexpr (detail::IsVector<T>::value) {
    return "list of " + type_name<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (std::is_same_v<T, Event>) {
    return "event";
  } else if constexpr (Worded<T>) {
    return fmt::format("word ({})", join(words_of(T{}), ", "));
  } else {
    return fmt::format("{}{}", std::is_signed_v<T> ? 'i' : 'u', 8 * sizeof(T));
  }
}

// The fields of a struct that is a field itself follow it, behind its name.
template <class Message>
void add_fields(std::string& out, const std::string& prefix) {
  auto row = [&]<class Member>(const Field<Message, Member>& f) {
    if constexpr (Described<Member>) {
      add(out, "| {}{} | as follows | {} |\n", prefix, f.name, f.text);
      add_fields<Member>(out, fmt::format("{}{}.", prefix, f.name));
    } else {
      add(out, "| {}{} | {} | {}{} |\n", prefix, f.name, type_name<Member>(), f.text,
          f.privacy == Privacy::secret ? "; never logged" : "");
    }
  };
  std::apply([&](const auto&... f) { (row(f), ...); }, Message::fields());
}

template <class Family>
void add_family(std::string& out, std::string_view heading) {
  add(out, "\n### {}\n", heading);
  for_each_message<Family>([&]<class Message>(const Message&) {
    add(out, "\n**{} {}**: {}\n", Message::kId, Message::kName, Message::kText);
    if (std::tuple_size_v<decltype(Message::fields())> == 0) return;
    add(out, "\n| field | type | meaning |\n|---|---|---|\n");
    add_fields<Message>(out, "");
  });
}

void add_messages(std::string& out) {
  add(out,
      "\n## Frames\n\n"
      "The channels of proxy and courier and the control socket carry frames of {} bytes and a payload: payload length "
      "(u32, at most {}), "
      "message type (u16), flags (u16, zero), correlation id (u64). Integers are little-endian. A payload is the "
      "fields of its message in order: bool is one byte, so is the number of a word (from 0), string and list begin "
      "with a u32 count, event is a u32 count "
      "of attributes, each a key, a type byte and a value.\n",
      kFrameHeaderBytes, kPayloadBytesMax);
  add(out, "\n## Proxy channel, version {}\n", kChannelVersion);
  add_family<FromProxy>(out, "From the proxy to the supervisor");
  add_family<FromSupervisor>(out, "From the supervisor to the proxy");
  add(out, "\n## Courier channel, of the same version\n");
  add_family<FromCourier>(out, "From the courier to the supervisor");
  add_family<ToCourier>(out, "From the supervisor to the courier");
  add(out, "\n## Control socket, version {}\n", kControlVersion);
  add_family<FromCtl>(out, "From outpostctl to the supervisor");
  add_family<ToCtl>(out, "From the supervisor to outpostctl");
}

// --- Words of the outbound protocol ----------------------------------------------------------------------------------

void add_requests(std::string& out) {
  add(out,
      "\n## Requests\n\n"
      "A request is `<method> /<resource>/<id>?req=<request>`, or `<method> /<resource>/<id>/<request>` for clients "
      "that "
      "cannot tell requests by the query; a target that names it both ways is refused. Any request may be sent by POST "
      "or PUT. What follows is in openapi.json as well, for programs.\n\n"
      "| resource | request | what it does | methods | protocol | answer |\n|---|---|---|---|---|---|\n");
  for (const RequestRow& row : requests()) {
    std::string answer(answer_row(row.answer).event);
    for (AnswerId other : row.besides) answer += fmt::format(" or {}", answer_row(other).event);
    add(out, "| {} | {}{} | {} {} | {} | {} | {} |\n", to_string(row.resource), row.request,
        row.alias.empty() ? "" : fmt::format(" (or {})", row.alias), row.text, row.details,
        row.safe ? "POST, PUT, GET, HEAD" : "POST, PUT",
        row.protocol == OutboundProtocol::desktop ? "Desktop" : "Third Party", answer);
  }
}

std::string keys_of(std::span<const RequestAttribute> attributes, Use use) {
  std::string out;
  for (const RequestAttribute& attribute : attributes) {
    if (attribute.use == use) out += fmt::format("{}{}", out.empty() ? "" : ", ", attribute.key);
  }
  return out;
}

void add_request_attributes(std::string& out) {
  add(out,
      "\n## Attributes of each request\n\n"
      "*URI*: given by the path. *Must*: error 103 without it. *May*: has an effect when it is given. *Target*: names "
      "the target once more; error 106 when it contradicts. Every request may carry {}, and {}: another application is "
      "error 124, and to another tenant the target does not exist. Any other key of *Attributes* is carried through to "
      "the answer. So are custom fields; those that are stored must be declared by the calling list. What becomes of "
      "one that is not, and of a `GSW_` key that *Attributes* does not have, is the option `unknown-fields` of the "
      "list, else of the application: *report* (the answer's GSW_UNKNOWN_FIELDS names it, and it is not carried "
      "through), *refuse* (error 104) or *carry* (it is stored beside the declared fields).\n\n"
      "| resource | request | URI | must | may | target |\n|---|---|---|---|---|---|\n",
      keys_of(common_attributes(), Use::optional), keys_of(common_attributes(), Use::target));
  for (const RequestRow& row : requests()) {
    std::string may = keys_of(row.attributes, Use::optional);
    if (row.custom) may += may.empty() ? "custom fields" : ", custom fields";
    add(out, "| {} | {} | {} | {} | {} | {} |\n", to_string(row.resource), row.request,
        keys_of(row.attributes, Use::path), keys_of(row.attributes, Use::mandatory), may,
        keys_of(row.attributes, Use::target));
  }
}

void add_answers(std::string& out) {
  add(out,
      "\n## Answers\n\n"
      "Each begins with `GSW_USER_EVENT`, has `GSW_UNKNOWN_FIELDS` when fields of the request were not stored, as in "
      "`first (is FIRST meant?)`, and `GSW_REFERENCE_ID` when the request had one. An attribute without a "
      "value is left out. ChainedRecord events are the array `records` of ChainedRecordsDataEnd.\n\n"
      "| event | attributes |\n|---|---|\n");
  for (const AnswerRow& row : answers()) {
    std::string_view rest = row.rest == Rest::request  ? ", what else the request carried"
                            : row.rest == Rest::record ? ", custom fields"
                                                       : "";
    add(out, "| {} | {}{} |\n", row.event, join(row.attributes, ", "), rest);
  }
}

// --- State changes ---------------------------------------------------------------------------------------------------

std::string show_change(const Change& change, const Enumeration& names) {
  auto name = [&](std::int32_t number) { return fmt::format("{} {}", number, names.name_of(number)); };
  std::string other = !change.value ? "="
                      : change.only_over
                          ? fmt::format("{} over {}, else =", name(*change.value), name(*change.only_over))
                          : name(*change.value);
  return change.given ? fmt::format("given, else {}", other) : other;
}

void add_transitions(std::string& out) {
  add(out,
      "\n## What becomes of a record\n\n"
      "*=*: unchanged. Attempt: *+1* also sets call_time. A handle that is closed can be used no more (error 120), and "
      "the rows of the chain that it held are free again.\n\n"
      "| cause | record_type | record_status | call_result | attempt | handle | besides "
      "|\n|---|---|---|---|---|---|---|\n");
  constexpr std::string_view kHandle[] = {"=", "opened", "closed"};
  for (const Transition& row : transitions()) {
    add(out, "| {} | {} | {} | {} | {} | {} | {} |\n", row.cause, show_change(row.type, record_types()),
        show_change(row.status, record_statuses()), show_change(row.result, call_results()), row.attempt ? "+1" : "=",
        kHandle[static_cast<std::size_t>(row.handle)], row.others);
  }
}

std::string type_of(const Attribute& attribute) {
  switch (attribute.type) {
    case ValueType::text: return fmt::format("text of up to {} bytes", attribute.bytes_max);
    case ValueType::integer: return fmt::format("integer from {} to {}", attribute.low, attribute.high);
    case ValueType::number_enum:
      return fmt::format("name or number of {}, answered as number", attribute.enumeration().name);
    case ValueType::name_enum:
      return fmt::format("name or number of {}, answered as name", attribute.enumeration().name);
    case ValueType::any: return "text or integer";
  }
  return {};
}

void add_attributes(std::string& out) {
  add(out,
      "\n## Attributes\n\n"
      "Keys of request and answer bodies. An integer may also be sent as a string of its digits. Keys that do not "
      "begin with `GSW_` are custom fields. Every integer, also of a custom field, is from {} to {}, which JSON "
      "carries "
      "exactly everywhere; what an answer holds can be sent back.\n\n"
      "| key | type | meaning |\n|---|---|---|\n",
      -kIntegerMax, kIntegerMax);
  for (const Attribute& attribute : attributes()) {
    add(out, "| {} | {} | {} |\n", attribute.key, type_of(attribute), attribute.text);
  }
}

void add_enumerations(std::string& out) {
  constexpr std::array kAll{record_types,   record_statuses, call_results,   contact_types, dial_modes,
                            campaign_modes, group_states,    callback_types, treatments,    chain_attributes};
  add(out, "\n## Enumerations\n\nNames are accepted in any case.\n");
  for (auto* enumeration : kAll) {
    add(out, "\n**{}**:", enumeration().name);
    const char* separator = " ";
    for (std::size_t i = 0; i < enumeration().names.size(); ++i) {
      add(out, "{}{} {}", separator, i, enumeration().names[i]);
      separator = ", ";
    }
    out += '\n';
  }
}

void add_errors(std::string& out) {
  add(out,
      "\n## Errors\n\n"
      "A failure is answered with the event `Error`: `GSW_ERROR_NUMBER` is one of these, `GSW_ERROR` says what was "
      "wrong. 102 is 404 when the resource type itself is not known. What HTTP itself refuses (a method, a size, a "
      "missing token, too many requests, bytes that are no HTTP) has its HTTP status as number.\n\n"
      "| number | name | HTTP status |\n|---|---|---|\n");
  for (const ErrorRow& row : errors()) {
    add(out, "| {} | {} | {} |\n", static_cast<std::int32_t>(row.number), row.name, row.http_status);
  }
}

void add_headers(std::string& out) {
  add(out,
      "\n## Headers\n\n"
      "**Idempotency-Key**, sent: 1 to {} visible ASCII characters. The same request under the same key is done once; "
      "the answer of that time comes back with **Idempotency-Replayed: true**.\n\n"
      "**X-Request-Id**, sent: 1 to {} visible ASCII characters but quotes and backslash. **traceparent**, sent: as "
      "W3C "
      "Trace Context has it, of version 00 or a later one, at most as long. Both are written to the logs of proxy and "
      "supervisor and returned as they came. One that is malformed, too long or sent twice is ignored, as if it had "
      "not been sent, and not returned; no request is refused for it. None is made: every exchange has a name in the "
      "logs, the number of its connection and its own on it. `tracestate` is not read, for nothing is called on.\n\n"
      "**Location**, returned by AddRecord: where requests reach the new record, with the tenant if the request's URI "
      "had one. A record has a handle, and so `/records/<handle>`, only once a preview has handed it out "
      "(`GSW_RECORD_URI`); until then its location is its contact, `/phones/<contact>`, for RequestRecordCancel and "
      "DoNotCall, which then hold for every record of this contact.\n\n"
      "**Accept**, sent: `application/problem+json` anywhere in it, not with `q=0`, turns failures into problem "
      "details (RFC 9457): `type` is `urn:outpost:error:` and the name of the error, or `about:blank` where HTTP "
      "itself refuses; `title`, `status`, `detail`; `instance` is `urn:outpost:exchange:` and the name of the exchange "
      "in the logs. What a failure has otherwise follows. Without it `text/html` alone makes failures a page, and "
      "`text/plain` without JSON labels all as text.\n",
      kIdempotencyKeyBytesMax, kRequestIdBytesMax);
}

}  // namespace

std::string messages_manual() {
  std::string out = "# Messages of Outpost\n\nMade by `outpostd --print-messages-manual`.\n";
  add_messages(out);
  add_requests(out);
  add_request_attributes(out);
  add_answers(out);
  add_transitions(out);
  add_attributes(out);
  add_enumerations(out);
  add_errors(out);
  add_headers(out);
  return out;
}

}  // namespace outpost::protocol
