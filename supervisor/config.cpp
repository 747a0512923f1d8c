#include "supervisor/config.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>

#include "common/charset.h"
#include "common/json.h"
#include "protocol/custom_headers.h"

namespace outpost::supervisor {

namespace {

// --- Checks of single values -----------------------------------------------------------------------------------------

const std::string& text_of(const OptionValue& value) { return std::get<std::string>(value); }

bool all_of(const std::string& text, std::string_view other_characters) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           other_characters.find(c) != std::string_view::npos;
  });
}

std::string address_fault(const OptionValue& value) {
  unsigned char binary[sizeof(in6_addr)];
  const char* text = text_of(value).c_str();
  bool numeric = inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
  return numeric ? "" : "is no numeric address";
}

std::string path_fault(const OptionValue& value) {
  return text_of(value).starts_with('/') ? "" : "is no absolute path";
}

std::string host_fault(const OptionValue& value) {
  return all_of(text_of(value), ".:-_") ? "" : "holds a character that no host name has";
}

// Whether the machine knows the character set is found out when it is used: not knowing it is an alarm and no reason
// not to start (ocs.md 6.2).
std::string encoding_fault(const OptionValue& value) {
  if (!all_of(text_of(value), "._-:+()")) return "holds a character that no character set's name has";
  // The engine knows attributes by their keys, so those must look the same in it.
  auto charset = Charset::make(text_of(value));
  auto key = charset ? charset->from_utf8("GSW_A-1") : Result<std::string>("GSW_A-1");
  return key && *key == "GSW_A-1" ? "" : "is a character set that does not write ASCII as ASCII";
}

std::string store_fault(const OptionValue& value) {
  constexpr std::string_view kSqlite = "sqlite:///";
  const std::string& url = text_of(value);
  return url.starts_with(kSqlite) && url.size() > kSqlite.size() ? "" : "is no store";
}

std::vector<std::string> custom_header_remarks(const OptionValue& value) {
  return protocol::parse_custom_headers(text_of(value)).problems;
}

// --- The table -------------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 1> kListenerProtocols{"http"};
constexpr std::array<std::string_view, 4> kLogLevels{"standard", "interaction", "trace", "debug"};

constexpr std::int64_t kDbidMax = 2'147'483'647;
constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::int64_t kYearHours = 365 * 24;
constexpr std::int64_t kPathBytesMax = 1'024;
constexpr std::int64_t kSocketPathBytesMax = 107;  // what fits a Unix socket address

constexpr auto kAtOnce = TakesEffect::at_once;
constexpr auto kNextProxyStart = TakesEffect::next_proxy_start;
constexpr auto kRestart = TakesEffect::restart;

// Each source is a section of ocs.md; what the guide leaves open there is tagged [design].
constexpr std::string_view kGuide = "Source: ocs.md 6.1, from the deployment guide";
constexpr std::string_view kOurs = "Assumption: ocs.md 6.1 [design]";
constexpr std::string_view kConnectionRules = "Assumption: ocs.md 2.3 [design]";
constexpr std::string_view kBodyRules = "Assumption: ocs.md 2.1 [design]";
constexpr std::string_view kDesign = "Assumption: the guide has no such option; design.md sections 2 to 5 and 9";

