#include "supervisor/config/config.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <optional>

#include "common/clock.h"
#include "common/io/access.h"
#include "common/json.h"
#include "common/networks.h"
#include "common/text.h"
#include "supervisor/config/connections.h"
#include "supervisor/config/http_client.h"
#include "supervisor/config/node.h"
#include "supervisor/config/push.h"
#include "supervisor/config/resources.h"
#include "supervisor/config/services.h"
#include "supervisor/config/tls_files.h"
#include "supervisor/config/tls_reader.h"

namespace outpost::supervisor {

namespace {

// --- The file as a whole ---------------------------------------------------------------------------------------------

// Of which type the other options are. Empty for a type that is none, which is an error of its row and of no other.
std::string_view type_of(const JsonValue& root) {
  auto member = [](const JsonValue* of, std::string_view name) -> const JsonValue* {
    const auto* members = of ? std::get_if<JsonValue::Object>(&of->value) : nullptr;
    if (!members) return nullptr;
    auto found = std::ranges::find_if(*members, [&](const auto& one) { return one.first == name; });
    return found == members->end() ? nullptr : &found->second;
  };
  const JsonValue* type = member(member(&root, "application"), "type");
  if (!type) return word_of(ApplicationType::outbound);
  const auto* word = std::get_if<std::string>(&type->value);
  auto known = word ? from_word<ApplicationType>(*word) : std::nullopt;
  return known ? word_of(*known) : std::string_view();
}

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

// Who is sent elsewhere must find TLS there, and must not read on the way what was meant for it.
void check_redirections(const Config& config, ParsedOptions& parsed) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    if (listener.redirect_to.empty()) continue;
    auto complain = [&](std::string_view what) {
      parsed.errors.push_back(finding(parsed.settings, {"listeners", i}, "redirect-to", what));
    };
    auto target = std::ranges::find(config.listeners, listener.redirect_to, &ListenerConfig::name);
    if (listener.secure || listener.protocol != ListenerProtocol::http) {
      complain("only a listener of protocol http that is not secure sends its clients elsewhere; valid: empty");
    } else if (target == config.listeners.end()) {
      complain("no listener has this name; valid: the name of a secure listener of protocol http");
    } else if (!target->secure || target->protocol != ListenerProtocol::http) {
      complain(fmt::format("listeners[{}] is not a secure listener of protocol http; valid: the name of one",
                           target - config.listeners.begin()));
    }
  }
}

// Nobody on another machine can connect there.
bool is_loopback(const std::string& address) {
  static const Networks kLoopback = *Networks::parse("127.0.0.0/8, ::1");
  auto parsed = IpAddress::parse(address);
  return parsed && kLoopback.contains(*parsed);
}

// Who reaches an admin listener from elsewhere must show a token, and nobody on the way may read it.
void check_admin_listeners(const Config& config, ParsedOptions& parsed) {
  const auto& instances = parsed.settings.sections[index_of("listeners")];
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    if (listener.protocol != ListenerProtocol::admin) {
      if (listener.admin_write) {
        parsed.remarks.push_back(
            {instances[i].line, fmt::format("listeners[{}].admin-write: has no effect: protocol is http", i)});
      }
      continue;
    }
    if (is_loopback(listener.address)) continue;
    auto complain = [&](std::string_view option, std::string_view needs, std::string_view valid) {
      parsed.errors.push_back(
          {instances[i].line,
           fmt::format("listeners[{}].{}: an admin listener that other machines reach needs {}; valid: {}, or an "
                       "address of this machine alone, as 127.0.0.1 or ::1",
                       i, option, needs, valid)});
    };
    if (!listener.secure) complain("secure", "TLS", "true");
    if (config.application.authentication != Authentication::token) {
      complain("address", "tokens", "application.authentication token");
    }
  }
}

constexpr std::uint64_t kMib = 1024 * 1024;
constexpr std::uint64_t kCopiesOfBody = 4;  // of 200 uploads of 10 MiB at once, 3.4 were seen

// A primary that misses some renewals still has time to step down.
constexpr std::uint32_t kRenewalsPerLease = 4;

