#include "supervisor/mobile/calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "common/text.h"
#include "protocol/mobile/call_log.h"
#include "protocol/outbound/exchange_log.h"
#include "supervisor/config/credentials.h"
#include "supervisor/mobile/callers.h"

namespace outpost::supervisor::mobile {

using protocol::Call;
using protocol::CallReply;
using protocol::MobileRoute;
using protocol::MobileRow;

namespace {

constexpr std::string_view kServiceApi = "service";
constexpr std::size_t kSmallReplyBytes = 64 * 1024;
constexpr std::string_view kStatusType = "text/plain;charset=ISO-8859-1";

// --- Handlers --------------------------------------------------------------------------------------------------------

using Handler = void (*)(const MobileParts& parts, Call call, Respond respond);

template <auto kHandle>
void stored(const MobileParts& parts, Call call, Respond respond) {
  (parts.storage.*kHandle)(std::move(call), std::move(respond));
}

template <auto kHandle>
void serviced(const MobileParts& parts, Call call, Respond respond) {
  (parts.services.*kHandle)(std::move(call), std::move(respond));
}

template <auto kHandle>
void notified(const MobileParts& parts, Call call, Respond respond) {
  (parts.notifications.*kHandle)(std::move(call), std::move(respond));
}

void node(const MobileParts& parts, Call, Respond respond) {
  CallReply reply = text_reply(parts.node.online() ? 200 : 503, std::string(parts.node.status()), "text/plain");
  reply.affinity = true;
  respond(std::move(reply));
}

void node_status(const MobileParts& parts, Call, Respond respond) {
  CallReply reply = text_reply(200, std::string(parts.node.status()), kStatusType);
  reply.affinity = true;
  respond(std::move(reply));
}

void node_change(const MobileParts& parts, Call call, Respond respond) {
  const std::string& status = call.captures[0];
  if (status != Node::kOnline && status != Node::kOffline) {
    return respond(error_reply(400, "The status of a node is ONLINE or OFFLINE."));
  }
  parts.node.set_online(status == Node::kOnline, "changestatus, from " + call.peer);
  node_status(parts, {}, std::move(respond));
}

void counters(const MobileParts& parts, Call, Respond respond) { respond(json_reply(parts.counters())); }

struct HandlerRow {
  MobileRoute route;
  Handler handler;
};

constexpr HandlerRow kHandlers[] = {
    {MobileRoute::storage_create, stored<&StorageApi::create>},
    {MobileRoute::storage_update, stored<&StorageApi::update>},
    {MobileRoute::storage_get, stored<&StorageApi::get>},
    {MobileRoute::storage_get_key, stored<&StorageApi::get_key>},
    {MobileRoute::storage_get_binary, stored<&StorageApi::get_binary>},
    {MobileRoute::storage_delete, stored<&StorageApi::remove>},
    {MobileRoute::storage_delete_key, stored<&StorageApi::remove_key>},
    {MobileRoute::custom_put, stored<&StorageApi::put_custom>},
    {MobileRoute::custom_get, stored<&StorageApi::get_custom>},
    {MobileRoute::custom_get_key, stored<&StorageApi::get_custom_key>},
    {MobileRoute::custom_delete, stored<&StorageApi::remove_custom>},
    {MobileRoute::custom_delete_key, stored<&StorageApi::remove_custom_key>},
    {MobileRoute::node, node},
    {MobileRoute::node_status, node_status},
    {MobileRoute::node_change, node_change},
    {MobileRoute::counters, counters},
    {MobileRoute::service_create, serviced<&ServiceApi::create>},
    {MobileRoute::service_show, serviced<&ServiceApi::show>},
    {MobileRoute::service_delete, serviced<&ServiceApi::remove>},
    {MobileRoute::service_update, serviced<&ServiceApi::update>},
    {MobileRoute::service_request, serviced<&ServiceApi::request>},
    {MobileRoute::service_request_named, serviced<&ServiceApi::request>},
    {MobileRoute::service_request_plain, serviced<&ServiceApi::request_plain>},
    {MobileRoute::service_storage_put, serviced<&ServiceApi::put_data>},
    {MobileRoute::service_storage_get, serviced<&ServiceApi::get_data>},
    {MobileRoute::service_storage_get_key, serviced<&ServiceApi::get_data_key>},
    {MobileRoute::service_storage_get_binary, serviced<&ServiceApi::get_data_binary>},
    {MobileRoute::service_storage_delete_key, serviced<&ServiceApi::remove_data_key>},
    {MobileRoute::subscription_create, notified<&Notifications::subscribe>},
    {MobileRoute::subscription_get, notified<&Notifications::show>},
    {MobileRoute::subscription_delete, notified<&Notifications::unsubscribe>},
    {MobileRoute::publish, notified<&Notifications::publish>},
};

constexpr bool each_has_its_place() {
  for (std::size_t i = 0; i < std::size(kHandlers); ++i) {
    if (static_cast<std::size_t>(kHandlers[i].route) != i) return false;
  }
  return true;
}
static_assert(each_has_its_place() && std::size(kHandlers) == static_cast<std::size_t>(protocol::kLastMobileRoute) + 1,
              "each route has a handler, in the order of the table");

// --- What the proxy may send -----------------------------------------------------------------------------------------

std::size_t captures_of(const MobileRow& row) { return static_cast<std::size_t>(std::ranges::count(row.pattern, '{')); }

std::size_t bytes_of(const Call& call) {
  std::size_t bytes = call.json.size();
  for (const auto& one : call.parameters) {
    bytes += sizeof one + one.name.size() + one.value.size() + one.file_name.size() + one.content_type.size();
  }
  return bytes;
}

// Texts that any client can have sent.
bool is_text(const Call& call) {
  if (!is_plain_text(call.user) || !is_plain_text(call.peer) || !is_utf8(call.json)) return false;
  if (!std::ranges::all_of(call.captures, is_plain_text)) return false;
  return std::ranges::all_of(call.parameters, [](const protocol::CallParameter& one) {
    return is_plain_text(one.name) && is_plain_text(one.file_name) && is_plain_text(one.content_type) &&
           (one.is_file || is_plain_text(one.value));
  });
}

// GET of a name creates a service.
bool only_reads(const MobileRow& row) { return row.method == "GET" && row.route != MobileRoute::service_show; }

Result<> check_form(const MobileRow& row, const Call& call) {
  if (call.held || call.captures.size() != captures_of(row)) {
    return fail(Errc::protocol, "the proxy calls {} in another form than its own", row.pattern);
  }
  // Parameters are none of a route that takes JSON, and JSON is none of another.
  bool of_body =
      row.body == protocol::RouteBody::json ? call.parameters.empty() && !call.json.empty() : call.json.empty();
  if (!of_body) return fail(Errc::protocol, "the proxy calls {} with a body of another kind", row.pattern);
  if (!is_text(call)) return fail(Errc::protocol, "the proxy calls {} with a text that is none", row.pattern);
  return {};
}

}  // namespace

MobileTraffic::MobileTraffic(Loop& loop, Log& log, MobileParts parts, const Config& config)
    : loop_(loop), log_(log), parts_(std::move(parts)) {
  use(config);
}

void MobileTraffic::use(const Config& config) {
  pair_ = pair_for(config, "");
  needs_token_ = config.application.authentication == Authentication::token;
  // What the proxy may hold, with room for what a body becomes: a text may be three times as long in UTF-8.
  bytes_max_ = 3 * std::size_t{config.application.limits.bodies_bytes_max};
}

Result<> MobileTraffic::on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) {
  auto* call = std::get_if<Call>(&message);
  if (!call) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
  auto rows = protocol::mobile_rows();
  if (call->route >= rows.size()) return fail(Errc::protocol, "the proxy calls what there is not");
  const MobileRow& row = rows[call->route];
  if (auto checked = check_form(row, *call); !checked) return checked;
  if (log_.wants(LogLevel::trace)) {
    log_.write_block(LogLevel::trace, protocol::request_line(call->connection, call->sequence),
                     protocol::call_lines(*call, log_.wants(LogLevel::debug)));
  }
  std::uint64_t id = ++last_id_;
  std::size_t bytes = bytes_of(*call);
  waiting_.emplace(
      id, Waiting{&replies, correlation, call->connection, call->sequence, loop_.now_ms(), bytes, only_reads(row)});
  bytes_ += bytes;
  if (auto refused = refusal(row, *call)) {
    reply(id, std::move(*refused));
    return {};
  }
  kHandlers[call->route].handler(parts_, std::move(*call), [this, id](CallReply made) { reply(id, std::move(made)); });
  return {};
}

