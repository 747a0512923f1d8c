#include "supervisor/children/http_proxy/link.h"

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "protocol/channel/request_ids.h"
#include "supervisor/children/handshake.h"
#include "supervisor/children/http_proxy/configure.h"
#include "supervisor/log_messages.h"

namespace outpost::supervisor {

namespace lm = log_messages;

namespace {

// The largest Request that a body and a target of these sizes can become: each key and value brings its length and its
// type, and each character up to four bytes in the event's character set.
constexpr std::size_t kRequestExtraBytes = 16 * 1024;
std::size_t request_bytes_max(const protocol::Configure& message) {
  const protocol::ProxyLimits& limits = message.limits;
  // The parts of a form may be in any character set, and that dialect itself sees to it that a Call fits.
  if (message.dialect == protocol::kMobileDialect) return protocol::kProxyPayloadBytesMax;
  std::size_t most = 4 * (std::size_t{limits.body_bytes_max} + limits.target_bytes_max) + kRequestExtraBytes;
  return std::min<std::size_t>(most, protocol::kProxyPayloadBytesMax);
}

bool is_asked(const protocol::ListenAddress& asked, const protocol::ListenAddress& bound) {
  protocol::ListenAddress expected = asked;
  if (asked.port == 0 && bound.port != 0) expected.port = bound.port;
  return bound.port != 0 && bound == expected;
}

Result<> check_bound(const std::vector<protocol::ListenAddress>& asked, const protocol::Bound& bound) {
  if (!std::ranges::equal(asked, bound.listeners, is_asked)) {
    return fail(Errc::protocol, "the proxy says that it listens where it was not told to");
  }
  return check_measures(bound.sandbox);
}

}  // namespace

ProxyLink::ProxyLink(Loop& loop, Log& log, const ChildKind& kind, ProxyTraffic& traffic, std::function<void()> bound)
    : log_(log),
      kind_(kind),
      traffic_(traffic),
      bound_report_(std::move(bound)),
      proxy_log_(loop, log, kind.log_suffix,
                 [this](int file) { return hand_over_log(file, protocol::LogFileKind::proxy); }),
      access_log_(
          loop, log, kind.access_suffix,
          [this](int file) { return hand_over_log(file, protocol::LogFileKind::access); },
          protocol::LogFileKind::access),
      counted_(traffic.counted_requests()),
      confirm_timer_(loop, [this] { child_->fail_child("it does not confirm that it has its tokens"); }) {}

ProxyLink::~ProxyLink() = default;

void ProxyLink::set_config(const Config& config) {
  config_ = std::make_unique<Config>(config);
  for (ChildLog* log : {&proxy_log_, &access_log_}) log->set_keep_files(config.log.keep_files);
  if (!channel_ || step_ != Step::running) {
    stale_ = true;  // a proxy that is on its way to its ports is told once it has them
    return;
  }
  send_configure();
  send_tokens();
}

void ProxyLink::send_configure() {
  stale_ = false;
  follow_access_log();
  protocol::Configure message = configure_message();
  note_limits(message);
  channel_->send(message);
}

bool ProxyLink::has_access_log() const {
  return !kind_.access_suffix.empty() && config_->log.access != protocol::AccessLogForm::off;
}

// The running proxy's access log begins and ends with the option. One that cannot begin costs its lines only.
void ProxyLink::follow_access_log() {
  if (!has_access_log()) return access_log_.close();
  if (access_log_.is_open()) return;
  auto begun = access_log_.open(*config_);
  if (begun) begun = access_log_.hand_over_first();
  if (begun) return;
  access_log_.close();
  log_.write(lm::kProxyLogFailed, "there is no access log: {}; reopen-logs tries again", begun.error().text);
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

void ProxyLink::set_tokens(std::vector<Token> tokens) {
  tokens_ = std::move(tokens);
  if (channel_ && step_ == Step::running) send_tokens();
}

// A proxy that asks nobody for a token has no use for them; what changes something over the admin face always needs
// one.
void ProxyLink::send_tokens() {
  bool required = config_->application.authentication == Authentication::token;
  bool used = required || kind_.listeners == ListenerProtocol::admin;
  protocol::Tokens message = used ? to_proxy(tokens_) : protocol::Tokens{};
  message.required = required;
  if (is_service()) message.credentials = credentials(*config_);
  channel_->send(message, ++tokens_sent_);
  if (!confirm_timer_.active()) confirm_timer_.start(config_->channel_timeout());
}

void ProxyLink::when_in_force(std::function<void()> then) {
  if (!channel_ || step_ != Step::running || tokens_confirmed_ == tokens_sent_) return then();
  waiting_.push_back({tokens_sent_, std::move(then)});
}

void ProxyLink::confirm(std::uint64_t up_to) {
  tokens_confirmed_ = up_to;
  confirm_timer_.stop();
  if (tokens_confirmed_ != tokens_sent_) confirm_timer_.start(config_->channel_timeout());
  auto rest =
      std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.number <= up_to; });
  std::vector<Waiting> still(std::make_move_iterator(rest), std::make_move_iterator(waiting_.end()));
  waiting_.erase(rest, waiting_.end());
  for (Waiting& one : std::exchange(waiting_, std::move(still))) one.then();
}

