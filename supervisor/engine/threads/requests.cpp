// Requests on their way through the store's thread; a preview whose record is validated goes there again.
#include <algorithm>
#include <span>
#include <utility>

#include "supervisor/engine/threads.h"

namespace outpost::supervisor {

using protocol::ErrorNumber;

namespace {

// Given back in one transaction.
constexpr std::size_t kGivenBackAtOnce = 250;

}  // namespace

std::uint64_t EngineThreads::submit(protocol::Request request, Answered answered) {
  Asked* asked = asked_.take();
  asked->number = ++last_number_;
  asked->started_ms = loop_.now_ms();
  asked->request = std::move(request);
  asked->answered = std::move(answered);
  std::uint64_t number = asked->number;
  if (submit(asked)) return number;
  asked_.give_back(asked);
  return 0;
}

bool EngineThreads::submit(Asked* asked) {
  return writer_.submit({
      .apply = [this, asked](RecordStore& store) -> Result<> {
        std::uint64_t told = store.outbox_writes();
        auto reply = asked->goes_on() ? engine_.end_validation(store, asked->request, asked->validated)
                                      : engine_.handle(store, asked->request);
        if (!reply) return pass(reply);
        asked->reply = std::move(*reply);
        asked->told = store.outbox_writes() != told;
        return {};
      },
      .done = [this, asked](const Result<>& outcome) { finish(asked, outcome); },
      .foresee =
          [this, asked](Foresight& foresight) {
            if (asked->goes_on()) return engine_.foresee(asked->request, asked->validated, foresight);
            engine_.foresee(asked->request, foresight);
          },
  });
}

void EngineThreads::finish(Asked* asked, const Result<>& outcome) {
  note_store(outcome);
  note_outbox(outcome && asked->told);
  if (outcome && asked->reply.validation) return validate(asked);
  if (outcome) return answer(asked, std::move(asked->reply));
  if (asked->goes_on()) orphans_.push_back(asked->validated.handle);
  // Whether it was committed may not be known.
  if (asked->reply.validation) orphans_.push_back(asked->reply.validation->handle);
  answer(asked, failure(outcome.error(), asked->request));
}

void EngineThreads::answer(Asked* asked, protocol::Answer answer) {
  if (!withdrawn_.empty()) withdrawn_.erase(asked->number);
  Answered answered = std::move(asked->answered);
  asked_.give_back(asked);
  answered(std::move(answer));
}

protocol::Answer EngineThreads::failure(const Error& error, const protocol::Request& request) {
  auto event = [&]() -> protocol::Event {
    switch (error.code) {
      case Errc::fenced:
      case Errc::closed:
        lost_(error);
        return protocol::error_event(ErrorNumber::not_primary,
                                     "This server is no longer the primary; nothing was changed, try again.");
      case Errc::unavailable:
        return protocol::error_event(ErrorNumber::store_unavailable,
                                     "The record store cannot be reached; nothing was changed, try again later. The "
                                     "server's log has the reason.");
      case Errc::io:
        return protocol::error_event(ErrorNumber::timeout,
                                     "The record store did not say whether the request was done; send it again, "
                                     "AddRecord under the same Idempotency-Key.");
      default:
        return protocol::error_event(
            ErrorNumber::database_error,
            "The record store failed and nothing was changed; try again later, the server's log has the reason.");
    }
  };
  protocol::Answer answer{event(), {}};
  if (const auto* reference = request.event.find("GSW_REFERENCE_ID")) answer.event.add("GSW_REFERENCE_ID", *reference);
  return answer;
}

// --- Validation ------------------------------------------------------------------------------------------------------

// The answer must leave before the proxy gives the request up: so some of its time is left for the store and the way.
void EngineThreads::validate(Asked* asked) {
  Validation validation = *std::move(asked->reply.validation);
  asked->reply = {};
  asked->validated.handle = validation.handle;
  asked->validated.contacts = std::move(validation.contacts);
  std::uint64_t number = asked->number;
  if (withdrawn_.erase(number) > 0) return conclude(asked, giving_back("its client has left", ErrorNumber::timeout));
  if (!validator_) return conclude(asked, giving_back("nobody validates here", ErrorNumber::internal_error));
  auto spent = std::chrono::milliseconds(loop_.now_ms() - asked->started_ms);
  // A slow store is no fault of the record's.
  if (spent >= request_timeout_ / 2) {
    return conclude(
        asked, giving_back("half of its request's time was over before it could be validated", ErrorNumber::timeout));
  }
  auto time = request_timeout_ * 9 / 10 - spent;
  validating_[number] = validator_->validate(std::move(validation), time, [this, asked](Verdict verdict) {
    validating_.erase(asked->number);
    conclude(asked, std::move(verdict));
  });
}

void EngineThreads::conclude(Asked* asked, Verdict verdict) {
  Validated& validated = asked->validated;
  // Counts those that were cancelled meanwhile too: it only bounds the turns.
  if (validated.verdict.kind == Verdict::Kind::refuse) ++validated.refused;
  validated.verdict = std::move(verdict);
  auto spent = std::chrono::milliseconds(loop_.now_ms() - asked->started_ms);
  validated.has_time = spent < request_timeout_ / 2;
  if (submit(asked)) return;
  orphans_.push_back(validated.handle);
  answer(asked, failure(Error{Errc::store, "the queue to the store is full"}, asked->request));
}

void EngineThreads::withdraw(std::uint64_t number) {
  if (auto found = validating_.find(number); found != validating_.end()) return validator_->withdraw(found->second);
  withdrawn_.insert(number);
}

void EngineThreads::give_back_orphans() {
  if (giving_back_) return;
  std::size_t count = std::min(orphans_.size(), kGivenBackAtOnce);
  std::vector<std::int64_t> some(orphans_.begin(), orphans_.begin() + static_cast<std::ptrdiff_t>(count));
  std::ranges::sort(some);
  giving_back_ = writer_.submit({
      .apply = [this, some](RecordStore& store) { return engine_.give_back_unvalidated(store, some); },
      .done =
          [this, some](const Result<>& outcome) {
            giving_back_ = false;
            note_store(outcome);
            if (!outcome) return;  // the next sweep tries again
            std::erase_if(orphans_, [&](std::int64_t handle) { return std::ranges::binary_search(some, handle); });
            if (!orphans_.empty()) give_back_orphans();
          },
      .foresee =
          [some](Foresight& foresight) {
            for (std::int64_t handle : some) foresight.handles.try_emplace(handle);
          },
  });
}

}  // namespace outpost::supervisor