void compare_lease_times(const Config& config, ParsedOptions& parsed) {
  const RedundancyConfig& redundancy = config.redundancy;
  if (!redundancy.enabled || redundancy.renewal_interval * kRenewalsPerLease <= redundancy.lease_time) return;
  int line = parsed.settings.sections[index_of("redundancy")].front().line;
  parsed.errors.push_back({line, fmt::format("redundancy.renewal-interval: {} ms is more than a quarter of lease-time, "
                                             "{} ms; valid: up to {} ms",
                                             redundancy.renewal_interval, redundancy.lease_time,
                                             redundancy.lease_time / kRenewalsPerLease)});
}

// The proxy would end before it could say that there is too much.
void compare_memory(const Config& config, ParsedOptions& parsed) {
  const protocol::ProxyLimits& limits = config.application.limits;
  if (limits.bodies_bytes_max < limits.body_bytes_max) {
    parsed.remarks.push_back(
        finding(parsed.settings, {"application"}, "http-max-bodies",
                fmt::format("is less than http-max-body, which is {} bytes: such a body is never served",
                            limits.body_bytes_max)));
  }
  std::uint64_t memory = config.sandbox.resource_limits ? config.sandbox.memory_limit_mib * kMib : 0;
  std::uint64_t bodies = config.application.limits.bodies_bytes_max;
  // One that grows has up to twice its bytes, its values are copied, and a frame for the supervisor holds them once
  // more.
  if (memory == 0 || kCopiesOfBody * bodies < memory) return;
  parsed.remarks.push_back(finding(
      parsed.settings, {"application"}, "http-max-bodies",
      fmt::format("is more than a quarter of sandbox.memory-limit, {} MiB, with which the proxy ends: bodies may take "
                  "four times their bytes, and connections need room as well",
                  config.sandbox.memory_limit_mib)));
}

std::vector<std::string> sentences(const std::string& file, std::vector<OptionFinding> findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const OptionFinding& a, const OptionFinding& b) { return a.line < b.line; });
  std::vector<std::string> sentences;
  for (const OptionFinding& finding : findings) sentences.push_back(finding_text(file, finding));
  return sentences;
}

// Each connection takes a descriptor, of which a process has no more than the system lets it.
void compare_descriptors(LoadedConfig& loaded, const std::string& file) {
  constexpr rlim_t kOthers = 64;  // files, listeners, the channel
  rlimit limit{};
  rlim_t needed = loaded.config.application.limits.connections_max + kOthers;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= needed) return;
  OptionFinding remark =
      finding(loaded.settings, {"application"}, "http-max-connections",
              fmt::format("a process may have {} descriptors here; this needs {} (LimitNOFILE in the "
                          "unit, ulimit -Hn in a shell)",
                          limit.rlim_max, needed));
  loaded.warnings.push_back(finding_text(file, remark));
}

std::vector<OptionChange> option_changes(const Config& before, const Config& after) {
  const Options<Config>& options = config_options();
  std::vector<OptionChange> changes =
      changed_settings(options.table(), options.settings(before), options.settings(after));
  // The options of one type are none of the other's: the whole file waits with its type.
  if (before.application.type != after.application.type) {
    std::erase_if(changes, [](const OptionChange& change) { return change.option != "application.type"; });
  }
  return changes;
}

bool has_listener(const Config& config, ListenerProtocol protocol) {
  return std::ranges::find(config.listeners, protocol, &ListenerConfig::protocol) != config.listeners.end();
}

// Of the listener that a change is about; nothing when it is about something else.
std::optional<ListenerProtocol> protocol_of(const OptionChange& change, const Config& before, const Config& after) {
  constexpr std::string_view kListener = "listeners[";
  if (!change.option.starts_with(kListener)) return std::nullopt;
  std::string_view index = std::string_view(change.option).substr(kListener.size());
  auto i = static_cast<std::size_t>(parse_integer(index.substr(0, index.find(']'))).value_or(0));
  const auto& listeners = i < after.listeners.size() ? after.listeners : before.listeners;
  return listeners.at(i).protocol;
}

