#include "supervisor/engine/sending/validation.h"

#include <algorithm>
#include <vector>

#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

namespace lm = log_messages;
using protocol::ErrorNumber;
using protocol::FetchOutcome;
using protocol::FetchReply;
using std::chrono::milliseconds;

namespace {

// Before the next try, and twice as long each time; and when no courier was there.
constexpr milliseconds kPauseMin{100};
constexpr milliseconds kPauseMax{2'000};

milliseconds pause_after(std::uint32_t failures) {
  return std::min(kPauseMin * (1 << std::min(failures - 1, 8U)), kPauseMax);
}

// It is our own doing, and says nothing of the validator. A courier that has ended may have asked: to ask twice does no
// harm.
bool is_ours(FetchOutcome outcome) { return outcome == FetchOutcome::unavailable || outcome == FetchOutcome::lost; }

Verdict unasked() {
  return giving_back("no courier was there to ask its validator; try again", ErrorNumber::internal_error);
}

Verdict leaving() { return giving_back("this server is no longer the primary; try again", ErrorNumber::not_primary); }

}  // namespace

Validations::Validations(Loop& loop, Log& log, Courier& courier)
    : loop_(loop), log_(log), courier_(courier), due_timer_(loop, [this] { on_due(); }) {}

std::uint64_t Validations::validate(Validation validation, milliseconds time, Done done) {
  std::uint64_t number = ++last_number_;
  Waiting& waiting = waiting_[number];
  waiting.validation = std::move(validation);
  waiting.done = std::move(done);
  waiting.began_ms = loop_.now_ms();
  waiting.expires_ms = waiting.began_ms + static_cast<std::uint64_t>(time.count());
  if (serves_) {
    ask(number);
  } else {
    end_soon(number, leaving());
  }
  return number;
}

void Validations::ask(std::uint64_t number) {
  Waiting& waiting = waiting_.at(number);
  if (waiting.failures == 0) {
    waiting.verdict = failed_verdict("its server did not answer in time", ErrorNumber::timeout);
  }
  FetchRequest request;
  request.client = waiting.validation.http_client;
  request.method = "POST";
  request.url = waiting.validation.url;
  request.headers = {"Content-Type: application/json"};
  request.body = waiting.validation.body;
  request.answer_bytes_max = kVerdictBytesMax;
  waiting.fetch =
      courier_.fetch(std::move(request), [this, number](const FetchReply& reply) { on_reply(number, reply); });
  look_again(number, waiting, waiting.expires_ms);
}

void Validations::on_reply(std::uint64_t number, const FetchReply& reply) {
  auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  Waiting& waiting = found->second;
  waiting.fetch = 0;
  if (reply.outcome == FetchOutcome::invalid) {  // nothing was sent, nor will be
    return end(number, giving_back("its validator cannot be asked: " + reply.text, ErrorNumber::internal_error));
  }
  if (is_ours(reply.outcome)) {
    if (waiting.failures == 0) waiting.verdict = unasked();
    return ask_again(number, waiting, kPauseMin);
  }
  Verdict verdict = read_verdict(reply, waiting.validation.handle);
  note(verdict, reply.text);
  if (verdict.kind != Verdict::Kind::fail || ++waiting.failures >= waiting.validation.tries) {
    return end(number, std::move(verdict));
  }
  waiting.verdict = std::move(verdict);
  ask_again(number, waiting, pause_after(waiting.failures));
}

// When there is no time for it, it ends with what is known.
void Validations::ask_again(std::uint64_t number, Waiting& waiting, milliseconds pause) {
  std::uint64_t at_ms = loop_.now_ms() + static_cast<std::uint64_t>(pause.count());
  if (at_ms >= waiting.expires_ms) return end(number, std::move(waiting.verdict));
  look_again(number, waiting, at_ms);
}

void Validations::withdraw(std::uint64_t number) {
  if (!waiting_.contains(number)) return;
  end_soon(number, giving_back("its client has left", ErrorNumber::timeout));
}

void Validations::leave() {
  serves_ = false;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, waiting] : waiting_) numbers.push_back(number);
  std::ranges::sort(numbers);
  for (std::uint64_t number : numbers) end(number, leaving());
}

// Not before whoever asks for it has returned; nothing else ends it meanwhile.
void Validations::end_soon(std::uint64_t number, Verdict verdict) {
  Waiting& waiting = waiting_.at(number);
  if (waiting.fetch != 0) courier_.cancel(std::exchange(waiting.fetch, 0));
  waiting.verdict = std::move(verdict);
  due_.erase({waiting.due_ms, number});
  loop_.at_end_of_turn([this, number] {
    auto found = waiting_.find(number);
    if (found != waiting_.end()) end(number, std::move(found->second.verdict));
  });
}

void Validations::end(std::uint64_t number, Verdict verdict) {
  auto node = waiting_.extract(number);
  Waiting& waiting = node.mapped();
  due_.erase({waiting.due_ms, number});
  if (waiting.fetch != 0) courier_.cancel(waiting.fetch);
  times_.add((loop_.now_ms() - waiting.began_ms) * 1'000);
  waiting.done(std::move(verdict));
}

// --- Time ------------------------------------------------------------------------------------------------------------

void Validations::look_again(std::uint64_t number, Waiting& waiting, std::uint64_t at_ms) {
  due_.erase({waiting.due_ms, number});
  waiting.due_ms = at_ms;
  due_.emplace(at_ms, number);
  if (due_.begin()->second != number && due_timer_.active()) return;
  std::uint64_t now = loop_.now_ms();
  std::uint64_t first = due_.begin()->first;
  due_timer_.start(milliseconds(first > now ? first - now : 0));
}

void Validations::on_due() {
  std::uint64_t now = loop_.now_ms();
  while (!due_.empty() && due_.begin()->first <= now) {
    std::uint64_t number = due_.begin()->second;
    Waiting& waiting = waiting_.at(number);
    if (now < waiting.expires_ms) {
      ask(number);
      continue;
    }
    // As long as nobody has failed, it is this time that has.
    if (waiting.fetch != 0) note(waiting.verdict, waiting.verdict.reason);
    end(number, std::move(waiting.verdict));
  }
  if (!due_.empty()) due_timer_.start(milliseconds(due_.begin()->first - now));
}

// --- What is told ----------------------------------------------------------------------------------------------------

// One line when they begin to fail and one when they succeed again, however many there are.
void Validations::note(const Verdict& verdict, const std::string& detail) {
  if (verdict.kind != Verdict::Kind::fail) {
    if (failed_ms_ == 0) return;
    log_.write(lm::kValidatorWorks, "pre-dial validation works again, after {} ms; {} more had failed",
               loop_.now_ms() - std::exchange(failed_ms_, 0), std::exchange(failures_, 0));
    return;
  }
  if (failed_ms_ != 0) {
    ++failures_;
    return;
  }
  failed_ms_ = std::max<std::uint64_t>(loop_.now_ms(), 1);
  log_.write(lm::kValidatorFails, "pre-dial validation fails: {}", detail.empty() ? verdict.reason : detail);
}

void Validations::write_metrics(MetricsWriter& out) const {
  constexpr double kMicro = 1e-6;
  out.gauge("outpost_validations_waiting", "Previews that wait for the validation of their record.")
      .add({}, std::uint64_t{waiting_.size()});
  out.histogram("outpost_validation_duration_seconds", "Time that a preview waited for the validation of its record.")
      .add({}, BucketCounts{kValidationTimes, times_.counts(), times_.sum(), kMicro});
}

}  // namespace outpost::supervisor
