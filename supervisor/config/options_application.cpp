// The section application: what this Outpost is, and how it serves its clients; options_http.cpp
// and options_outward.cpp have parts of it.
#include "common/charset.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

// Whether the machine knows the character set is found out when it is used: not knowing it is an alarm and no reason
// not to start (ocs.md 6.2).
std::string encoding_fault(const OptionValue& value) {
  if (!all_of(text_of(value), "._-:+()")) return "holds a character that no character set's name has";
  // The engine knows attributes by their keys, so those must look the same in it.
  auto charset = Charset::make(text_of(value));
  auto key = charset ? charset->from_utf8("GSW_A-1") : Result<std::string>("GSW_A-1");
  return key && *key == "GSW_A-1" ? "" : "is a character set that does not write ASCII as ASCII";
}

// Who may ask, and how a request is read.
std::vector<Option<ApplicationConfig>> request_options() {
  using A = ApplicationConfig;
  return {
      option("authentication", &A::authentication,
             {.takes_effect = kAtOnce,
              .text = "none: whoever reaches a listener may send any request. token: a request must name a bearer "
                      "token that outpostctl "
                      "token add made, and gets 401 or 403 otherwise. On a listener that is not secure a token can be "
                      "read on its way.",
              .source = kDesign}),
      option("dbid", &A::dbid,
             {.low = 1,
              .high = kDbidMax,
              .type = kOutbound,
              .text = "Number of this application, told to clients as GSW_APPLICATION_ID. A request that names another "
                      "one is refused.",
              .source = "Source: ocs.md 2.2"}),
      option("encoding", &A::encoding,
             {.high = 64,
              .valid = "a character set's name as iconv knows it, or empty",
              .default_text = "no conversion",
              .fault = encoding_fault,
              .takes_effect = kNextProxyStart,
              .type = kOutbound,
              .instead = "every text is UTF-8",
              .text = "Character set of the strings in events. Requests and responses are UTF-8 always. A character "
                      "set that the machine does not know is an alarm in the log, and nothing is converted. It changes "
                      "with the proxy, so that no event is read in another character set than it was written in.",
              .source = "Source: ocs.md 6.2, from the deployment guide"}),
      option("record-processed", &A::record_processed,
             {.takes_effect = kAtOnce,
              .type = kOutbound,
              .ignored = true,
              .text = "Accepted so that an existing configuration need not be changed. It has no effect.",
              .source = kOurs}),
      option("tenant", &A::tenant,
             {.default_text = "the only tenant there is, else a request must name one",
              .type = kOutbound,
              .instead = "there is one tenant",
              .text = "Name of the tenant that is meant when a request names none.",
              .source = kDesign}),
      option("type", &A::type,
             {.takes_effect = kRestart,
              .text = "Which engine runs. outbound: calling lists, campaigns and records. mobile: the services of "
                      "/genesys/1, one node of as many as share the store. Each has options of its own; those of the "
                      "other are refused. After a change of it nothing of the file takes effect before the restart.",
              .source = kMobileDesign}),
      option("unknown-fields", &A::unknown_fields,
             {.words = words_of(UnknownFields{}).subspan(1),  // "application" is of lists only
              .takes_effect = kAtOnce,
              .type = kOutbound,
              .text = "What becomes of custom fields of a request that the calling list does not declare, and of GSW_ "
                      "keys that are none. report: they are not stored, GSW_UNKNOWN_FIELDS of the answer names them "
                      "and the nearest known names, outpostctl status counts them, the log has a line for each name "
                      "and hour. refuse: error 104, and nothing is written. carry: they are stored with the record "
                      "and handed out again like declared ones; an export has the declared ones only. A calling list "
                      "may say otherwise for itself.",
              .source = "Assumption: ocs.md 2.1 [design]"}),
  };
}

// What it is called, when it starts and stops, and how long it remembers.
std::vector<Option<ApplicationConfig>> service_options() {
  using A = ApplicationConfig;
  return {
      option("idempotency-retention", &A::idempotency_retention,
             {.low = 1,
              .high = kYearHours,
              .unit = "hours",
              .type = kOutbound,
              .text = "How long the answer to a request with an Idempotency-Key is kept, so that the same request sent "
                      "again gets the same answer and has no second effect.",
              .source = kDesign}),
      option("missed-callback-timeout", &A::missed_callback_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .type = kOutbound,
              .text = "A personal callback that nobody took for this long after its time is marked MissedCallBack.",
              .source = "Source: ocs.md 4.6 [design]"}),
      option("name", &A::name,
             {.low = 1,
              .text = "Name of this application, for people and for the header of each log file.",
              .source = "Source: ocs.md 8"}),
      option("session-timeout", &A::session_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .type = kOutbound,
              .text = "A record that was handed out is given back when neither it nor its agent had a request for this "
                      "long.",
              .source = kDesign}),
      option("start-requires-http", &A::start_requires_http,
             {.text = "true: the start fails when no proxy comes up; a port that another process has is waited for, "
                      "for five seconds. "
                      "false: the start succeeds with a remark, and the proxy is tried again each reconnect-timeout. "
                      "Without a listener, and with redundancy.enabled, it has no effect: a backup has no proxy, and a "
                      "primary without its ports keeps the role and says so.",
              .source = kDesign}),
      option("stop-timeout", &A::stop_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for requests in flight to be answered when Outpost stops; the rest is answered 503.",
              .source = kDesign}),
  };
}

}  // namespace

std::vector<Option<ApplicationConfig>> application_options() {
  using A = ApplicationConfig;
  return joined({request_options(), service_options(), part_options(&A::limits, http_limits()),
                 part_options(&A::http, http_settings()),
                 only_for(kOutbound, part_options(&A::outward, outward_options()))});
}

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
