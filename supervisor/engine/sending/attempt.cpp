#include "supervisor/engine/sending/attempt.h"

#include <ctime>

#include <algorithm>

#include "common/text.h"
#include "supervisor/engine/outward/signature.h"

namespace outpost::supervisor {

using protocol::FetchOutcome;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kProblemBytesMax = 200;
constexpr std::chrono::seconds kRetryAfterMin{1};
constexpr std::chrono::seconds kRetryAfterMax{3'600};
constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;

// Seconds, or a date. Source: RFC 9110 sections 10.2.3 and 5.6.7 (IMF-fixdate).
std::optional<std::chrono::seconds> retry_after(const protocol::FetchReply& reply, std::int64_t now) {
  auto header = std::ranges::find(reply.headers, "retry-after", &protocol::FetchHeader::name);
  if (header == reply.headers.end()) return std::nullopt;
  std::optional<std::int64_t> wait = parse_integer(header->value);
  if (!wait) {
    std::tm utc{};
    const char* end = strptime(header->value.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    if (!end || *end != '\0') return std::nullopt;
    wait = timegm(&utc) - now;
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(*wait, kRetryAfterMin.count(), kRetryAfterMax.count()));
}

Judged judge_answer(const protocol::FetchReply& reply, std::int64_t now) {
  if (reply.status >= 200 && reply.status < 300) return {};
  // These are said of the server, whatever it was sent.
  bool all = reply.status == kTooManyRequests || reply.status == kServiceUnavailable;
  return {all ? Delivery::unreachable : Delivery::refused, fmt::format("it answers with status {}", reply.status),
          retry_after(reply, now)};
}

}  // namespace

Judged judge(const protocol::FetchReply& reply, std::int64_t now) {
  if (reply.outcome == FetchOutcome::answered) return judge_answer(reply, now);
  std::string problem(reply.text.substr(0, utf8_prefix(std::string_view(reply.text).substr(0, kProblemBytesMax))));
  if (problem.empty()) problem = protocol::meaning_of(reply.outcome);
  // One that was lost with its courier may have arrived, and may be what the courier died of.
  if (reply.outcome == FetchOutcome::cancelled || reply.outcome == FetchOutcome::unavailable) {
    return {Delivery::untried, std::move(problem), {}};
  }
  bool own = reply.outcome == FetchOutcome::invalid || reply.outcome == FetchOutcome::too_large;
  return {own ? Delivery::refused : Delivery::unreachable, std::move(problem), {}};
}

Result<FetchRequest> request_of(const OutboxMessage& message, const Address& address, std::int64_t now) {
  FetchRequest request;
  request.client = address.http_client;
  request.method = "POST";
  request.url = address.url;
  request.headers = {"Content-Type: application/json"};
  request.body = message.body;
  if (address.kind != OutwardKind::webhook) {
    request.headers.push_back(fmt::format("X-Outpost-Message-Id: {}", message.message_id));
    return request;
  }
  auto lines = webhook_headers(address.secret, std::to_string(message.message_id), now, message.body);
  if (!lines) return pass(lines);
  request.headers.insert(request.headers.end(), lines->begin(), lines->end());
  return request;
}

milliseconds backoff(int failures, double chance) {
  constexpr milliseconds kFirst{1'000}, kLongest{300'000};
  constexpr int kDoublings = 9;
  milliseconds wait = std::min(kFirst * (1 << std::clamp(failures - 1, 0, kDoublings)), kLongest);
  return wait + milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * chance / 4));
}

}  // namespace outpost::supervisor