Result<> ProxyLink::on_pong(std::uint64_t correlation) {
  statistics_due_ = true;
  if (correlation == 0) return {};
  if (correlation <= tokens_confirmed_ || correlation > tokens_sent_) {
    return fail(Errc::protocol, "the proxy confirms what it was not sent");
  }
  confirm(correlation);
  return {};
}

void ProxyLink::reopen_logs() {
  if (!channel_ || step_ == Step::hello) return;
  proxy_log_.next();
  if (access_log_.is_open()) return access_log_.next();
  follow_access_log();
}

protocol::Configure ProxyLink::configure_message() const {
  protocol::Configure message = to_proxy(*config_, generation_, *kind_.listeners);
  message.listeners = addresses_to_send(message.listeners);
  message.encoding = encoding_;
  std::string_view of_service = is_service() ? service_dialect(*config_) : std::string_view();
  message.dialect = of_service.empty() ? kind_.dialect : of_service;
  if (!has_access_log()) message.log.access = protocol::AccessLogForm::off;
  message.sandbox = (*config_).*kind_.sandbox;
  return message;
}

void ProxyLink::note_limits(const protocol::Configure& message) {
  const protocol::ProxyLimits& limits = message.limits;
  window_max_ = std::max<std::size_t>(window_max_, limits.window);
  connections_max_ = std::max<std::size_t>(connections_max_, limits.connections_max);
  request_bytes_max_ = std::max(request_bytes_max_, request_bytes_max(message));
}

Result<> ProxyLink::on_starting() {
  lacks_ports_ = false;
  return proxy_log_.open(*config_);
}

void ProxyLink::on_spawned(protocol::Channel& channel, std::uint32_t generation) {
  channel_ = &channel;
  generation_ = generation;
  step_ = Step::hello;
  statistics_due_ = filters_itself_ = false;
  begun_with_.reset();
  unanswered_.clear();
  held_.clear();
  cancels_left_ = 0;
  window_max_ = connections_max_ = request_bytes_max_ = 0;
}

void ProxyLink::on_gone() {
  channel_ = nullptr;
  bound_.clear();
  sandbox_.clear();
  for (ChildLog* log : {&proxy_log_, &access_log_}) log->close();
  counters_.proxy_gone();
  unanswered_.clear();
  held_.clear();
  traffic_.on_gone(*this);
  confirm(tokens_sent_);
}

void ProxyLink::ask_to_drain(std::chrono::milliseconds deadline) {
  if (channel_) channel_->send(protocol::Drain{static_cast<std::uint32_t>(deadline.count())});
}

Result<> ProxyLink::on_frame(const protocol::Frame& frame) {
  if (step_ == Step::failed && frame.type != protocol::Pong::kId) {
    return fail(Errc::protocol, "the proxy goes on after its last word");
  }
  // Before it is taken apart: the limit of a frame is that of the largest message of any configuration.
  bool of_client = frame.type == protocol::Request::kId || frame.type == protocol::Call::kId;
  if (of_client && frame.payload.size() > request_bytes_max_) {
    return fail(Errc::protocol, "the proxy sent a request of {}, more than any client may send",
                human_bytes(frame.payload.size()));
  }
  auto message = protocol::decode<protocol::FromProxy>(frame.type, frame.payload);
  if (!message) return pass(message);
  return std::visit(
      protocol::overloaded{[&](protocol::Request& request) { return on_client(frame.correlation, std::move(request)); },
                           [&](protocol::Call& call) { return on_client(frame.correlation, std::move(call)); },
                           [&](protocol::CallCancel&) { return on_cancel(frame.correlation); },
                           [](protocol::Ping&) { return Result<>(); },
                           [&](protocol::Pong&) { return on_pong(frame.correlation); },
                           [&](auto& other) { return on(other); }},
      *message);
}

Result<> ProxyLink::on(const protocol::Hello& hello) {
  if (step_ != Step::hello) return fail(Errc::protocol, "the proxy said Hello twice");
  if (!check_version(*child_, *channel_, hello)) {
    step_ = Step::failed;
    return {};
  }
  begun_with_ = std::make_unique<Config>(*config_);
  asked_ = listen_addresses(*config_, *kind_.listeners);
  encoding_ = config_->application.encoding;
  if (auto handed = proxy_log_.hand_over_first(); !handed) return handed;
  sent_ = addresses_to_send(asked_);
  send_configure();
  step_ = Step::bound;
  return {};
}

Result<> ProxyLink::on(const protocol::Bound& bound) {
  if (step_ != Step::bound) return fail(Errc::protocol, "the proxy said Bound out of turn");
  if (auto checked = check_bound(sent_, bound); !checked) return checked;
  step_ = Step::running;
  bound_ = last_bound_ = bound.listeners;
  last_asked_ = asked_;
  sandbox_ = bound.sandbox;
  filters_itself_ = has_filter(sandbox_);
  bound_report_();
  if (stale_) send_configure();
  send_tokens();
  channel_->send(protocol::Start{});
  child_->ready();
  return {};
}