bool is_of_sandbox(const OptionChange& change) { return change.option.starts_with("sandbox."); }

Result<std::string> read_file(const std::string& path) {
  auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return fail_access(errno, "cannot be opened", path, Access::read);
  std::string text(kConfigBytesMax + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail_errno(errno, "cannot be read");
  return text;
}

}  // namespace

ConfigResult load_config(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return tl::unexpected(std::vector{fmt::format("{}: {}", path, text.error().text)});
  ConfigResult loaded = parse_config(*text, path);
  if (!loaded) return loaded;
  TlsFindings found = read_tls_files(loaded->config, loaded->settings, SystemClock().now());
  if (!found.errors.empty()) return tl::unexpected(sentences(path, std::move(found.errors)));
  std::ranges::copy(sentences(path, std::move(found.remarks)), std::back_inserter(loaded->warnings));
  compare_descriptors(*loaded, path);
  if (const std::string& group = loaded->config.control.group; !group.empty()) {
    auto known = group_id(group);
    if (!known) return tl::unexpected(std::vector{fmt::format("{}: control.group: {}", path, known.error().text)});
  }
  return loaded;
}

ConfigResult parse_config(std::string_view text, const std::string& file_name) {
  auto root = parse_json(text, {.bytes_max = kConfigBytesMax, .comments = true});
  if (!root) return tl::unexpected(std::vector{fmt::format("{}: {}", file_name, root.error().text)});
  const Options<Config>& options = config_options();
  ParsedOptions parsed = parse_options(options.table(), *root, file_name, type_of(*root));
  LoadedConfig loaded;
  // Rows with an error hold their default, so this is sound even then.
  loaded.config = options.make(parsed.settings);
  compare_listeners(loaded.config, parsed);
  compare_lease_times(loaded.config, parsed);
  compare_memory(loaded.config, parsed);
  check_node(loaded.config, parsed);
  check_resources(loaded.config, parsed);
  check_connections(loaded.config, parsed);
  check_services(loaded.config, parsed);
  check_push(loaded.config, parsed);
  if (parsed.errors.empty()) check_redirections(loaded.config, parsed);
  if (parsed.errors.empty()) check_admin_listeners(loaded.config, parsed);
  if (parsed.errors.empty()) check_tls_options(loaded.config, parsed);
  if (parsed.errors.empty()) check_http_clients(loaded.config, parsed);
  if (parsed.errors.empty()) check_outward(loaded.config, parsed);
  if (!parsed.errors.empty()) return tl::unexpected(sentences(file_name, std::move(parsed.errors)));
  // The one default that is another option's value.
  if (loaded.config.redundancy.name.empty()) loaded.config.redundancy.name = loaded.config.server_info.host;
  loaded.settings = options.settings(loaded.config, parsed.settings);
  loaded.warnings = sentences(file_name, std::move(parsed.remarks));
  return loaded;
}

std::vector<std::string> config_changes(const Config& before, const Config& after, const Config& in_force) {
  // Whether there is a proxy at all does not wait for its next start.
  auto begins_or_ends = [&](ListenerProtocol protocol) {
    return has_listener(before, protocol) != has_listener(after, protocol);
  };
  std::vector<OptionChange> open = option_changes(in_force, after);
  auto waits = [&](const OptionChange& change) {
    if (change.takes_effect == TakesEffect::next_proxy_start) {
      return !begins_or_ends(protocol_of(change, before, after).value_or(ListenerProtocol::http));
    }
    return std::ranges::any_of(open, [&](const OptionChange& one) { return one.option == change.option; });
  };
  std::vector<std::string> changes;
  for (OptionChange& change : option_changes(before, after)) {
    if (!waits(change)) change.takes_effect = TakesEffect::at_once;
    changes.push_back(change.text());
  }
  std::ranges::move(tls_file_changes(before, after), std::back_inserter(changes));
  return changes;
}