std::vector<Option<ApplicationConfig>> application_options() {
  using A = ApplicationConfig;
  return {
      option("channel-timeout", &A::channel_timeout,
             {.low = 100,
              .high = 60'000,
              .unit = "milliseconds",
              .takes_effect = kAtOnce,
              .text = "Supervisor and proxy ask each other for a sign of life every third of this time. A side that is "
                      "silent for all of it is treated as gone: the proxy ends, or is killed and started again.",
              .source = kDesign}),
      option("channel-window", &A::channel_window,
             {.low = 1,
              .high = 4'096,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most requests that wait for the supervisor at once. When so many wait, the proxy stops reading "
                      "from its clients until answers come.",
              .source = kDesign}),
      option("dbid", &A::dbid,
             {.low = 1,
              .high = kDbidMax,
              .text = "Number of this application, told to clients as GSW_APPLICATION_ID. A request that names another "
                      "one is refused.",
              .source = "Source: ocs.md 2.2"}),
      option("encoding", &A::encoding,
             {.high = 64,
              .valid = "a character set's name as iconv knows it, or empty",
              .default_text = "no conversion",
              .fault = encoding_fault,
              .takes_effect = kNextProxyStart,
              .text = "Character set of the strings in events. Requests and responses are UTF-8 always. A character "
                      "set that the machine does not know is an alarm in the log, and nothing is converted. It changes "
                      "with the proxy, so that no event is read in another character set than it was written in.",
              .source = "Source: ocs.md 6.2, from the deployment guide"}),
      option("http-body-timeout", &A::http_body_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for the body of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option(
          "http-custom-headers", &A::http_custom_headers,
          {.high = 8'192,
           .line_ends = true,
           .valid = "\"Name: value\" items with | or a line end between them; the names are X-Frame-Options, "
                    "X-XSS-Protection, X-Content-Type-Options, Content-Security-Policy and Strict-Transport-Security",
           .remarks = custom_header_remarks,
           .takes_effect = kAtOnce,
           .text = "Header fields that are added to every response. An item that is not valid is dropped and "
                   "reported, the rest is used. Strict-Transport-Security is sent over TLS only.",
           .source = kGuide}),
      option("http-header-timeout", &A::http_header_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for the header block of a request to arrive; after it the request is answered 408 and the "
                      "connection closed.",
              .source = kConnectionRules}),
      option("http-idle-timeout", &A::http_idle_timeout,
             {.low = 1,
              .high = kDaySeconds,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "A connection without a request is closed after this time.",
              .source = kOurs}),
      option("http-max-body", &A::http_max_body,
             {.low = 1,
              .high = 1'048'576,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest body of a request; a larger one is answered 413.",
              .source = kOurs}),
      option("http-max-connections", &A::http_max_connections,
             {.low = 1,
              .high = 100'000,
              .unit = "connections",
              .takes_effect = kAtOnce,
              .text = "Most connections at once; one more is accepted, answered 503 and closed.",
              .source = kOurs}),
      option("http-max-header-bytes", &A::http_max_header_bytes,
             {.low = 256,
              .high = 1'048'576,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Largest header block of a request; a larger one is answered 431.",
              .source = kConnectionRules}),
      option("http-max-header-fields", &A::http_max_header_fields,
             {.low = 1,
              .high = 1'000,
              .unit = "fields",
              .takes_effect = kAtOnce,
              .text = "Most header fields of a request; one more is answered 431.",
              .source = kConnectionRules}),
      // The most that an event takes and echoes (protocol::Event) is twice the most of these two.
      option("http-max-key-length", &A::http_max_key_length,
             {.low = 1,
              .high = 255,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Longest key in the body of a request; a longer one is answered 400.",
              .source = kBodyRules}),
      option("http-max-keys", &A::http_max_keys,
             {.low = 1,
              .high = 512,
              .unit = "keys",
              .takes_effect = kAtOnce,
              .text = "Most keys in the body of a request; one more is answered 400.",
              .source = kBodyRules}),
      option("http-max-pipelined", &A::http_max_pipelined,
             {.low = 1,
              .high = 1'000,
              .unit = "requests",
              .takes_effect = kAtOnce,
              .text = "Most unanswered requests of one connection; with so many the proxy stops reading from it.",
              .source = kConnectionRules}),
      option("http-max-target", &A::http_max_target,
             {.low = 64,
              .high = 65'536,
              .unit = "bytes",
              .takes_effect = kAtOnce,
              .text = "Longest request target; a longer one is answered 414.",
              .source = kConnectionRules}),
      option("http-request-timeout", &A::http_request_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Longest wait for the answer to a request. After it the client gets 504 when the request was "
                      "handed over, and its effect is unknown, or 503 when it was not.",
              .source = kOurs}),
      option("idempotency-retention", &A::idempotency_retention,
             {.low = 1,
              .high = kYearHours,
              .unit = "hours",
              .text = "How long the answer to a request with an Idempotency-Key is kept, so that the same request sent "
                      "again gets the same answer and has no second effect.",
              .source = kDesign}),
      option("missed-callback-timeout", &A::missed_callback_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "A personal callback that nobody took for this long after its time is marked MissedCallBack.",
              .source = "Source: ocs.md 4.6 [design]"}),
      option("name", &A::name,
             {.low = 1,
              .text = "Name of this application, for people and for the header of each log file.",
              .source = "Source: ocs.md 8"}),
      option("record-processed", &A::record_processed,
             {.takes_effect = kAtOnce,
              .ignored = true,
              .text = "Accepted so that an existing configuration need not be changed. It has no effect.",
              .source = kOurs}),
      option("session-timeout", &A::session_timeout,
             {.low = 1,
              .high = kYearHours * 3600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "A record that was handed out is given back when neither it nor its agent had a request for this "
                      "long.",
              .source = kDesign}),
      option("stop-timeout", &A::stop_timeout,
             {.low = 1,
              .high = 300,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time for requests in flight to be answered when Outpost stops; the rest is answered 503.",
              .source = kDesign}),
      option("tenant", &A::tenant,
             {.default_text = "the only tenant there is, else a request must name one",
              .text = "Name of the tenant that is meant when a request names none.",
              .source = kDesign}),
  };
}

