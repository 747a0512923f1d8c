#include "supervisor/proxy_link.h"

#include "common/version.h"
#include "protocol/exchange_log.h"
#include "protocol/vocabulary.h"

namespace outpost::supervisor {

using protocol::Answer;
using protocol::Event;

namespace {

std::string outcome_of(const Answer& answer) {
  if (auto number = answer.event.integer("GSW_ERROR_NUMBER")) {
    const protocol::ErrorRow* row = protocol::find_error(*number);
    return row ? fmt::format("{} {}", *number, row->name) : fmt::format("{}", *number);
  }
  const std::string* name = answer.event.string("GSW_USER_EVENT");
  return name ? *name : "unnamed";
}

int status_of(const Answer& answer) {
  auto number = answer.event.integer("GSW_ERROR_NUMBER");
  if (!number) return 200;
  const protocol::ErrorRow* row = protocol::find_error(*number);
  return row ? row->http_status : 502;
}

}  // namespace

ProxyLink::ProxyLink(Loop& loop, Log& log, RequestSink& sink, std::function<void()> bound)
    : loop_(loop), log_(log), sink_(sink), bound_report_(std::move(bound)), proxy_log_(loop, log, [this](int file) {
        return hand_over_log(file);
      }) {}

ProxyLink::~ProxyLink() = default;

void ProxyLink::set_config(const Config& config) {
  config_ = std::make_unique<Config>(config);
  proxy_log_.set_keep_files(config.log.keep_files);
  if (channel_ && step_ == Step::running) channel_->send(configure_message());
}

void ProxyLink::reopen_logs() {
  if (channel_ && step_ != Step::hello) proxy_log_.next();
}

protocol::Configure ProxyLink::configure_message() const {
  protocol::Configure message = to_proxy(*config_, generation_);
  if (message.listeners == last_asked_) message.listeners = last_bound_;
  message.encoding = encoding_;
  return message;
}

Result<> ProxyLink::on_starting() { return proxy_log_.open(*config_); }

void ProxyLink::on_spawned(protocol::Channel& channel, std::uint32_t generation) {
  channel_ = &channel;
  generation_ = generation;
  step_ = Step::hello;
  statistics_ = {};
}

void ProxyLink::on_gone() {
  channel_ = nullptr;
  bound_.clear();
  sandbox_.clear();
  proxy_log_.close();
  statistics_ = {};
}

void ProxyLink::ask_to_drain(std::chrono::milliseconds deadline) {
  if (channel_) channel_->send(protocol::Drain{static_cast<std::uint32_t>(deadline.count())});
}

Result<> ProxyLink::on_frame(const protocol::Frame& frame) {
  auto message = protocol::decode<protocol::FromProxy>(frame.type, frame.payload);
  if (!message) return fail(message.error());
  return std::visit(protocol::overloaded{
                        [&](protocol::Request& request) { return on_request(std::move(request), frame.correlation); },
                        [](protocol::Ping&) { return Result<>(); }, [](protocol::Pong&) { return Result<>(); },
                        [&](auto& other) { return on(other); }},
                    *message);
}

Result<> ProxyLink::on(const protocol::Hello& hello) {
  if (step_ != Step::hello) return fail(Errc::protocol, "the proxy said Hello twice");
  if (hello.version != protocol::kChannelVersion) {
    std::string reason = fmt::format("{} speaks channel version {}, outpostd {} speaks {}: install both from one build",
                                     escape_control(hello.program), hello.version, kVersion, protocol::kChannelVersion);
    child_->note_reason(reason);
    channel_->send(protocol::Refuse{reason});
    return {};
  }
  asked_ = to_proxy(*config_, generation_).listeners;
  encoding_ = config_->application.encoding;
  if (auto handed = proxy_log_.hand_over_first(); !handed) return handed;
  channel_->send(configure_message());
  step_ = Step::bound;
  return {};
}

Result<> ProxyLink::on(const protocol::Bound& bound) {
  if (step_ != Step::bound) return fail(Errc::protocol, "the proxy said Bound out of turn");
  step_ = Step::running;
  bound_ = last_bound_ = bound.listeners;
  last_asked_ = asked_;
  sandbox_ = bound.sandbox;
  bound_report_();
  channel_->send(protocol::Start{});
  child_->ready();
  return {};
}

Result<> ProxyLink::on(const protocol::Failed& failed) {
  child_->note_reason(escape_control(failed.reason));
  return {};
}

Result<> ProxyLink::on(const protocol::Statistics& statistics) {
  statistics_ = statistics;
  return {};
}

Result<> ProxyLink::on(const protocol::WantLogSegment&) {
  if (step_ == Step::hello) return fail(Errc::protocol, "the proxy wanted a log file before it had one");
  proxy_log_.want();
  return {};
}

Result<> ProxyLink::hand_over_log(int file) {
  auto sent = child_->hand_over(file);
  if (sent) channel_->send(protocol::LogSegment{});
  return sent;
}

Result<> ProxyLink::on_request(protocol::Request request, std::uint64_t correlation) {
  if (step_ != Step::running) return fail(Errc::protocol, "the proxy sent a request before it was started");
  if (protocol::generation_of(correlation) != generation_) {
    return fail(Errc::protocol, "the proxy sent a request under another generation");
  }
  ++counters_.requests;
  std::uint64_t connection = request.connection;
  std::uint32_t sequence = request.sequence;
  if (log_.wants(LogLevel::trace)) {
    log_.write_block(LogLevel::trace, protocol::request_line(connection, sequence),
                     protocol::attribute_lines(request.event, log_.wants(LogLevel::debug)));
  }
  std::uint64_t started_ms = loop_.now_ms();
  ++in_flight_;
  bool taken = sink_.submit(std::move(request), [this, correlation, connection, sequence, started_ms](Answer answer) {
    this->answer(correlation, connection, sequence, started_ms, answer);
  });
  if (!taken) {
    ++counters_.refused;
    Answer refusal{protocol::error_event(protocol::ErrorNumber::overload,
                                         "The queue to the store is full; nothing was changed, try again later."),
                   {}};
    answer(correlation, connection, sequence, started_ms, refusal);
  }
  return {};
}

void ProxyLink::answer(std::uint64_t correlation, std::uint64_t connection, std::uint32_t sequence,
                       std::uint64_t started_ms, const Answer& answer) {
  --in_flight_;
  ++counters_.by_outcome[outcome_of(answer)];
  if (log_.wants(LogLevel::trace)) {
    auto took_ms = static_cast<std::int64_t>(loop_.now_ms() - started_ms);
    log_.write_block(LogLevel::trace, protocol::response_line(connection, sequence, status_of(answer), took_ms),
                     protocol::attribute_lines(answer.event, log_.wants(LogLevel::debug)));
  }
  if (!channel_ || protocol::generation_of(correlation) != generation_) {
    ++counters_.orphaned;
    return;
  }
  channel_->send(answer, correlation);
}

}  // namespace outpost::supervisor
