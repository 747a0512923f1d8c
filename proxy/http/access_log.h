// The access log: a line for each response, in files of its own that hold nothing else, so that whatever reads such
// logs reads these. Off unless the configuration asks for it (log.access); it then costs a line of memory for each
// request.
//
//   combined   192.0.2.7 - shop [29/Nov/2026:15:04:48 +0000] "POST /phones/***?req=DoNotCall HTTP/1.1" 200 161 "-"
//              "curl/8.5" 12 17.3 "4bf92f35" "-"
//   json       {"time":"2026-11-29T15:04:48+00:00","client":"192.0.2.7","user":"shop","method":"POST", ...}
//
// In one line; the time is that of the response, of one that goes on that of its end. Behind what every reader of the
// combined format knows follow the milliseconds that the request took, its name in the other logs, its X-Request-Id and
// its traceparent. What is not there is "-", in JSON null. All that comes from clients is cut, and what is no printable
// ASCII, a quote or a backslash is escaped: none can forge a line or a field.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/io/descriptor.h"
#include "common/log.h"
#include "protocol/channel/messages.h"
#include "protocol/http/http1.h"

namespace outpost::proxy {

// Headers that only the access log shows, as requests are read for them (WantedHeader).
inline constexpr std::string_view kRefererHeader = "referer";
inline constexpr std::string_view kUserAgentHeader = "user-agent";

// A request as the access log shows it: kept until its response leaves, for the parser goes on.
struct SeenRequest {
  std::string client = {};  // its address, without the port
  std::string user = {};    // name of its token; empty: none
  std::string method = {};  // empty: none was read
  std::string target = {};  // without whose contact it is: see Dialect::shown_target()
  int minor_version = 1;
  std::string referer = {};  // its origin alone: the rest may name a person
  std::string user_agent = {};
};
// `client` is its address; `target` what may be shown of the request's.
SeenRequest seen_request(const protocol::HttpRequest& request, std::string_view client, std::string target);

struct AccessEntry {
  const SeenRequest& request;
  const protocol::RequestIds& ids;
  std::uint64_t connection = 0;
  std::uint32_t sequence = 0;
  int status = 0;
  std::uint64_t body_bytes = 0;  // that were written
  std::uint64_t took_ms = 0;
  std::time_t now = 0;  // wall-clock time
};
// One line without its end.
std::string access_line(protocol::AccessLogForm form, const AccessEntry& entry);

class AccessLog {
 public:
  // `want_segment` is called on a thread of the log when another file is due.
  explicit AccessLog(std::function<void()> want_segment) : want_segment_(std::move(want_segment)) {}

  void configure(const protocol::LogSettings& settings);
  // The first file, or the next. Starts a thread with the first: not before the sandbox.
  Result<> take_segment(Descriptor segment);
  // Whether lines are written.
  [[nodiscard]] bool is_on() const { return log_ && settings_.access != protocol::AccessLogForm::off; }
  void write(const AccessEntry& entry) { log_->write_bare(access_line(settings_.access, entry)); }
  [[nodiscard]] std::uint64_t lines_lost() const { return log_ ? log_->lines_lost() : 0; }

 private:
  std::function<void()> want_segment_;
  protocol::LogSettings settings_;
  std::unique_ptr<Log> log_;  // from the first file on
};

}  // namespace outpost::proxy
