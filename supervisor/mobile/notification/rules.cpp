#include "supervisor/mobile/notification/rules.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "common/digest.h"
#include "common/excerpt.h"
#include "common/json.h"
#include "common/text.h"
#include "protocol/mobile/limits.h"
#include "supervisor/config/outward_texts.h"
#include "supervisor/mobile/notification/filter.h"
#include "supervisor/mobile/services/service_ids.h"

namespace outpost::supervisor::mobile {

namespace {

constexpr std::uint16_t kBadRequest = 400;
constexpr std::uint16_t kForbidden = 403;
constexpr std::size_t kIdDigits = 32;
constexpr std::string_view kBasic = "Basic ";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

template <class... Args>
tl::unexpected<Refusal> refused(fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Refusal{kBadRequest, fmt::format(text, std::forward<Args>(args)...)});
}

// --- Members ---------------------------------------------------------------------------------------------------------

tl::expected<JsonValue, Refusal> read_object(std::string_view json, std::string_view what) {
  auto parsed = parse_json(json, {.bytes_max = 2 * protocol::kMobileJsonBytesMax});
  if (!parsed) return refused("The body is no JSON: {}.", parsed.error().text);
  if (parsed->kind() != JsonValue::Kind::object) {
    return refused("{} must be a JSON object, not {}.", what, parsed->kind_name());
  }
  return *std::move(parsed);
}

// Null is as good as absent.
const JsonValue* given(const JsonValue& object, std::string_view name) {
  const JsonValue* found = object.find(name);
  return found && found->kind() != JsonValue::Kind::null ? found : nullptr;
}

// Of a string; `shown` is the name with those of the objects around it.
tl::expected<std::string, Refusal> checked_text(const JsonValue& value, std::string_view shown, std::size_t bytes_max) {
  const auto* text = std::get_if<std::string>(&value.value);
  if (!text) return refused("{} is {}; it must be a string of 1 to {} bytes.", shown, value.kind_name(), bytes_max);
  if (text->empty() || text->size() > bytes_max) {
    return refused("{} has {} bytes; it must be a string of 1 to {} bytes.", shown, text->size(), bytes_max);
  }
  if (!is_plain_text(*text)) return refused("{} must be UTF-8 without NUL.", shown);
  return *text;
}

tl::expected<std::string, Refusal> needed_text(const JsonValue& object, std::string_view name, std::string_view shown,
                                               std::size_t bytes_max) {
  const JsonValue* value = given(object, name);
  if (!value) return refused("{} is missing; it must be a string of 1 to {} bytes.", shown, bytes_max);
  return checked_text(*value, shown, bytes_max);
}

// --- Parts of a subscription -----------------------------------------------------------------------------------------

// What is no time stands for the default, as a ttl that is none does.
std::chrono::seconds time_of(const JsonValue* value, std::chrono::seconds otherwise) {
  std::optional<std::int64_t> seconds;
  if (value) {
    if (const auto* number = std::get_if<std::int64_t>(&value->value)) seconds = *number;
    if (const auto* text = std::get_if<std::string>(&value->value)) seconds = parse_integer(*text);
  }
  if (!seconds || *seconds < 1) return otherwise;
  return std::chrono::seconds(std::min(*seconds, protocol::kTtlMax));
}

// A text, or true, false or an integer as the text of it.
std::optional<std::string> property_text(const JsonValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return std::to_string(*number);
  return std::nullopt;
}

tl::expected<Texts, Refusal> read_properties(const JsonValue* value) {
  Texts properties;
  if (!value) return properties;
  const auto* members = std::get_if<JsonValue::Object>(&value->value);
  if (!members || members->size() > kPropertiesMax) {
    return refused("notificationDetails.properties must be an object of at most {} strings.", kPropertiesMax);
  }
  for (const auto& [name, member] : *members) {
    auto text = property_text(member);
    if (!text || name.size() > protocol::kMobileNameBytesMax || text->size() > kPropertyBytesMax ||
        !is_plain_text(name) || !is_plain_text(*text)) {
      return refused("A property must have a name of at most {} bytes and a string of at most {}.",
                     protocol::kMobileNameBytesMax, kPropertyBytesMax);
    }
    properties.emplace(name, *std::move(text));
  }
  return properties;
}

// The value of the header Authorization; user and password in the clear, or as they would be sent.
tl::expected<std::string, Refusal> read_authorization(const JsonValue* value) {
  if (!value) return std::string();
  auto text = checked_text(*value, "authorization", kAuthorizationBytesMax);
  if (!text) return text;
  bool encoded = equal_ignoring_case(std::string_view(*text).substr(0, kBasic.size()), kBasic);
  auto pair = encoded ? of_base64(trim(std::string_view(*text).substr(kBasic.size()))) : *text;
  // RFC 7617: no control characters.
  bool sound = pair && pair->find(':') != std::string::npos &&
               std::ranges::none_of(*pair, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
  if (!sound) return refused("authorization must be \"user:password\", or \"Basic\" and the same in Base64.");
  return std::string(kBasic) + base64(*pair);
}

// --- Targets ---------------------------------------------------------------------------------------------------------

// How much of a URL is right the courier knows, which reads it as libcurl does.
std::optional<Refusal> check_url(const std::string& url) {
  if (equal_ignoring_case(std::string_view(url).substr(0, kHttps.size()), kHttps)) {
    return Refusal{kBadRequest,
                   "notificationDetails.deviceId of httpcb is posted to over plain HTTP: it must begin "
                   "with http://, not https://."};
  }
  bool is_http = equal_ignoring_case(std::string_view(url).substr(0, kHttp.size()), kHttp);
  if (is_http && http_url_fault(std::string(kHttp) + url.substr(kHttp.size())).empty()) return std::nullopt;
  return Refusal{
      kBadRequest,
      "notificationDetails.deviceId of httpcb must be a URL that begins with http:// and a host, perhaps with a "
      "port of 1 to 65535, in printable ASCII without blanks, # and \\; user and password are the member "
      "authorization."};
}

// Both become segments of a path. The name of an event has the letters of an id.
std::optional<Refusal> check_session(const std::string& session, const Texts& properties) {
  if (!may_be_service_id(session)) {
    return Refusal{kBadRequest,
                   "notificationDetails.deviceId of orscb must be the id of an ORS session: letters, "
                   "digits and ~ - . _, at most 256."};
  }
  auto event = properties.find("event");
  if (event == properties.end() || may_be_service_id(event->second)) return std::nullopt;
  return Refusal{kBadRequest,
                 "The property event must be the name of an ORS event: letters, digits and ~ - . _, at most 256."};
}

std::optional<Refusal> check_target(PushType type, const std::string& device, const Texts& properties) {
  if (type == PushType::httpcb) return check_url(device);
  if (type == PushType::orscb) return check_session(device, properties);
  if (type == PushType::comet && device.size() > protocol::kMobileUserBytesMax) {
    return Refusal{kBadRequest, fmt::format("notificationDetails.deviceId of comet must be a gms_user of at most {} "
                                            "bytes.",
                                            protocol::kMobileUserBytesMax)};
  }
  return std::nullopt;
}

std::string enabled_words(const std::set<PushType>& enabled) {
  std::vector<std::string_view> words;
  for (PushType type : enabled) words.push_back(word_of(type));
  return words.empty() ? "none" : join(words, ", ");
}

tl::expected<PushType, Refusal> read_type(const JsonValue& details, const SubscriptionRules& rules) {
  auto word = needed_text(details, "type", "notificationDetails.type", protocol::kMobileNameBytesMax);
  if (!word) return tl::unexpected(std::move(word.error()));
  auto type = from_word<PushType>(*word);
  if (!type) {
    return refused("notificationDetails.type is \"{}\"; valid: {}.", excerpt(*word), join(kPushTypeWords, ", "));
  }
  if (!rules.enabled.contains(*type)) {
    return refused("Notifications of type {} are not delivered by this node; those of these types are: {}.", *word,
                   enabled_words(rules.enabled));
  }
  bool makes_this_node_ask = *type == PushType::httpcb || *type == PushType::orscb;
  if (makes_this_node_ask && rules.external) {
    return tl::unexpected(
        Refusal{kForbidden, fmt::format("A subscription of type {} is not taken over this listener.", *word)});
  }
  return *type;
}

std::optional<Refusal> read_details(const JsonValue& body, const SubscriptionRules& rules, StateSubscription& row) {
  const JsonValue* details = given(body, "notificationDetails");
  if (!details || details->kind() != JsonValue::Kind::object) {
    return Refusal{kBadRequest, "notificationDetails must be an object with type and deviceId."};
  }
  auto type = read_type(*details, rules);
  if (!type) return type.error();
  auto device = needed_text(*details, "deviceId", "notificationDetails.deviceId", kDeviceBytesMax);
  if (!device) return device.error();
  auto properties = read_properties(given(*details, "properties"));
  if (!properties) return properties.error();
  if (auto wrong = check_target(*type, *device, *properties)) return wrong;
  row.type = word_of(*type);
  row.device = *std::move(device);
  row.properties = texts_json(*properties);
  return std::nullopt;
}

tl::expected<std::string, Refusal> read_provider(const JsonValue& body, const SubscriptionRules& rules) {
  const JsonValue* value = given(body, "providerName");
  if (!value) return std::string();
  auto name = checked_text(*value, "providerName", protocol::kMobileNameBytesMax);
  if (name && !rules.has_provider(*name)) {
    return refused("providerName is \"{}\", and there is no section push.provider.{}.", excerpt(*name), excerpt(*name));
  }
  return name;
}

// --- Parts of an event -----------------------------------------------------------------------------------------------

// Behind the value that begins at `at`, of JSON that is compact and well-formed.
std::size_t behind_value(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  bool in_text = false;
  for (; at < json.size(); ++at) {
    char c = json[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth > 0 ? c == '}' || c == ']' : c == ',' || c == '}') {
      if (depth == 0) break;
      --depth;
    }
  }
  return at;
}

// The text of a member, as it is: what is parsed and written again would lose digits of numbers.
std::optional<std::string_view> raw_member(std::string_view json, std::string_view name) {
  const std::string wanted = fmt::format("\"{}\":", name);
  std::size_t at = 1;
  while (at < json.size()) {
    bool found = json.substr(at).starts_with(wanted);
    // A name is a value too, up to its end.
    std::size_t begin = found ? at + wanted.size() : at;
    std::size_t end = behind_value(json, begin);
    if (found) return json.substr(begin, end - begin);
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace

tl::expected<NewSubscription, Refusal> read_subscription(std::string_view json, const SubscriptionRules& rules) {
  auto body = read_object(json, "A subscription");
  if (!body) return tl::unexpected(std::move(body.error()));
  auto subscriber = needed_text(*body, "subscriberId", "subscriberId", protocol::kMobileNameBytesMax);
  if (!subscriber) return tl::unexpected(std::move(subscriber.error()));
  auto filter = needed_text(*body, "filter", "filter", kFilterBytesMax);
  if (!filter) return tl::unexpected(std::move(filter.error()));
  NewSubscription made;
  if (auto wrong = read_details(*body, rules, made.row)) return tl::unexpected(*std::move(wrong));
  auto provider = read_provider(*body, rules);
  if (!provider) return tl::unexpected(std::move(provider.error()));
  auto authorization = read_authorization(given(*body, "authorization"));
  if (!authorization) return tl::unexpected(std::move(authorization.error()));
  made.row.subscriber = *std::move(subscriber);
  made.row.pattern = is_pattern(*filter);
  made.row.prefix = literal_prefix(*filter);
  made.row.filter = *std::move(filter);
  made.row.provider = *std::move(provider);
  made.row.authorization = *std::move(authorization);
  made.time = time_of(given(*body, "expire"), rules.default_time);
  if (rules.external) made.time = std::min(made.time, kExternalTimeMax);
  return made;
}

std::string subscription_json(const StateSubscription& row) {
  constexpr std::int64_t kMsPerSecond = 1000;
  JsonWriter out;
  out.begin_object().member("id", row.id).member("subscriberId", row.subscriber).member("filter", row.filter);
  out.member("expire", row.left_ms / kMsPerSecond);
  if (!row.provider.empty()) out.member("providerName", row.provider);
  out.key("notificationDetails").begin_object().member("type", row.type).member("deviceId", row.device);
  out.key("properties").raw(row.properties.empty() ? "{}" : row.properties);
  return out.end_object().end_object().take();
}

tl::expected<NotificationEvent, Refusal> read_event(std::string_view json) {
  auto body = read_object(json, "An event");
  if (!body) return tl::unexpected(std::move(body.error()));
  auto tag = needed_text(*body, "tag", "tag", kTagBytesMax);
  if (!tag) return tl::unexpected(std::move(tag.error()));
  auto message = given(*body, "message") ? raw_member(json, "message") : std::nullopt;
  if (!message) return refused("message is missing; it must be a string or other JSON.");
  const JsonValue* media = given(*body, "mediaType");
  if (!media) return make_event(*std::move(tag), std::string(*message), word_of(MediaType::string));
  auto word = checked_text(*media, "mediaType", protocol::kMobileNameBytesMax);
  if (!word) return tl::unexpected(std::move(word.error()));
  return make_event(*std::move(tag), std::string(*message), *word);
}

tl::expected<NotificationEvent, Refusal> make_event(std::string tag, std::string message, std::string_view media_type) {
  auto media = from_word<MediaType>(media_type.empty() ? word_of(MediaType::string) : media_type);
  if (!media) return refused("mediaType is \"{}\"; valid: {}.", excerpt(media_type), join(kMediaTypeWords, ", "));
  if (tag.empty() || tag.size() > kTagBytesMax) return refused("tag must have 1 to {} bytes.", kTagBytesMax);
  if (message.size() > kMessageBytesMax) {
    return refused("message has {} bytes as JSON; at most {} are taken.", message.size(), kMessageBytesMax);
  }
  if (*media == MediaType::localizestring && !message.starts_with('"')) {
    return refused("message must be a string where mediaType is localizestring: it is the key of a text.");
  }
  return NotificationEvent{std::move(tag), std::move(message), *media};
}

bool is_notification_id(std::string_view text) {
  return text.size() == kIdDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace outpost::supervisor::mobile