std::optional<CallReply> MobileTraffic::refusal(const MobileRow& row, const Call& call) {
  if (call.external && row.exposure == protocol::RouteExposure::internal) {
    return error_reply(403, "This is not served over this listener.");
  }
  // A service may have a pair of its own, which is known once it is found.
  if (row.api != kServiceApi) {
    if (auto refused = caller_refusal(call, {pair_, needs_token_})) return refused;
  }
  if (bytes_ <= bytes_max_) return std::nullopt;
  ++refused_;
  return busy_reply("Too many large requests are being done; nothing was changed.");
}

void MobileTraffic::reply(std::uint64_t id, CallReply reply) {
  auto node = waiting_.extract(id);
  if (!node) return;
  const Waiting& ended = node.mapped();
  bytes_ -= ended.bytes;
  if (!ended.replies) return;
  bool large = ended.may_be_repeated && reply.body.size() > kSmallReplyBytes;
  if (large && ended.replies->backlog() + reply.body.size() > kQueuedBytesMax) {
    reply = busy_reply("Too much is on its way to clients; ask again.");
  }
  if (log_.wants(LogLevel::trace)) {
    auto took_ms = static_cast<std::int64_t>(loop_.now_ms() - ended.started_ms);
    log_.write_block(LogLevel::trace, protocol::response_line(ended.connection, ended.sequence, reply.status, took_ms),
                     protocol::reply_lines(reply, log_.wants(LogLevel::debug)));
  }
  ended.replies->reply(ended.correlation, std::move(reply));
}

// What is being done goes on: its bytes are there until it ends.
void MobileTraffic::on_cancel(std::uint64_t correlation, const Replies& replies) {
  for (auto& one : waiting_) {
    if (one.second.replies == &replies && one.second.correlation == correlation) one.second.replies = nullptr;
  }
}

void MobileTraffic::on_gone(const Replies& replies) {
  for (auto& one : waiting_) {
    if (one.second.replies == &replies) one.second.replies = nullptr;
  }
}

std::vector<ProxyTraffic::CountedRequest> MobileTraffic::counted_requests() const {
  std::vector<CountedRequest> rows;
  for (const MobileRow& row : protocol::mobile_rows()) rows.push_back({row.api, row.name});
  return rows;
}

}  // namespace outpost::supervisor::mobile