Config config_in_force(const Config& started, const Config& latest) {
  if (started.application.type != latest.application.type) return started;
  const Options<Config>& options = config_options();
  Config config = options.make(settings_in_force(options.table(), options.settings(started), options.settings(latest)));
  config.tls_files = latest.tls_files;
  return config;
}

std::vector<std::string> config_waiting(const Config& in_force, const Config& latest,
                                        std::span<const RunningProxy> proxies) {
  std::vector<std::string> waiting;
  for (const OptionChange& change : option_changes(in_force, latest)) {
    if (change.takes_effect == TakesEffect::restart) waiting.push_back(change.text());
  }
  for (const RunningProxy& proxy : proxies) {
    for (const OptionChange& change : option_changes(*proxy.begun_with, latest)) {
      auto about = protocol_of(change, *proxy.begun_with, latest);
      bool its_own = proxy.protocol ? about.value_or(*proxy.protocol) == *proxy.protocol : is_of_sandbox(change);
      if (change.takes_effect != TakesEffect::next_proxy_start || !its_own) continue;
      // What several of them wait for is said once.
      if (std::ranges::find(waiting, change.text()) == waiting.end()) waiting.push_back(change.text());
    }
  }
  return waiting;
}

std::string print_config(const LoadedConfig& loaded) {
  const Options<Config>& options = config_options();
  Config shown = loaded.config;
  shown.server_info.advertised_host = shown.advertised_host();
  return print_settings(options.table(), options.settings(shown, loaded.settings));
}

namespace {

// A mobile node that does something: a phone asks for a number, the routing side finds its data by it.
std::vector<OptionExample> mobile_examples() {
  auto text = [](std::string_view value) { return OptionValue(std::string(value)); };
  return {
      {"service.request-interaction",
       {{"provide_code", text("true")},
        {"resource_group", text("Support")},
        {"service", text(word_of(Builtin::request_interaction))},
        {"ttl", text("30")},
        {"type", text(word_of(ServiceType::builtin))}}},
      {"service.match-interaction",
       {{"type", text(word_of(ServiceType::builtin))},
        {"service", text(word_of(Builtin::match_interaction))},
        {"delete_match", text("true")}}},
      {"service.request-access",
       {{"type", text(word_of(ServiceType::builtin))},
        {"service", text(word_of(Builtin::request_access))},
        {"resource_group", text("Support")},
        {"access_code_length", text("4")}}},
      {"list.GMS_Resources.Support",
       {{"_allocation_strategy", text(word_of(AllocationStrategy::cluster))},
        {"number1", text("1-888-call-me1")},
        {"number2", text("1-888-call-me2")},
        {"number3", text("1-888-call-me3")}}},
      {"push.provider.event", {}},
  };
}

}  // namespace

std::string sample_config(ApplicationType type) {
  // What has no valid default, and what makes the file one of the type.
  const std::map<std::string, OptionValue> values{{"application.type", std::string(word_of(type))},
                                                  {"server.node_id", std::int64_t{0}}};
  return sample_file(
      config_options().table(),
      fmt::format("Configuration of Outpost, type {}: every option at its default, one listener{}. Made by outpostd "
                  "--print-sample {}. JSON, with comments like these; what is left out has its default.",
                  word_of(type), type == ApplicationType::mobile ? ", three services and a group of numbers" : "",
                  word_of(type)),
      word_of(type), values, mobile_examples());
}

std::string options_manual() {
  return options_manual(
      config_options().table(),
      "# Options of Outpost\n\nMade by `outpostd --print-options-manual`.\n\n"
      "The configuration is a JSON file, `/etc/outpost/outpost.json` unless `--config` names another. "
      "Comments (`//` and `/* */`) are allowed. It is one object of sections, each an object of "
      "options; what is left out has its default. `outpostd --check-config` lists all errors of a "
      "file, `outpostd --print-config` its values and where they come from. `application.type` says which engine "
      "runs: where the other has no such section or option, or another default, the text says so. `outpostctl "
      "reload`, or the signal HUP, reads the file again: each option says when a change takes "
      "effect, and `outpostctl status` lists what is not in force yet.\n");
}

}  // namespace outpost::supervisor