std::vector<Option<ServerInfoConfig>> server_info_options() {
  using S = ServerInfoConfig;
  return {
      option("advertised-host", &S::advertised_host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the value of host",
              .fault = host_fault,
              .takes_effect = kNextProxyStart,
              .text = "Host in the record URIs that clients are given.",
              .source = "Assumption: ocs.md 1.2 [design]"}),
      option("host", &S::host,
             {.high = 253,
              .valid = "a host name or address, or empty",
              .default_text = "the machine's host name",
              .fault = host_fault,
              .text = "Name of this host, for the header of each log file and to tell supervisors apart in the store.",
              .source = "Source: ocs.md 8"}),
      option("reconnect-timeout", &S::reconnect_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "Time from the unexpected end of a proxy to the start of the next one. A proxy that cannot open "
                      "its port ends too.",
              .source = kGuide}),
  };
}

std::vector<Option<ListenerConfig>> listener_options() {
  using L = ListenerConfig;
  return {
      option("address", &L::address,
             {.valid = "a numeric IPv4 or IPv6 address",
              .fault = address_fault,
              .takes_effect = kNextProxyStart,
              .text = "Address to listen on; 0.0.0.0 or :: for all of the machine.",
              .source = kDesign}),
      option("name", &L::name,
             {.low = 1,
              .high = 64,
              .takes_effect = kNextProxyStart,
              .text = "Name of the listener, for the log. Each listener has its own.",
              .source = kDesign}),
      option("port", &L::port,
             {.low = 0,
              .high = 65'535,
              .takes_effect = kNextProxyStart,
              .text = "TCP port; 0 lets the system choose one, which the log and the status name. A running proxy is "
                      "not told of a change.",
              .source = kGuide}),
      option("protocol", &L::protocol,
             {.words = kListenerProtocols,
              .takes_effect = kNextProxyStart,
              .text = "What is spoken on the port.",
              .source = kGuide}),
  };
}

std::vector<Option<LogConfig>> log_options() {
  return {
      option("directory", &LogConfig::directory,
             {.low = 1,
              .high = kPathBytesMax,
              .valid = "an absolute path",
              .fault = path_fault,
              .text = "Folder of the log files. It is created when it is absent.",
              .source = "Source: ocs.md 8"}),
      option("keep-files", &LogConfig::keep_files,
             {.low = 0,
              .high = 100'000,
              .unit = "files, 0 for all",
              .takes_effect = kAtOnce,
              .text = "How many files of each program are kept; older ones are removed.",
              .source = kDesign}),
      option("level", &LogConfig::level,
             {.words = kLogLevels,
              .takes_effect = kAtOnce,
              .text = "How much is written: each level holds what those before it hold. Values of custom fields are "
                      "written at debug only.",
              .source = "Source: ocs.md 8"}),
      option("segment-hours", &LogConfig::segment_hours,
             {.low = 0,
              .high = kYearHours,
              .unit = "hours, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as old.",
              .source = kDesign}),
      option("segment-size", &LogConfig::segment_size,
             {.low = 0,
              .high = std::int64_t{1} << 40,
              .unit = "bytes, 0 for no limit",
              .takes_effect = kAtOnce,
              .text = "A new file is begun when the current one is as large.",
              .source = kDesign}),
  };
}

