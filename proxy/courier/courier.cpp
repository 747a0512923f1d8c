#include "proxy/courier/courier.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "common/version.h"
#include "proxy/courier/log_messages.h"

namespace outpost::courier {

namespace lm = log_messages;
using protocol::FetchOutcome;
using protocol::ProxyExit;

namespace {

// What is under way gets to end when the names that come cannot be resolved from here. What is asked for meanwhile is
// refused, so it is not long.
constexpr std::chrono::milliseconds kStaleDrain{2'000};

}  // namespace

Courier::Courier(proxy::ChildStart start)
    : loop_(start.loop),
      channel_(std::move(start.supervisor), *this),
      files_(std::move(start.files)),
      enter_sandbox_(std::move(start.enter_sandbox)),
      finished_(std::move(start.finished)),
      log_(loop_, "outpost-courier",
           [this] {
             if (state_ != State::finished) channel_.send(protocol::WantLogSegment{});
           }),
      watch_(
          loop_,
          [this] {
            if (state_ != State::greeting) channel_.send(protocol::Ping{});
          },
          [this] { finish(ProxyExit::channel_lost, "the supervisor is silent"); }),
      drain_(loop_, [this] { finish(ProxyExit::ok, "the time to drain is over"); }) {
  protocol::Hello hello;
  hello.program = fmt::format("outpost-courier {}", kVersion);
  channel_.send(hello);
}

// --- The channel -----------------------------------------------------------------------------------------------------

Result<> Courier::on_frame(const protocol::Frame& frame) {
  if (state_ == State::finished) return {};
  watch_.heard();
  auto message = protocol::decode<protocol::ToCourier>(frame.type, frame.payload);
  if (!message) return pass(message);
  return std::visit(protocol::overloaded{[this](protocol::Ping&) {
                                           report();
                                           return Result<>();
                                         },
                                         [](protocol::Pong&) { return Result<>(); },
                                         [this](protocol::Drain& drain_message) {
                                           on_drain(std::chrono::milliseconds(drain_message.deadline_ms));
                                           return Result<>();
                                         },
                                         [this](protocol::Refuse& refuse) {
                                           finish(ProxyExit::version_mismatch, refuse.reason);
                                           return Result<>();
                                         },
                                         [&](protocol::Fetch& fetch) { return on(fetch, frame.correlation); },
                                         [&](protocol::FetchCancel&) { return on_cancel(frame.correlation); },
                                         [this](auto& other) { return on(other); }},
                    *message);
}

void Courier::on_closed(const Error& why) {
  finish(why.code == Errc::protocol ? ProxyExit::channel_protocol : ProxyExit::channel_lost, why.text);
}

void Courier::report() {
  protocol::CourierStatistics statistics = transfers_ ? transfers_->statistics() : protocol::CourierStatistics();
  statistics.log_lines_lost = log_.lines_lost();
  channel_.send(protocol::Pong{});
  channel_.send(statistics);
}

Result<> Courier::on(const protocol::LogSegment&) {
  auto segment = receive_descriptor(files_.get());
  if (!segment) return fail(Errc::protocol, "the supervisor announced a log file: {}", segment.error().text);
  log_.take(*std::move(segment));
  return {};
}

// --- Fetches ---------------------------------------------------------------------------------------------------------

Result<> Courier::on(protocol::Fetch& fetch, std::uint64_t correlation) {
  if (!transfers_) return fail(Errc::protocol, "the supervisor sent a Fetch before its CourierConfigure");
  if (protocol::generation_of(correlation) != generation_ || transfers_->contains(correlation)) {
    return fail(Errc::protocol, "the supervisor sent a Fetch under an id that it may not have");
  }
  if (transfers_->size() >= protocol::kFetchWindow) {
    return fail(Errc::protocol, "the supervisor wants more than {} fetches at once", protocol::kFetchWindow);
  }
  if (std::max(fetch.total_ms, fetch.stall_ms) > protocol::kFetchMsMax ||
      fetch.answer_bytes_max > protocol::kAnswerBytesMax) {
    return fail(Errc::protocol, "the supervisor sent a Fetch beyond the limits");
  }
  if (state_ == State::running) {
    transfers_->start(correlation, std::move(fetch));
    return {};
  }
  protocol::FetchReply reply;
  reply.outcome = FetchOutcome::not_taken;
  channel_.send(reply, correlation);
  return {};
}

Result<> Courier::on_cancel(std::uint64_t correlation) {
  if (!transfers_) return fail(Errc::protocol, "the supervisor sent a FetchCancel before its CourierConfigure");
  transfers_->cancel(correlation);
  return {};
}

void Courier::replied(std::uint64_t id, const protocol::FetchReply& reply) {
  // That the courier ended, the supervisor sees for itself.
  if (reply.outcome != FetchOutcome::lost) channel_.send(reply, id);
  // Not at once: a transfer is telling this.
  if (state_ == State::draining) loop_.at_end_of_turn([this] { finish_when_drained(); });
}

void Courier::unresolved() {
  if (state_ != State::running || !resolver_files_.replaced()) return;
  log_->write(lm::kResolverStale,
              "a file of the resolver was replaced since the start, and the new one may not be "
              "read from here: another courier has to take over");
  drain(kStaleDrain);
}

// --- The configuration -----------------------------------------------------------------------------------------------

Result<> Courier::on(protocol::CourierConfigure& configure) {
  if (state_ != State::greeting) {
    if (configure.generation != generation_) {
      return fail(Errc::protocol, "the supervisor changed the generation of a running courier");
    }
    apply(configure);
    log_->write(lm::kReconfigured, "a new configuration is in effect");
    return {};
  }
  if (!log_.has_segment()) return fail(Errc::protocol, "the supervisor sent its CourierConfigure before a LogSegment");
  if (auto begun = begin(configure); !begun) fail_start(ProxyExit::internal, begun.error());
  return {};
}

// First what needs files and privileges, then the sandbox, which takes them away for good, then threads: what the
// sandbox takes, it takes from the threads that come after it.
Result<> Courier::begin(protocol::CourierConfigure& configure) {
  tzset();
  resolve_by_files_and_dns();
  use_small_stacks();
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(Errc::limit, "libcurl cannot begin");
  if (auto checked = Issuers::check_libcurl(); !checked) return checked;
  const auto* libcurl = curl_version_info(CURLVERSION_NOW);
  auto measures = enter_sandbox_(configure.sandbox);
  if (auto opened = log_.open(configure.log); !opened) return opened;
  log_->write(lm::kStarted, "outpost-courier {} started, pid {}, generation {}, libcurl {}", kVersion, getpid(),
              configure.generation, libcurl->version);
  if (!measures) {
    log_->write(lm::kNoSandbox, "{}", measures.error().text);
    fail_start(ProxyExit::no_sandbox, measures.error());
    return {};
  }
  proxy::log_sandbox(*log_, lm::kSandboxed, lm::kSandboxOff, *measures);
  generation_ = configure.generation;
  Transfers::Events& events = *this;
  transfers_.emplace(loop_, *log_, events);
  apply(configure);
  state_ = State::running;
  channel_.send(protocol::CourierReady{*std::move(measures)});
  return {};
}

void Courier::apply(protocol::CourierConfigure& configure) {
  log_.reconfigure(configure.log);
  watch_.set_timeout(configure.channel_timeout_ms);
  transfers_->configure(std::move(configure.clients), configure.system_ca);
}

void Courier::fail_start(ProxyExit code, const Error& why) {
  channel_.send(protocol::Failed{static_cast<std::int32_t>(code), why.text});
  finish(code, why.text);
}

// --- Ending ----------------------------------------------------------------------------------------------------------

void Courier::on_drain(std::chrono::milliseconds deadline) {
  told_to_drain_ = true;
  if (state_ != State::draining) return drain(deadline);
  loop_.at_end_of_turn([this] { finish_when_drained(); });
}

void Courier::drain(std::chrono::milliseconds deadline) {
  if (state_ == State::finished || state_ == State::draining) return;
  bool begun = state_ == State::running;
  state_ = State::draining;
  if (!begun) return finish(ProxyExit::ok, "drained before it was configured");
  log_->write(lm::kDraining, "draining: {} fetch(es) have {} ms", transfers_->size(), deadline.count());
  drain_.start(deadline);
  if (!told_to_drain_) channel_.send(protocol::CourierLeaving{});
  // Not at once: a transfer may be telling of itself.
  loop_.at_end_of_turn([this] { finish_when_drained(); });
}

void Courier::finish_when_drained() {
  if (state_ == State::draining && told_to_drain_ && transfers_->size() == 0) finish(ProxyExit::ok, "drained");
}

void Courier::finish(ProxyExit code, std::string_view why) {
  if (state_ == State::finished) return;
  // One that only stood still reads it later, and what was not taken behind it.
  if (state_ == State::running) channel_.send(protocol::CourierLeaving{});
  state_ = State::finished;
  if (transfers_) transfers_->end_all();
  watch_.stop();
  drain_.stop();
  if (code == ProxyExit::ok) report();
  if (log_) log_->write(lm::kStopped, "stopped: {} (exit code {})", why, static_cast<int>(code));
  finished_(code);
}

}  // namespace outpost::courier
