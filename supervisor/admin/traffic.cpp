#include "supervisor/admin/traffic.h"

#include <utility>
#include <variant>

#include "common/json.h"
#include "protocol/channel/frame.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using protocol::AdminAnswer;
using protocol::AdminCapture;
using protocol::AdminRow;
using protocol::CallReply;

namespace {

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kUnavailable = 503;
// What is left of a frame has room for the rest of a CallReply.
constexpr std::size_t kBodyBytesMax = protocol::kPayloadBytesMax - 64 * 1024;

CallReply json_reply(std::uint16_t status, std::string body) {
  CallReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(body) + "\n";
  return reply;
}

CallReply refused_reply(std::uint16_t status, std::string_view text) {
  return json_reply(status, JsonWriter().begin_object().member("error", text).end_object().take());
}

CallReply busy_reply(std::string_view text) {
  CallReply busy = refused_reply(kUnavailable, text);
  busy.retry_after_s = 1;
  return busy;
}

CallReply health_reply(const Health& health, bool good) {
  JsonWriter body;
  write_health(body, health);
  return json_reply(good ? kOk : kUnavailable, body.take());
}

std::uint16_t status_of(Errc code) {
  switch (code) {
    case Errc::invalid: return 400;
    case Errc::not_found: return 404;
    case Errc::exists:
    case Errc::busy:
    case Errc::conflict: return 409;
    case Errc::limit:
    case Errc::closed:
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::fenced: return kUnavailable;
    case Errc::unsupported: return 501;
    default: return 500;
  }
}

CallReply reply_to(const Result<std::string>& outcome) {
  if (!outcome) return refused_reply(status_of(outcome.error().code), outcome.error().text);
  if (outcome->size() <= kBodyBytesMax) return json_reply(kOk, *outcome);
  return refused_reply(kUnavailable, "the reply is too large for one message: ask for less at once");
}

const std::string& capture(const protocol::Call& call, AdminCapture which) {
  return call.captures[static_cast<std::size_t>(which)];
}

}  // namespace

Result<> AdminTraffic::on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) {
  auto* call = std::get_if<protocol::Call>(&message);
  if (!call) return fail(Errc::protocol, "the proxy sent a message of another dialect than its own");
  auto rows = protocol::admin_rows();
  if (call->route >= rows.size()) return fail(Errc::protocol, "the proxy calls what there is not");
  const AdminRow& row = rows[call->route];
  if (call->held != (row.held_ms > 0) || call->captures.size() != protocol::kAdminCaptures) {
    return fail(Errc::protocol, "the proxy calls {} in another form than its own", row.path);
  }
  answer(row, *call, {&replies, correlation, nullptr});
  return {};
}

void AdminTraffic::answer(const AdminRow& row, const protocol::Call& call, const Waiting& waiting) {
  auto respond = [&](CallReply reply) { waiting.replies->reply(waiting.correlation, std::move(reply)); };
  if (row.answer == AdminAnswer::command) return command(row, call, waiting);
  if (row.answer == AdminAnswer::metrics) {
    return scrape(metrics_format(capture(call, AdminCapture::accept)), waiting);
  }
  if (row.answer == AdminAnswer::configuration) return respond(reply_to(host_.configuration()));
  if (row.answer == AdminAnswer::events) return begin_events(call, waiting);
  const Health health = host_.health();
  switch (row.answer) {
    case AdminAnswer::ready: return respond(health_reply(health, health.is_ready()));
    case AdminAnswer::primary: return respond(health_reply(health, health.role == "primary"));
    case AdminAnswer::backup: return respond(health_reply(health, health.role == "backup"));
    default: return respond(json_reply(kOk, R"({"alive":true})"));
  }
}

void AdminTraffic::scrape(MetricsFormat format, const Waiting& waiting) {
  std::size_t all = 0;
  for (const auto& one : scrapes_) all += one.second.waiting.size();
  if (all >= kScrapesMax) {
    return waiting.replies->reply(waiting.correlation, busy_reply("too many scrapes wait for the metrics"));
  }
  Scrape& scrape = scrapes_[format];
  scrape.waiting.push_back(waiting);
  if (std::exchange(scrape.under_way, true)) return;
  host_.metrics(format, [this, format](const std::string& text) { scraped(format, text); });
}

void AdminTraffic::scraped(MetricsFormat format, const std::string& text) {
  CallReply metrics = reply_to(text);
  if (metrics.status == kOk) {
    metrics.content_type = content_type(format);
    metrics.body = text;
  }
  scrapes_[format].under_way = false;
  for (const Waiting& one : std::exchange(scrapes_[format].waiting, {})) one.replies->reply(one.correlation, metrics);
}

void AdminTraffic::command(const AdminRow& row, const protocol::Call& call, Waiting waiting) {
  ENSURE(table_, "the table of commands is there before a proxy is");
  const std::string& listener = call.listener;
  std::uint64_t id = ++last_id_;
  waiting.session = std::make_shared<ControlSession>();
  auto session = waiting.session;
  session->actor =
      fmt::format("listener {}, {}", listener, call.principal.empty() ? "no token" : "token " + call.principal);
  waiting_.emplace(id, std::move(waiting));
  if (row.writes && !host_.may_write(listener)) {
    return reply(id, refused_reply(403, "nothing is changed over this listener: its option admin-write is off"));
  }
  if (waiting_.size() > kCommandsMax) {
    return reply(id, busy_reply("too many commands are under way; this one had no effect"));
  }
  if (!row.writes) {
    session->peer = ControlSession::Peer::member;
    log_.write(lm::kAdminRead, "admin connection {} request {}: {}", call.connection, call.sequence, row.command);
  }
  table_->command(std::move(session), {std::string(row.command), call.json.empty() ? "{}" : call.json},
                  [this, id](const Result<std::string>& outcome) { reply(id, reply_to(outcome)); });
}

void AdminTraffic::begin_events(const protocol::Call& call, const Waiting& waiting) {
  auto begun = events_.begin(*waiting.replies, waiting.correlation, call.json);
  if (begun) {
    log_.write(lm::kAdminRead, "admin connection {} request {}: events", call.connection, call.sequence);
    return;
  }
  CallReply refused = refused_reply(status_of(begun.error().code), begun.error().text);
  if (begun.error().code == Errc::limit) refused.retry_after_s = 1;
  waiting.replies->reply(waiting.correlation, std::move(refused));
}

void AdminTraffic::reply(std::uint64_t id, CallReply reply) {
  auto node = waiting_.extract(id);
  if (node) node.mapped().replies->reply(node.mapped().correlation, std::move(reply));
}

void AdminTraffic::on_cancel(std::uint64_t correlation, const Replies& replies) {
  auto asked = [&](const Waiting& one) { return one.replies == &replies && one.correlation == correlation; };
  events_.end(replies, correlation);
  std::erase_if(waiting_, [&](const auto& one) { return asked(one.second); });
  for (auto& one : scrapes_) std::erase_if(one.second.waiting, asked);
}

void AdminTraffic::on_gone(const Replies& replies) {
  events_.forget(replies);
  std::erase_if(waiting_, [&](const auto& one) { return one.second.replies == &replies; });
  for (auto& one : scrapes_) {
    std::erase_if(one.second.waiting, [&](const Waiting& waiting) { return waiting.replies == &replies; });
  }
}

}  // namespace outpost::supervisor
