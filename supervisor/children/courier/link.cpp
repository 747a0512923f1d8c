#include "supervisor/children/courier/link.h"

#include <algorithm>

#include "common/text.h"
#include "supervisor/children/handshake.h"

namespace outpost::supervisor {

using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

// What waits for the courier, beside what it has.
constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kAddressBytesMax = 64;
// One that ends by itself has given what it has under way less than that.
constexpr std::chrono::seconds kLeavingMax{15};

// More than a frame may be made of; what else is wrong with it the courier says.
bool is_too_large(const FetchRequest& request) {
  return request.url.size() > protocol::kUrlBytesMax || request.method.size() > protocol::kUrlBytesMax ||
         request.body.size() > protocol::kFetchBodyBytesMax ||
         request.headers.size() > protocol::kFetchHeaderLinesMax ||
         std::ranges::any_of(request.headers,
                             [](const auto& line) { return line.size() > protocol::kFetchHeaderLineBytesMax; });
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// A status comes before the rest, which may be missing.
bool may_be_status_of(const FetchReply& reply) {
  if (reply.status == 0) return reply.outcome != FetchOutcome::answered;
  return protocol::may_have_status(reply.outcome) && reply.status >= 100 && reply.status <= 999;
}

}  // namespace

CourierLink::CourierLink(Loop& loop, Log& log, const ChildKind& kind)
    : loop_(loop),
      courier_log_(loop, log, kind.log_suffix, [this](int file) { return hand_over_log(file); }),
      due_timer_(loop, [this] { on_due(); }),
      leaving_timer_(loop, [this] { child_->fail_child("it takes nothing more and does not end"); }) {}

CourierLink::~CourierLink() = default;

// --- The child -------------------------------------------------------------------------------------------------------

void CourierLink::set_config(const Config& config) {
  config_ = std::make_unique<Config>(config);
  clients_ = courier_clients(config);
  courier_log_.set_keep_files(config.log.keep_files);
  stale_ = true;  // a courier that is on its way is told once it is there
  if (is_ready()) send_configure();
}

void CourierLink::send_configure() {
  stale_ = false;
  channel_->send(to_courier(*config_, generation_));
}

void CourierLink::reopen_logs() {
  if (channel_ && step_ != Step::hello) courier_log_.next();
}

Result<> CourierLink::hand_over_log(int file) {
  auto sent = child_->hand_over(file);
  if (sent) channel_->send(protocol::LogSegment{});
  return sent;
}

Result<> CourierLink::on_starting() { return courier_log_.open(*config_); }

void CourierLink::on_spawned(protocol::Channel& channel, std::uint32_t generation) {
  channel_ = &channel;
  generation_ = generation;
  step_ = Step::hello;
  statistics_due_ = has_filter_ = said_it_leaves_ = false;
  begun_with_.reset();
}

void CourierLink::ask_to_drain(std::chrono::milliseconds deadline) {
  if (!channel_) return;
  if (step_ == Step::running) step_ = Step::leaving;
  channel_->send(protocol::Drain{static_cast<std::uint32_t>(deadline.count())});
}

// What it had is lost with it; what waits is the next one's.
void CourierLink::on_gone() {
  channel_ = nullptr;
  leaving_timer_.stop();
  sandbox_.clear();
  courier_log_.close();
  counts_.log_lines_lost += std::exchange(lines_lost_, 0);
  std::vector<std::uint64_t> lost;
  for (const auto& [number, call] : calls_) {
    if (call.sent) lost.push_back(number);
  }
  for (std::uint64_t number : lost) answer(number, FetchOutcome::lost, "what came of it died with the courier");
}

Result<> CourierLink::on_frame(const protocol::Frame& frame) {
  if (step_ == Step::failed && frame.type != protocol::Pong::kId) {
    return fail(Errc::protocol, "the courier goes on after its last word");
  }
  if (frame.payload.size() > protocol::kAnswerBytesMax + protocol::kFetchReplyExtraBytes) {
    return fail(Errc::protocol, "the courier sent a message of {}, more than any can have",
                human_bytes(frame.payload.size()));
  }
  auto message = protocol::decode<protocol::FromCourier>(frame.type, frame.payload);
  if (!message) return pass(message);
  return std::visit(
      protocol::overloaded{[&](FetchReply& reply) { return on_reply(frame.correlation, std::move(reply)); },
                           [](protocol::Ping&) { return Result<>(); },
                           [this](protocol::Pong&) {
                             statistics_due_ = true;
                             return Result<>();
                           },
                           [this](auto& other) { return on(other); }},
      *message);
}

Result<> CourierLink::on(const protocol::Hello& hello) {
  if (step_ != Step::hello) return fail(Errc::protocol, "the courier said Hello twice");
  if (!check_version(*child_, *channel_, hello)) {
    step_ = Step::failed;
    return {};
  }
  begun_with_ = std::make_unique<Config>(*config_);
  if (auto handed = courier_log_.hand_over_first(); !handed) return handed;
  send_configure();
  step_ = Step::configured;
  return {};
}

Result<> CourierLink::on(const protocol::CourierReady& ready) {
  if (step_ != Step::configured) return fail(Errc::protocol, "the courier said CourierReady out of turn");
  if (auto checked = check_measures(ready.sandbox); !checked) return checked;
  step_ = child_->state() == Child::State::stopping ? Step::leaving : Step::running;
  sandbox_ = ready.sandbox;
  has_filter_ = has_filter(sandbox_);
  if (stale_) send_configure();
  child_->ready();
  pump();
  return {};
}

Result<> CourierLink::on(const protocol::Failed& failed) {
  child_->note_reason(failed.reason);
  step_ = Step::failed;
  return {};
}

Result<> CourierLink::on(const protocol::CourierStatistics& statistics) {
  if (!std::exchange(statistics_due_, false)) {
    return fail(Errc::protocol, "the courier sent CourierStatistics that nobody asked for");
  }
  // A sum that wrapped around would have fallen.
  lines_lost_ = std::max(lines_lost_, std::min<std::uint64_t>(statistics.log_lines_lost, INT64_MAX));
  return {};
}

Result<> CourierLink::on(const protocol::WantLogSegment& want) {
  if (step_ == Step::hello || want.file != protocol::LogFileKind::proxy) {
    return fail(Errc::protocol, "the courier wants a log file that it may not have");
  }
  courier_log_.want();
  return {};
}

// What was sent before this arrives before it, so the courier knows when there is nothing left to hand back.
Result<> CourierLink::on(const protocol::CourierLeaving&) {
  if ((step_ != Step::running && step_ != Step::leaving) || std::exchange(said_it_leaves_, true)) {
    return fail(Errc::protocol, "the courier said CourierLeaving out of turn");
  }
  // One that was asked to has its time from whoever asked.
  if (step_ == Step::running) leaving_timer_.start(kLeavingMax);
  step_ = Step::leaving;
  channel_->send(protocol::Drain{static_cast<std::uint32_t>(std::chrono::milliseconds(kLeavingMax).count())});
  return {};
}

// --- Asking ----------------------------------------------------------------------------------------------------------

void CourierLink::serve(bool serves) {
  serves_ = serves;
  if (serves) return;
  for (std::uint64_t number : std::vector<std::uint64_t>(waiting_.begin(), waiting_.end())) {
    answer(number, FetchOutcome::unavailable, "the courier is about to end");
  }
}

const CourierClient* CourierLink::client_of(const std::string& name) const {
  auto found = name.empty() ? clients_.begin() : std::ranges::find(clients_, name, &CourierClient::name);
  return found == clients_.end() ? nullptr : &*found;
}

std::string CourierLink::refusal() const {
  if (!serves_) return "no courier runs here: there is no http-client, or this supervisor does not serve";
  if (waiting_.size() >= kWaitingMax || waiting_bytes_ > kWaitingBytesMax) {
    return fmt::format("{} wait for the courier already", waiting_.size());
  }
  return "";
}

std::uint64_t CourierLink::fetch(FetchRequest request, Done done) {
  std::uint64_t number = ++last_number_;
  Call& call = calls_[number];
  call.done = std::move(done);
  auto outcome = FetchOutcome::unavailable;
  std::string refused = refusal();
  if (refused.empty() && !client_of(request.client)) {
    outcome = FetchOutcome::invalid;
    refused = config_->application.type == ApplicationType::mobile
                  ? fmt::format("a mobile node has the one client \"{}\"", kNodeClient)
                  : "no such http-client is configured";
  }
  if (refused.empty() && is_too_large(request)) {
    outcome = FetchOutcome::invalid;
    refused = "its URL, its headers or its body are larger than may be";
  }
  if (!refused.empty()) {
    loop_.at_end_of_turn([this, number, outcome, refused] { answer(number, outcome, refused); });
    return number;
  }
  constexpr std::chrono::milliseconds kMax{protocol::kFetchMsMax};
  std::chrono::milliseconds time = request.time;
  if (time.count() <= 0) time = std::chrono::seconds(client_of(request.client)->response_timeout);
  time = std::min(time, kMax);
  call.client = std::move(request.client);
  call.fetch.method = std::move(request.method);
  call.fetch.url = std::move(request.url);
  call.fetch.headers = std::move(request.headers);
  call.fetch.body = std::move(request.body);
  call.fetch.answer_bytes_max =
      static_cast<std::uint32_t>(std::min(request.answer_bytes_max, protocol::kAnswerBytesMax));
  call.stall = std::clamp(request.stall, std::chrono::milliseconds(0), kMax);
  call.bytes = protocol::window_bytes(call.fetch);
  call.expires_ms = loop_.now_ms() + static_cast<std::uint64_t>(time.count());
  waiting_.insert(number);
  waiting_bytes_ += call.bytes;
  look_again(number, call, call.expires_ms);
  loop_.at_end_of_turn([this] { pump(); });
  return number;
}

void CourierLink::cancel(std::uint64_t number) {
  auto found = calls_.find(number);
  if (found == calls_.end()) return;
  if (!found->second.sent) return forget(number);
  found->second.done = nullptr;
  if (!channel_) return;
  channel_->send(protocol::FetchCancel{}, protocol::correlation_id(generation_, number));
  child_->mind_backlog();
}

void CourierLink::pump() {
  while (is_ready() && !waiting_.empty() && in_flight_ < protocol::kFetchWindow) {
    std::uint64_t number = *waiting_.begin();
    Call& call = calls_.at(number);
    if (in_flight_ > 0 && in_flight_bytes_ + call.bytes > protocol::kFetchBytesInWindow) return;
    if (call.expires_ms <= loop_.now_ms()) {
      on_due(number, call);
      continue;
    }
    waiting_.erase(number);
    waiting_bytes_ -= call.bytes;
    send(number, call);
  }
}

void CourierLink::send(std::uint64_t number, Call& call) {
  const CourierClient* client = client_of(call.client);
  // It was there when this was asked for.
  std::size_t index = client ? static_cast<std::size_t>(client - clients_.data()) : UINT16_MAX;
  call.fetch.client = static_cast<std::uint16_t>(index);
  call.fetch.total_ms = static_cast<std::uint32_t>(call.expires_ms - loop_.now_ms());
  auto connect_ms = std::chrono::milliseconds(std::chrono::seconds(client ? client->connect_timeout : 1));
  call.fetch.connect_ms = std::min(call.fetch.total_ms, static_cast<std::uint32_t>(connect_ms.count()));
  auto stall = call.stall;
  if (stall.count() == 0 && client) stall = std::chrono::seconds(client->stall_timeout);
  call.fetch.stall_ms = static_cast<std::uint32_t>(stall.count());
  call.sent = true;
  ++in_flight_;
  in_flight_bytes_ += call.bytes;
  channel_->send(call.fetch, protocol::correlation_id(generation_, number));
  child_->mind_backlog();
  look_again(number, call, call.expires_ms + kReplyMarginMs);
}

void CourierLink::put_back(std::uint64_t number, Call& call) {
  --in_flight_;
  in_flight_bytes_ -= call.bytes;
  call.sent = false;
  if (!call.done) return forget(number);
  waiting_.insert(number);
  waiting_bytes_ += call.bytes;
  look_again(number, call, call.expires_ms);
  if (!serves_) answer(number, FetchOutcome::unavailable, "the courier is about to end");
}

// --- Replies ---------------------------------------------------------------------------------------------------------

Result<> CourierLink::check(const FetchReply& reply, const protocol::Fetch& fetch) {
  if (reply.outcome == FetchOutcome::lost)
    return fail(Errc::protocol, "the courier says that a fetch is lost, which it cannot know");
  bool answered = reply.outcome == FetchOutcome::answered;
  if (!may_be_status_of(reply)) {
    return fail(Errc::protocol, "the courier reports an answer with a status that there is not");
  }
  if (reply.body.size() > (answered ? fetch.answer_bytes_max : 0)) {
    return fail(Errc::protocol, "the courier reports an answer larger than it may");
  }
  bool modest = reply.text.size() <= protocol::kFetchTextBytesMax && reply.address.size() <= kAddressBytesMax &&
                reply.headers.size() <= protocol::kReportedHeaderLinesMax;
  bool plain = !has_control(reply.text) && !has_control(reply.address);
  for (const protocol::FetchHeader& header : reply.headers) {
    auto known = std::ranges::find(protocol::kReportedHeaders, header.name);
    modest = modest && known != protocol::kReportedHeaders.end();
    modest = modest && header.value.size() <= protocol::kReportedHeaderBytesMax;
    plain = plain && !has_control(header.value);
  }
  if (!modest || !plain) return fail(Errc::protocol, "the courier reports more of an answer than there is to say");
  return {};
}

Result<> CourierLink::on_reply(std::uint64_t correlation, FetchReply reply) {
  auto found = calls_.find(protocol::sequence_of(correlation));
  bool expected = found != calls_.end() && found->second.sent && protocol::generation_of(correlation) == generation_;
  if (!expected) return fail(Errc::protocol, "the courier replies to what it was not asked");
  if (auto checked = check(reply, found->second.fetch); !checked) return checked;
  if (reply.outcome == FetchOutcome::not_taken) {
    // Nothing is sent to one that leaves, or it could keep us at this for ever.
    if (step_ != Step::leaving) return fail(Errc::protocol, "the courier takes nothing and does not leave");
    put_back(found->first, found->second);
    return {};
  }
  Done done = std::move(found->second.done);
  forget(found->first);
  tell(done, std::move(reply));
  pump();
  return {};
}

void CourierLink::tell(Done& done, FetchReply reply) {
  counts_.bytes_received += reply.body.size();
  counts_.connections += reply.address.empty() || reply.reused ? 0 : 1;
  if (!done) return;
  ++counts_.outcomes[static_cast<std::size_t>(reply.outcome)];
  std::exchange(done, nullptr)(std::move(reply));
}

void CourierLink::answer(std::uint64_t number, FetchOutcome outcome, std::string text) {
  auto found = calls_.find(number);
  if (found == calls_.end()) return;
  Done done = std::move(found->second.done);
  forget(number);
  FetchReply reply;
  reply.outcome = outcome;
  reply.text = std::move(text);
  tell(done, std::move(reply));
}

void CourierLink::forget(std::uint64_t number) {
  auto found = calls_.find(number);
  Call& call = found->second;
  due_.erase({call.due_ms, number});
  if (call.sent) {
    --in_flight_;
    in_flight_bytes_ -= call.bytes;
    counts_.bytes_sent += call.fetch.body.size();
  } else if (waiting_.erase(number) > 0) {
    waiting_bytes_ -= call.bytes;
  }
  calls_.erase(found);
}

CourierLink::Counts CourierLink::counts() const {
  Counts counts = counts_;
  counts.log_lines_lost += lines_lost_;
  return counts;
}

}  // namespace outpost::supervisor