std::vector<Option<StoreConfig>> store_options() {
  return {option("url", &StoreConfig::url,
                 {.low = 1,
                  .high = kPathBytesMax,
                  .valid = "sqlite:/// and an absolute path, as in sqlite:///var/lib/outpost/outpost.db",
                  .fault = store_fault,
                  .takes_effect = kRestart,
                  .text = "Where calling lists, campaigns and records are. A file that is absent is created.",
                  .source = kDesign})};
}

std::vector<Option<ControlConfig>> control_options() {
  return {option("socket", &ControlConfig::socket,
                 {.low = 1,
                  .high = kSocketPathBytesMax,
                  .valid = "an absolute path of at most 107 bytes",
                  .fault = path_fault,
                  .takes_effect = kRestart,
                  .text = "The Unix socket on which outpostctl finds this supervisor.",
                  .source = kDesign})};
}

Options<Config> make_options() {
  Options<Config> options;
  options.section("application", &Config::application, "What this Outpost is, and how it serves its clients.",
                  application_options());
  options.section("server-info", &Config::server_info, "The host, and how the proxy is watched.",
                  server_info_options());
  options.section(
      "listeners", &Config::listeners,
      "Where HTTP is served. Without a listener no proxy is started; when the last one is removed, HTTP ends "
      "at once.",
      listener_options());
  options.section("log", &Config::log, "The log files of supervisor and proxy.", log_options());
  options.section("store", &Config::store, "The durable store.", store_options());
  options.section("control", &Config::control, "The way in for outpostctl.", control_options());
  return options;
}

// --- The file as a whole ---------------------------------------------------------------------------------------------

std::size_t index_of(std::string_view section) {
  const OptionTable& table = config_options().table();
  auto found = std::find_if(table.begin(), table.end(), [&](const OptionSection& s) { return s.name == section; });
  return static_cast<std::size_t>(found - table.begin());
}

// What no row can see alone: listeners that are in each other's way.
void compare_listeners(const Config& config, ParsedOptions& parsed) {
  // A wrong or misspelt option left its default there, and two defaults are alike: one mistake is one error.
  auto in_listeners = [](const OptionFinding& error) { return error.text.starts_with("listeners["); };
  if (std::any_of(parsed.errors.begin(), parsed.errors.end(), in_listeners)) return;
  const auto& instances = parsed.settings.sections[index_of("listeners")];
  std::map<std::string, std::size_t> names;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    auto complain = [&](std::string text) { parsed.errors.push_back({instances[i].line, std::move(text)}); };
    if (auto [first, is_new] = names.try_emplace(listener.name, i); !is_new) {
      complain(fmt::format("listeners[{}].name: listeners[{}] has this name too; valid: a name of its own", i,
                           first->second));
    }
    if (listener.port == 0) continue;
    auto [first, is_new] = places.try_emplace(fmt::format("{} {}", listener.address, listener.port), i);
    if (!is_new) {
      complain(fmt::format("listeners[{}].port: listeners[{}] has this address and port too; valid: another port", i,
                           first->second));
    }
  }
}

void fill_computed_defaults(ServerInfoConfig& server_info) {
  if (server_info.host.empty()) {
    char name[256] = {};
    server_info.host = gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
  }
  if (server_info.advertised_host.empty()) server_info.advertised_host = server_info.host;
}

std::vector<std::string> sentences(const std::string& file, std::vector<OptionFinding> findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const OptionFinding& a, const OptionFinding& b) { return a.line < b.line; });
  std::vector<std::string> sentences;
  for (const OptionFinding& finding : findings) sentences.push_back(finding_text(file, finding));
  return sentences;
}

Result<std::string> read_file(const std::string& path) {
  auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return fail_errno(errno, "cannot be opened");
  std::string text(kConfigBytesMax + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail_errno(errno, "cannot be read");
  return text;
}

}  // namespace

const Options<Config>& config_options() {
  static const Options<Config> options = make_options();
  return options;
}

ConfigResult load_config(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return tl::unexpected(std::vector{fmt::format("{}: {}", path, text.error().text)});
  return parse_config(*text, path);
}

