// What a proxy does once: the first Configure, up to Bound.
#include <unistd.h>

#include <ctime>

#include "common/version.h"
#include "proxy/log_messages.h"
#include "proxy/proxy.h"

namespace outpost::proxy {

namespace lm = log_messages;
using protocol::ProxyExit;

namespace {

constexpr int kBacklog = 1024;

}  // namespace

// First what needs files, ports or privileges, then the sandbox, which takes them away for good, then threads: what the
// sandbox takes, it takes from the threads that come after it.
Result<> Proxy::begin(protocol::Configure& configure) {
  auto charset = EventCharset::make(configure.encoding);
  tzset();
  auto bound = bind_all(configure.listeners);
  auto measures = bound ? enter_sandbox_(configure.sandbox)
                        : Result<std::vector<protocol::SandboxMeasure>>(std::vector<protocol::SandboxMeasure>());
  if (auto opened = open_log(configure.log); !opened) return opened;
  log_->write(lm::kStarted, "outpost-proxy {} started, pid {}, generation {}", kVersion, getpid(),
              configure.generation);
  if (!bound) {
    log_->write(lm::kCannotBind, "{}", bound.error().text);
    // Only a port that is taken may come free by waiting.
    bool taken = bound.error().code == Errc::busy;
    fail_start(taken ? ProxyExit::cannot_bind : ProxyExit::internal, bound.error());
    return {};
  }
  if (!measures) {
    log_->write(lm::kNoSandbox, "{}", measures.error().text);
    fail_start(ProxyExit::no_sandbox, measures.error());
    return {};
  }
  for (const auto& listener : *bound) {
    log_->write(lm::kBound, "listener \"{}\" holds {} port {}", listener.name, listener.address, listener.port);
  }
  log_sandbox(*measures);
  if (!charset) {
    log_->write(lm::kConfigurationAlarm, "encoding: {}; event strings are not converted", charset.error().text);
  }
  settings_.charset = charset ? *std::move(charset) : nullptr;
  if (auto secured = secure_.apply(*bound, std::exchange(configure.tls, {})); !secured) return fail(secured.error());
  upstream_.emplace(configure.generation);
  configure.listeners = *bound;
  apply(std::move(configure));
  state_ = State::bound;
  channel_.send(protocol::Bound{*std::move(bound), *std::move(measures)});
  return {};
}

void Proxy::fail_start(ProxyExit code, const Error& why) {
  channel_.send(protocol::Failed{static_cast<std::int32_t>(code), why.text});
  finish(code, why.text);
}

Result<> Proxy::open_log(const protocol::LogSettings& settings) {
  Log::Options options;
  options.name = "outpost-proxy";
  options.level = parse_log_level(settings.level).value_or(options.level);
  options.segment_bytes = settings.segment_bytes;
  options.segment_hours = settings.segment_hours;
  auto log = Log::adopt(std::move(options), segment_.release(), [this] { segment_wanted_.notify(); });
  if (!log) return fail(log.error());
  log_ = *std::move(log);
  return {};
}

void Proxy::log_sandbox(const std::vector<protocol::SandboxMeasure>& measures) {
  std::string active;
  for (const auto& measure : measures) {
    if (measure.active) active += fmt::format("{}{}: {}", active.empty() ? "" : "; ", measure.name, measure.text);
    if (!measure.active) log_->write(lm::kSandboxOff, "sandbox.{} is not in force: {}", measure.name, measure.text);
  }
  if (!active.empty()) log_->write(lm::kSandboxed, "in the sandbox: {}", active);
}

// The addresses as bound.
Result<std::vector<protocol::ListenAddress>> Proxy::bind_all(const std::vector<protocol::ListenAddress>& wanted) {
  std::vector<protocol::ListenAddress> bound;
  for (const protocol::ListenAddress& place : wanted) {
    auto listener = Listener::tcp(loop_, place.address, place.port, kBacklog);
    if (!listener) return fail(listener.error());
    (*listener)->on_rest([this](int error) { on_rest(error); });
    bound.push_back({place.name, place.address, (*listener)->port(), place.secure});
    listeners_.push_back(*std::move(listener));
  }
  return bound;
}

}  // namespace outpost::proxy