Result<> ProxyLink::on(const protocol::Failed& failed) {
  child_->note_reason(failed.reason);
  lacks_ports_ = failed.exit_code == static_cast<std::int32_t>(protocol::ProxyExit::cannot_bind);
  step_ = Step::failed;
  return {};
}

Result<> ProxyLink::on(const protocol::Statistics& statistics) {
  if (!std::exchange(statistics_due_, false)) {
    return fail(Errc::protocol, "the proxy sent Statistics that nobody asked for");
  }
  const protocol::RequestCounts& requests = statistics.requests;
  // One that is not configured yet has none.
  if (!requests.is_whole() || (requests.rows() != 0 && requests.rows() != counted_.size() + 1)) {
    return fail(Errc::protocol, "the proxy counts {} kinds of requests, where its dialect has {}", requests.rows(),
                counted_.size() + 1);
  }
  counters_.take(statistics);
  return {};
}

Result<> ProxyLink::on(const protocol::WantLogSegment& want) {
  if (step_ == Step::hello) return fail(Errc::protocol, "the proxy wanted a log file before it had one");
  (want.file == protocol::LogFileKind::access ? access_log_ : proxy_log_).want();
  return {};
}

Result<> ProxyLink::hand_over_log(int file, protocol::LogFileKind kind) {
  auto sent = child_->hand_over(file);
  if (sent) channel_->send(protocol::LogSegment{kind});
  return sent;
}

// For whoever looks for a request by the client's name for it: connection and number lead to the rest.
Result<> ProxyLink::note_ids(const protocol::ClientRequest& message) {
  return std::visit(
      [this](const auto& request) -> Result<> {
        const protocol::RequestIds& ids = request.ids;
        if (ids.empty()) return {};
        bool valid = (ids.request_id.empty() || protocol::is_request_id(ids.request_id)) &&
                     (ids.traceparent.empty() || protocol::is_traceparent(ids.traceparent));
        if (!valid) return fail(Errc::protocol, "the proxy sent a request id that no client may have");
        log_.write(lm::kRequestIds, "connection {} request {}: {}", request.connection, request.sequence,
                   protocol::ids_text(ids));
        return {};
      },
      message);
}

Result<> ProxyLink::on_client(std::uint64_t correlation, protocol::ClientRequest message) {
  if (step_ != Step::running) return fail(Errc::protocol, "the proxy sent a request before it was started");
  if (protocol::generation_of(correlation) != generation_) {
    return fail(Errc::protocol, "the proxy sent a request under another generation");
  }
  if (auto noted = note_ids(message); !noted) return noted;
  const auto* call = std::get_if<protocol::Call>(&message);
  bool held = call && call->held;
  auto& waiting = held ? held_ : unanswered_;
  std::size_t waiting_max = held ? connections_max_ : window_max_;
  if (waiting.size() >= waiting_max) {
    return fail(Errc::protocol, "the proxy has more than {} {} in flight", waiting_max,
                held ? "held calls" : "requests");
  }
  if (held_.contains(correlation) || unanswered_.contains(correlation)) {
    return fail(Errc::protocol, "the proxy used a correlation id for two requests at once");
  }
  waiting.insert(correlation);
  ++cancels_left_;
  ++requests_;
  Replies& replies = *this;
  return traffic_.on_message(correlation, std::move(message), replies);
}

// The reply may be on its way, so what nobody waits for is nothing wrong, once.
Result<> ProxyLink::on_cancel(std::uint64_t correlation) {
  if (cancels_left_ == 0) return fail(Errc::protocol, "the proxy cancels more than it asked for");
  --cancels_left_;
  if (held_.erase(correlation)) {
    traffic_.on_cancel(correlation, *this);
  } else if (unanswered_.contains(correlation)) {
    traffic_.on_left(correlation, *this);
  }
  return {};
}

void ProxyLink::reply(std::uint64_t correlation, protocol::ClientReply reply) {
  if (!channel_ || protocol::generation_of(correlation) != generation_) {
    ++orphaned_;
    return;
  }
  const auto* call = std::get_if<protocol::CallReply>(&reply);
  bool waits =
      call && call->more ? held_.contains(correlation) : unanswered_.erase(correlation) || held_.erase(correlation);
  if (!waits) return;
  send(correlation, reply);
  child_->mind_backlog();
}

void ProxyLink::send(std::uint64_t correlation, const protocol::ClientReply& reply) {
  std::visit([&](const auto& message) { channel_->send(message, correlation); }, reply);
}

void ProxyLink::answer_waiting(const protocol::ClientReply& reply) {
  if (!channel_) return;
  for (auto* waiting : {&unanswered_, &held_}) {
    for (std::uint64_t correlation : waiting->take_all()) send(correlation, reply);
  }
}

}  // namespace outpost::supervisor