ConfigResult parse_config(std::string_view text, const std::string& file_name) {
  auto root = parse_json(text, {.bytes_max = kConfigBytesMax, .comments = true});
  if (!root) return tl::unexpected(std::vector{fmt::format("{}: {}", file_name, root.error().text)});
  const Options<Config>& options = config_options();
  ParsedOptions parsed = parse_options(options.table(), *root, file_name);
  LoadedConfig loaded;
  // Rows with an error hold their default, so this is sound even then.
  loaded.config = options.make(parsed.settings);
  compare_listeners(loaded.config, parsed);
  if (!parsed.errors.empty()) return tl::unexpected(sentences(file_name, std::move(parsed.errors)));
  fill_computed_defaults(loaded.config.server_info);
  loaded.settings = options.settings(loaded.config, parsed.settings);
  loaded.warnings = sentences(file_name, std::move(parsed.remarks));
  return loaded;
}

protocol::Configure to_proxy(const Config& config, std::uint32_t generation) {
  const ApplicationConfig& application = config.application;
  auto milliseconds = [](std::uint32_t seconds) {
    return seconds * 1'000;
  };  // the rows keep it below an hour's or a day's
  protocol::Configure configure;
  configure.generation = generation;
  for (const ListenerConfig& listener : config.listeners) {
    configure.listeners.push_back({listener.name, listener.address, listener.port});
  }
  configure.encoding = application.encoding;
  configure.custom_headers = application.http_custom_headers;
  configure.request_timeout_ms = milliseconds(application.http_request_timeout);
  configure.header_timeout_ms = milliseconds(application.http_header_timeout);
  configure.body_timeout_ms = milliseconds(application.http_body_timeout);
  configure.idle_timeout_ms = milliseconds(application.http_idle_timeout);
  configure.target_bytes_max = application.http_max_target;
  configure.header_bytes_max = application.http_max_header_bytes;
  configure.header_fields_max = application.http_max_header_fields;
  configure.body_bytes_max = application.http_max_body;
  configure.body_keys_max = application.http_max_keys;
  configure.key_bytes_max = application.http_max_key_length;
  configure.connections_max = application.http_max_connections;
  configure.pipeline_max = application.http_max_pipelined;
  configure.window = application.channel_window;
  configure.channel_timeout_ms = application.channel_timeout;
  configure.log.directory = config.log.directory;
  configure.log.level = config.log.level;
  configure.log.segment_bytes = config.log.segment_size;
  configure.log.segment_hours = config.log.segment_hours;
  configure.log.keep_files = config.log.keep_files;
  configure.log.application = application.name;
  configure.log.host = config.server_info.host;
  return configure;
}

std::vector<std::string> config_changes(const Config& before, const Config& after) {
  const Options<Config>& options = config_options();
  // Whether there is a proxy at all does not wait for its next start.
  bool http_begins_or_ends = before.listeners.empty() != after.listeners.empty();
  std::vector<std::string> changes;
  for (OptionChange& change : changed_settings(options.table(), options.settings(before), options.settings(after))) {
    if (http_begins_or_ends && change.takes_effect == kNextProxyStart) change.takes_effect = kAtOnce;
    changes.push_back(change.text());
  }
  return changes;
}

std::string print_config(const LoadedConfig& loaded) {
  return print_settings(config_options().table(), loaded.settings);
}

std::string sample_config() {
  return sample_file(config_options().table(),
                     "Configuration of Outpost: every option at its default, one listener. Made by outpostd "
                     "--print-sample. JSON, with comments like these; what is left out has its default.");
}

std::string options_manual() {
  return options_manual(
      config_options().table(),
      "# Options of Outpost\n\nMade by `outpostd --print-options-manual`.\n\n"
      "The configuration is a JSON file, `/etc/outpost/outpost.json` unless `--config` names another. "
      "Comments (`//` and `/* */`) are allowed. It is one object of sections, each an object of "
      "options; what is left out has its default. `outpostd --check-config` lists all errors of a "
      "file, `outpostd --print-config` the values in force and where they come from. `outpostctl "
      "reload`, or the signal HUP, reads the file again: each option says when a change takes "
      "effect.\n");
}

}  // namespace outpost::supervisor
