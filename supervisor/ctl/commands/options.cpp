#include "supervisor/ctl/commands/options.h"

#include "common/clock.h"
#include "common/integers.h"
#include "common/text.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/time.h"

namespace outpost::supervisor::ctl {

namespace {

// As requests over HTTP may name: CLI11 takes what is larger than any int64 for the largest.
constexpr Range kWhole{0, kIntegerMax, "a number from 0 to 2^53-1"};

template <const protocol::Enumeration& (*kNames)()>
Result<std::int64_t> enumerated(const std::string& given) {
  if (auto parsed = kNames().parse(given)) return std::int64_t{*parsed};
  return fail(Errc::invalid, "'{}' is not valid; valid are a number or one of {}", given, join(kNames().names, ", "));
}

template <const protocol::Enumeration& (*kNames)()>
Option enumeration_option(const char* names, std::int64_t Arguments::*target, const char* sent) {
  return {.names = names,
          .text = fmt::format("Only records with this {} (name or number)", kNames().name),
          .target = target,
          .sent = sent,
          .number = enumerated<kNames>};
}

Result<std::int64_t> time(const std::string& given) {
  if (auto parsed = parse_time(given, SystemClock().now())) return *parsed;
  return fail(Errc::invalid,
              "'{}' is not a time; valid are epoch seconds up to {}, now, YYYY-MM-DD and YYYY-MM-DDTHH:MM[:SS], the "
              "latter two with Z or +HH:MM or not",
              given, kEpochMax);
}

std::string object_to_delimiter(const std::string& given) {
  if (parse_delimiter(given)) return {};
  return fmt::format(
      "'{}' is not valid; valid are one punctuation character such as ';', and comma, semicolon, tab, pipe", given);
}

std::string object_to_encoding(const std::string& name) {
  auto known = Utf8Decoder::make(name);
  return known ? std::string() : known.error().text;
}

}  // namespace

const char* const kTimeFooter =
    "TIME: epoch seconds, now, YYYY-MM-DD (its first second) or YYYY-MM-DDTHH:MM[:SS]; in the time of this shell "
    "unless Z or\nan offset such as +02:00 follows.";

Option json_option() {
  return {"--json", "Print the supervisor's reply as it came, and an error as an object", &Arguments::json};
}

Option watch_option() {
  return {.names = "--watch",
          .text = "Show it again and again, each 2 seconds when no number is given; q or Ctrl-C ends it",
          .target = &Arguments::watch_s,
          .type = "[SECONDS]",
          .range = kIntervalRange,
          .alone = 2};
}

Option list_option() { return {"LIST", "Name of the calling list", &Arguments::list, "list", true}; }

Option tenant_option() {
  return {"--tenant", "Whose list; needed when there are several tenants", &Arguments::tenant, "tenant"};
}

Option output_option() {
  return {.names = "-o,--output",
          .text = "File to write, standard output when - or not given",
          .target = &Arguments::output,
          .type = "FILE"};
}

Option due_option(const char* names, std::int64_t Arguments::*target, const char* sent, const char* text) {
  return {.names = names, .text = text, .target = target, .sent = sent, .type = "TIME", .number = time};
}

std::vector<Option> filter_options() {
  return {
      enumeration_option<protocol::record_statuses>("--status,--state", &Arguments::status, "status"),
      enumeration_option<protocol::record_types>("--type", &Arguments::type, "type"),
      enumeration_option<protocol::call_results>("--result", &Arguments::result, "result"),
      {.names = "--chain",
       .text = "Only records of this chain",
       .target = &Arguments::chain,
       .sent = "chain",
       .range = kWhole},
      {"--contact", "Only records with this contact info, however it is punctuated", &Arguments::contact, "contact"},
      {"--customer-id", "Only records with exactly this customer id", &Arguments::customer_id, "customer_id"},
      {"--agent", "Only records of this agent", &Arguments::agent, "agent"},
      due_option("--due-from", &Arguments::due_from, "due_from", "Only records that are due at this time or later"),
      due_option("--due-till", &Arguments::due_till, "due_till", "Only records that are due at this time or earlier"),
  };
}

std::vector<Option> paging_options() {
  return {
      {.names = "--limit", .text = "Most to show, 20 when not given", .target = &Arguments::limit, .range = kPositive},
      {.names = "--all",
       .text = "Show all; with --json, one reply a line",
       .target = &Arguments::all,
       .excludes = {"--limit"}}};
}

std::vector<Option> csv_file_options(const char* text) {
  return {
      {.names = "FILE", .text = text, .target = &Arguments::file, .required = true},
      {.names = "--rejects",
       .text = "Where rejected rows go, FILE.rejects.csv when not given",
       .target = &Arguments::rejects,
       .type = "FILE"},
      {.names = "--skip", .text = "Columns of the file to leave out", .target = &Arguments::skip, .commas = true},
      {.names = "--delimiter",
       .text = "What separates the values of FILE, a comma when not given; also by name: tab, semicolon, pipe",
       .target = &Arguments::delimiter,
       .type = "CHARACTER",
       .objection = object_to_delimiter},
      {.names = "--encoding",
       .text = "Character set of FILE, UTF-8 when not given; such as UTF-16 or WINDOWS-1252 (iconv -l)",
       .target = &Arguments::encoding,
       .type = "NAME",
       .objection = object_to_encoding},
  };
}

// Where rejected rows go has a name of its own when they came from standard input.
std::string object_to_rejects(const Arguments& arguments) {
  if (arguments.rejects == kStandardStream) return "--rejects: it must be the name of a file, not standard output";
  if (arguments.file != kStandardStream || !arguments.rejects.empty() || arguments.dry_run) return {};
  return "FILE -: standard input has no name to make the reject file's from: --rejects must name one";
}

CsvFormat format_of(const Arguments& arguments) {
  CsvFormat format;
  if (auto delimiter = parse_delimiter(arguments.delimiter)) format.delimiter = *delimiter;
  format.encoding = arguments.encoding;
  return format;
}

std::string rejects_of(const Arguments& arguments) {
  return arguments.rejects.empty() ? arguments.file + ".rejects.csv" : arguments.rejects;
}

}  // namespace outpost::supervisor::ctl
