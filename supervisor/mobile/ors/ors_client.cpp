#include "supervisor/mobile/ors/ors_client.h"

#include <algorithm>

#include "common/excerpt.h"
#include "protocol/mobile/limits.h"
#include "supervisor/log_messages.h"
#include "supervisor/mobile/ors/attempts.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/services/service_ids.h"

namespace outpost::supervisor::mobile {

namespace lm = log_messages;
using protocol::CallParameter;
using protocol::CallReply;
using protocol::FetchOutcome;
using protocol::FetchReply;
using std::chrono::seconds;

namespace {

constexpr std::string_view kBeginRequest = "gms.start";
constexpr std::string_view kFormHeader = "Content-Type: application/x-www-form-urlencoded";
// For an answer as a whole, beside the time for a connection; how long it may be silent is http.socket_timeout's.
constexpr seconds kAnswerTime{30};
constexpr int kNotFound = 404;

// What the caller is told of a failure, and the log.
std::string failure_text(const FetchReply& reply) {
  if (not_reached(reply) || reply.outcome == FetchOutcome::unavailable) return std::string(protocol::kOrsUnreached);
  if (reply.outcome == FetchOutcome::answered) {
    return fmt::format("ORS request failed: ORS answered {}.", reply.status);
  }
  return fmt::format("ORS request failed: {}.", meaning_of(reply.outcome));
}

std::string answer_type_of(const FetchReply& reply) {
  auto header = std::ranges::find(reply.headers, "content-type", &protocol::FetchHeader::name);
  bool usable = header != reply.headers.end() && header->value.size() <= protocol::kMobileNameBytesMax;
  return usable ? header->value : "application/octet-stream";
}

// Why a request cannot be sent on.
std::optional<CallReply> request_fault(std::string_view name, const std::vector<CallParameter>& parameters) {
  if (name.empty() || name == "." || name == ".." || name.size() > protocol::kMobileNameBytesMax) {
    return error_reply(400, fmt::format("The name of a request has 1 to {} bytes, and is not \".\" or \"..\".",
                                        protocol::kMobileNameBytesMax));
  }
  auto file = std::ranges::find_if(parameters, &CallParameter::is_file);
  if (file == parameters.end()) return std::nullopt;
  return error_reply(400, fmt::format("{} is a file; a request of an ORS service takes texts.", excerpt(file->name)));
}

OrsClient::Told told_by(const FetchReply& reply) {
  if (is_success(reply)) return OrsClient::Told::taken;
  return is_refusal(reply) ? OrsClient::Told::refused : OrsClient::Told::failed;
}

std::optional<CallReply> size_fault(const std::string& body) {
  if (body.size() <= protocol::kFetchBodyBytesMax) return std::nullopt;
  return error_reply(
      413, fmt::format("The parameters would be a form larger than {}.", human_bytes(protocol::kFetchBodyBytesMax)));
}

}  // namespace

OrsClient::OrsClient(Log& log, Courier& courier, const Config& config) : log_(log), courier_(courier) { use(config); }

OrsClient::~OrsClient() {
  for (const auto& [number, fetch] : fetches_) courier_.cancel(fetch);
}

// The turns begin anew, and a server that still fails is named again.
void OrsClient::use(const Config& config) {
  connections_ = ors_connections(config);
  attempts_max_ = config.ors.max_ors_request_attempts;
  time_ = seconds(config.gms.connection_timeout) + kAnswerTime;
  turns_.clear();
  failing_.clear();
}

// --- Start -----------------------------------------------------------------------------------------------------------

void OrsClient::start(const ServiceSection& section, const Parameters& effective, const std::string& data_id,
                      Started started) {
  FormFields fields = start_fields(section, effective, data_id);
  std::string body = form_body(fields);
  if (auto refused = size_fault(body)) return started(tl::unexpected(*std::move(refused)));
  if (log_.wants(LogLevel::debug)) {
    log_.write(lm::kOrsAsked, "service {} starts at ORS with {}", section.name, shown_fields(fields));
  }
  std::uint64_t number = ++last_number_;
  Start& start = starts_[number];
  start.service = section.name;
  start.servers = attempts_of(section.ors.empty() ? connections_ : section.ors, section.strategy,
                              turns_[section.name]++, attempts_max_);
  start.body = std::move(body);
  start.started = std::move(started);
  if (start.servers.empty()) complain("service " + section.name, "no ORS is configured");
  try_next(number);
}

void OrsClient::try_next(std::uint64_t number) {
  Start& start = starts_.at(number);
  if (start.tried == start.servers.size()) return end_start(number, tl::unexpected(ors_error_reply()));
  start.session.base = start.servers[start.tried++].url();
  post(start.session.base, start.session.base + "/scxml/session/start", start.body, "",
       [this, number](const FetchReply& reply) { on_start_answer(number, reply); });
}

void OrsClient::on_start_answer(std::uint64_t number, const FetchReply& reply) {
  if (not_reached(reply)) return try_next(number);
  if (!is_success(reply)) return fail_start(number, failure_text(reply));
  Start& start = starts_.at(number);
  auto session = read_session(reply);
  if (!session) return fail_start(number, "ORS request failed: the answer to the start has no id of a session.");
  session->base = std::move(start.session.base);
  start.session = *std::move(session);
  begin(number);
}

void OrsClient::begin(std::uint64_t number) {
  const OrsSession& session = starts_.at(number).session;
  post(session.base, session_url(session, "request", kBeginRequest), "", session.cookie,
       [this, number](FetchReply reply) { on_begin_answer(number, std::move(reply)); });
}

void OrsClient::on_begin_answer(std::uint64_t number, FetchReply reply) {
  const Start& start = starts_.at(number);
  if (!is_success(reply)) {
    terminate(start.session);
    return fail_start(number, failure_text(reply));
  }
  recover("service " + start.service);
  log_.write(lm::kOrsStarted, "service {} is session {} at ORS {}", start.service, start.session.id,
             start.session.base);
  end_start(number, std::pair(start.session, OrsAnswer{200, "application/json", std::move(reply.body)}));
}

void OrsClient::fail_start(std::uint64_t number, const std::string& text) {
  complain("service " + starts_.at(number).service, text);
  end_start(number, tl::unexpected(ors_error_reply(text)));
}

void OrsClient::end_start(std::uint64_t number, tl::expected<std::pair<OrsSession, OrsAnswer>, CallReply> outcome) {
  auto node = starts_.extract(number);
  node.mapped().started(std::move(outcome));
}

// --- What a session is asked and told --------------------------------------------------------------------------------

void OrsClient::request(const OrsSession& session, std::string_view name, const std::vector<CallParameter>& parameters,
                        Answered answered) {
  if (auto refused = request_fault(name, parameters)) return answered(tl::unexpected(*std::move(refused)));
  FormFields fields;
  for (const CallParameter& one : parameters) fields.emplace_back(one.name, one.value);
  std::string body = form_body(fields);
  if (auto refused = size_fault(body)) return answered(tl::unexpected(*std::move(refused)));
  if (log_.wants(LogLevel::debug)) {
    log_.write(lm::kOrsAsked, "session {} is asked for {} with {}", session.id, excerpt(name), shown_fields(fields));
  }
  post(session.base, session_url(session, "request", name), std::move(body), session.cookie,
       [answered = std::move(answered)](FetchReply reply) {
         if (!is_success(reply)) return answered(tl::unexpected(ors_error_reply(failure_text(reply))));
         std::string type = answer_type_of(reply);
         answered(OrsAnswer{200, std::move(type), std::move(reply.body)});
       });
}

void OrsClient::event(const OrsSession& session, std::string_view name, const FormFields& fields, Heard heard) {
  std::string body = form_body(fields);
  // The session may be one that a subscriber named.
  if (!may_be_service_id(session.id) || body.size() > protocol::kFetchBodyBytesMax) return heard(Told::refused);
  if (log_.wants(LogLevel::debug)) {
    log_.write(lm::kOrsAsked, "session {} is told {} with {}", session.id, excerpt(name), shown_fields(fields));
  }
  std::uint64_t number = ++last_number_;
  Notice& notice = notices_[number];
  notice.session = session;
  notice.name = name;
  notice.body = std::move(body);
  if (session.base.empty()) notice.servers = connections_;
  notice.heard = std::move(heard);
  if (session.base.empty()) return tell_next(number);
  post(session.base, session_url(session, "event", name), notice.body, session.cookie,
       [this, number](const FetchReply& reply) { end_notice(number, told_by(reply)); });
}

void OrsClient::tell_next(std::uint64_t number) {
  Notice& notice = notices_.at(number);
  if (notice.tried == notice.servers.size()) return end_notice(number, notice.failed ? Told::failed : Told::refused);
  notice.session.base = notice.servers[notice.tried++].url();
  post(notice.session.base, session_url(notice.session, "event", notice.name), notice.body, notice.session.cookie,
       [this, number](const FetchReply& reply) { on_told(number, reply); });
}

void OrsClient::on_told(std::uint64_t number, const FetchReply& reply) {
  bool unknown = reply.outcome == FetchOutcome::answered && reply.status == kNotFound;
  if (!not_reached(reply) && !unknown) return end_notice(number, told_by(reply));
  if (told_by(reply) == Told::failed) notices_.at(number).failed = true;
  tell_next(number);
}

void OrsClient::end_notice(std::uint64_t number, Told told) {
  auto node = notices_.extract(number);
  node.mapped().heard(told);
}

void OrsClient::terminate(const OrsSession& session) {
  post(session.base, session_url(session, "terminate"), "", session.cookie,
       [this, id = session.id](const FetchReply& reply) {
         if (is_success(reply)) return;
         log_.write(
             lm::kOrsNotEnded, "session {} may live on at ORS, for it was not told to end: {}", id,
             reply.outcome == FetchOutcome::answered ? fmt::format("ORS answered {}", reply.status) : reply.text);
       });
}

// --- Over the courier ------------------------------------------------------------------------------------------------

void OrsClient::post(const std::string& base, std::string url, std::string body, const std::string& cookie,
                     Courier::Done done) {
  FetchRequest request;
  request.method = "POST";
  request.url = std::move(url);
  if (!body.empty()) request.headers.emplace_back(kFormHeader);
  if (!cookie.empty()) request.headers.push_back("Cookie: " + cookie);
  request.body = std::move(body);
  request.time = time_;
  std::uint64_t number = ++last_number_;
  fetches_[number] = courier_.fetch(std::move(request), [this, number, base, done = std::move(done)](FetchReply reply) {
    fetches_.erase(number);
    note(base, reply);
    done(std::move(reply));
  });
}

void OrsClient::note(const std::string& base, const FetchReply& reply) {
  if (reply.outcome == FetchOutcome::answered) return recover("ORS " + base);
  complain("ORS " + base, reply.text);
}

// One line when it begins to fail and one when it works again, however many requests there are.
void OrsClient::complain(const std::string& subject, const std::string& text) {
  auto [failing, first] = failing_.try_emplace(subject, 0);
  if (!first) {
    ++failing->second;
    return;
  }
  log_.write(lm::kOrsFails, "{} fails: {}", subject, text);
}

void OrsClient::recover(const std::string& subject) {
  auto failed = failing_.extract(subject);
  if (failed) log_.write(lm::kOrsWorks, "{} works again; {} more requests had failed", subject, failed.mapped());
}

}  // namespace outpost::supervisor::mobile
