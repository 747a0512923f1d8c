#include "supervisor/mobile/alarms.h"

#include <algorithm>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "common/text.h"
#include "supervisor/log_messages.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;

namespace {

LogMessage message_of(int id) { return id == Alarms::kDoubleResource ? lm::kDoubleResource : lm::kNoResource; }

// Names and values of a configuration are in it: none of them ends a line, or an argument.
std::string safe_text(std::string_view text) {
  std::string safe = escape_control(text.substr(0, Alarms::kTextBytesMax));
  safe.resize(utf8_prefix(std::string_view(safe).substr(0, Alarms::kTextBytesMax)));
  return safe;
}

std::string about(std::string_view subject) {
  return subject.empty() ? "" : fmt::format(", {}", escape_control(subject));
}

}  // namespace

Alarms::Alarms(Loop& loop, Log& log, const Config& config) : loop_(loop), log_(log) {
  for (int id : kEvents) count_[id] = 0;
  use(config);
}

Alarms::~Alarms() = default;

void Alarms::use(const Config& config) {
  command_ = config.alarms.command;
  timeout_ = std::chrono::seconds(config.alarms.command_timeout);
  name_ = config.application.name;
  if (command_.empty()) waiting_.clear();
}

// --- Raised and cleared ----------------------------------------------------------------------------------------------

void Alarms::raise(int id, std::string_view subject, std::string_view text) {
  Key key{id, subject};
  std::string safe = safe_text(text);
  if (auto found = raised_.find(key); found != raised_.end()) {
    found->second.text = std::move(safe);
    return;
  }
  log_.write(message_of(id), "alarm {} is raised{}: {}", id, about(subject), safe);
  ++count_[id];
  raised_.emplace(std::move(key), Raised{safe, SystemClock().now()});
  run({id, true, std::string(subject), std::move(safe)});
}

void Alarms::clear(int id, std::string_view subject) {
  auto found = raised_.find(Key{id, subject});
  if (found == raised_.end()) return;
  auto gone = raised_.extract(found);
  cleared(gone.key(), gone.mapped().text);
}

void Alarms::clear_where(int id, const std::function<bool(std::string_view)>& gone) {
  std::vector<std::string> subjects;
  for (const auto& [key, one] : raised_) {
    if (key.first == id && gone(key.second)) subjects.push_back(key.second);
  }
  for (const std::string& subject : subjects) clear(id, subject);
}

void Alarms::cleared(const Key& key, const std::string& text) {
  log_.write(lm::kAlarmCleared, "alarm {} is cleared{}", key.first, about(key.second));
  run({key.first, false, key.second, text});
}

bool Alarms::is_raised(int id, std::string_view subject) const { return raised_.contains(Key{id, subject}); }

// --- The command -----------------------------------------------------------------------------------------------------

void Alarms::run(Change change) {
  if (command_.empty()) return;
  if (idle()) return start(change);
  if (waiting_.size() >= kWaitingMax) {
    const Change& oldest = waiting_.front();
    log_.write(lm::kAlarmCommandSkipped, "alarms.command is not run for alarm {} that was {}{}: {} others wait",
               oldest.id, oldest.raised ? "raised" : "cleared", about(oldest.subject), kWaitingMax);
    waiting_.pop_front();
  }
  waiting_.push_back(std::move(change));
}

void Alarms::start(const Change& change) {
  static constexpr ProgramRun::Messages kMessages{lm::kAlarmCommandStarted, lm::kAlarmCommandOutput,
                                                  lm::kAlarmCommandEnded, lm::kAlarmCommandFailed};
  std::string id = std::to_string(change.id);
  std::string state = change.raised ? "raised" : "cleared";
  ProgramRun::Program program;
  program.title = fmt::format("alarms.command {} {} {}", command_, id, state);
  program.path = command_;
  program.arguments = {id, state, change.text};
  program.environment = {"OUTPOST_ALARM=" + id, "OUTPOST_ALARM_STATE=" + state,
                         "OUTPOST_ALARM_SUBJECT=" + escape_control(change.subject), "OUTPOST_NAME=" + name_};
  running_ = std::make_unique<ProgramRun>(loop_, log_, kMessages, timeout_, [this] {
    running_.reset();
    go_on();
  });
  auto started = running_->start(program);
  if (started) return;
  log_.write(lm::kAlarmCommandFailed, "{}: {}", program.title, started.error().text);
  running_.reset();
}

// One that cannot be started has run.
void Alarms::go_on() {
  while (idle() && !waiting_.empty()) {
    Change next = std::move(waiting_.front());
    waiting_.pop_front();
    start(next);
  }
  if (!idle()) return;
  if (auto action = std::exchange(when_idle_, nullptr)) action();
}

void Alarms::when_idle(std::function<void()> action) {
  if (idle()) return action();
  when_idle_ = std::move(action);
}

// --- Shown -----------------------------------------------------------------------------------------------------------

void Alarms::write(JsonWriter& out) const {
  out.begin_array();
  for (const auto& [key, one] : raised_) {
    out.begin_object().member("event", std::int64_t{key.first}).member("subject", key.second);
    out.member("text", one.text).member("raised_at", one.raised_at).end_object();
  }
  out.end_array();
}

void Alarms::write_metrics(MetricsWriter& out) const {
  for (int id : kEvents) {
    std::string event = std::to_string(id);
    auto now = std::ranges::count_if(raised_, [id](const auto& one) { return one.first.first == id; });
    out.gauge("outpost_mobile_alarms", "Alarms that are raised now, by the number of their event.")
        .add({{"event", event}}, std::int64_t{now});
    out.counter("outpost_mobile_alarms_raised", "How often an alarm was raised, by the number of its event.")
        .add({{"event", event}}, count_.at(id));
  }
}

}  // namespace outpost::supervisor::mobile
