#include "supervisor/admin/events.h"

#include <fmt/core.h>

#include <utility>

#include "common/json.h"

namespace outpost::supervisor {

namespace {

using FollowedLogs = std::map<std::string, LogTail, std::less<>>;

// How long a client waits before it comes again.
constexpr int kComeAgainMs = 1'000;

std::string event_text(std::string_view name, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json);
}

std::string log_events(FollowedLogs& logs) {
  std::string text;
  for (auto& [name, tail] : logs) {
    LogTail::Piece piece = tail.read();
    if (piece.lines.empty() && piece.passed_over == 0) continue;
    JsonWriter out;
    out.begin_object().member("log", name).member("lines", piece.lines).member("passed_over", piece.passed_over);
    text += event_text("log", out.end_object().take());
  }
  return text;
}

std::string health_text(const Health& health) {
  JsonWriter out;
  write_health(out, health);
  return out.take();
}

}  // namespace

EventStreams::EventStreams(Loop& loop, const Source& source)
    : loop_(loop), source_(source), timer_(loop, [this] { look(); }) {}

Result<FollowedLogs> EventStreams::open_logs(const std::string& arguments) const {
  FollowedLogs logs;
  auto parsed = parse_json(arguments.empty() ? "{}" : arguments);
  if (!parsed) return pass(parsed);
  const JsonValue* names = parsed->find("log");
  const auto* items = names ? std::get_if<JsonValue::Array>(&names->value) : nullptr;
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    const auto* name = std::get_if<std::string>(&(*items)[i].value);
    std::string path = name ? source_.log_path(*name) : "";
    if (path.empty())
      return fail(Errc::invalid, "log must be one of those that /status names: supervisor, proxy, admin, courier");
    logs.try_emplace(*name, std::move(path));
  }
  return logs;
}

Result<> EventStreams::begin(ProxyTraffic::Replies& replies, std::uint64_t correlation, const std::string& arguments) {
  auto logs = open_logs(arguments);
  if (!logs) return pass(logs);
  if (streams_.size() >= kStreamsMax) {
    return fail(Errc::limit, "{} event streams are open already, which is the most there may be", kStreamsMax);
  }
  if (streams_.empty()) timer_.start_repeating(kLook);
  Stream& stream =
      streams_.emplace_back(Stream{&replies, correlation, loop_.now_ms() + kLife.count(), std::move(*logs)});
  send(stream,
       fmt::format("retry: {}\n\n", kComeAgainMs) + event_text("status", source_.status()) + log_events(stream.logs));
  return {};
}

void EventStreams::send(const Stream& stream, std::string text, bool more) {
  protocol::CallReply piece;
  piece.content_type = "text/event-stream";
  piece.body = std::move(text);
  piece.more = more;
  stream.replies->reply(stream.correlation, std::move(piece));
}

void EventStreams::look() {
  std::string health = health_text(source_.health());
  bool changed = std::exchange(last_health_, health) != health;
  looks_ = changed ? 0 : (looks_ + 1) % kLooksPerStatus;
  std::string status = looks_ == 0 ? event_text("status", source_.status()) : "";
  for (Stream& stream : streams_) {
    std::string text = status + log_events(stream.logs);
    if (!text.empty()) send(stream, std::move(text));
  }
  streams_.remove_if([&](const Stream& one) {
    bool over = one.until_ms <= loop_.now_ms();
    if (over) send(one, "", false);
    return over;
  });
  if (streams_.empty()) timer_.stop();
}

void EventStreams::end_all() {
  for (const Stream& one : streams_) send(one, "", false);
  streams_.clear();
  timer_.stop();
}

void EventStreams::end(const ProxyTraffic::Replies& replies, std::uint64_t correlation) {
  streams_.remove_if([&](const Stream& one) { return one.replies == &replies && one.correlation == correlation; });
  if (streams_.empty()) timer_.stop();
}

void EventStreams::forget(const ProxyTraffic::Replies& replies) {
  streams_.remove_if([&](const Stream& one) { return one.replies == &replies; });
  if (streams_.empty()) timer_.stop();
}

}  // namespace outpost::supervisor
