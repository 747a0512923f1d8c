#include "supervisor/children/handshake.h"

#include <algorithm>

#include "common/json.h"
#include "common/text.h"
#include "common/version.h"
#include "supervisor/children/child.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kProgramBytesMax = 100;
constexpr std::size_t kMeasuresMax = 32;
constexpr std::size_t kMeasureBytesMax = 1024;

}  // namespace

bool check_version(Child& child, protocol::Channel& channel, const protocol::Hello& hello) {
  if (hello.version == protocol::kChannelVersion) return true;
  std::string reason = fmt::format("{} speaks channel version {}, outpostd {} speaks {}: install both from one build",
                                   escape_control(hello.program.substr(0, kProgramBytesMax)), hello.version, kVersion,
                                   protocol::kChannelVersion);
  child.note_reason(reason);
  channel.send(protocol::Refuse{reason});
  return false;
}

Result<> check_measures(const std::vector<protocol::SandboxMeasure>& measures) {
  bool modest = measures.size() <= kMeasuresMax && std::ranges::all_of(measures, [](const auto& measure) {
                  return measure.name.size() + measure.text.size() <= kMeasureBytesMax;
                });
  if (!modest) return fail(Errc::protocol, "the child says more of its sandbox than there is to say");
  return {};
}

bool has_filter(const std::vector<protocol::SandboxMeasure>& measures) {
  return std::ranges::any_of(measures, [](const auto& one) { return one.name == "seccomp" && one.active; });
}

void write_life(JsonWriter& out, const Child& child, std::uint64_t now_ms) {
  constexpr std::uint64_t kMsPerSecond = 1'000;
  out.member("state", to_string(child.state())).member("pid", child.pid());
  bool running = child.state() == Child::State::running;
  out.member("uptime_s", running ? (now_ms - child.running_since_ms()) / kMsPerSecond : 0);
  out.member("restarts", child.restarts()).member("last_exit", child.last_exit());
}

void write_sandbox(JsonWriter& out, const std::vector<protocol::SandboxMeasure>& measures) {
  out.key("sandbox").begin_array();
  for (const auto& measure : measures) {
    out.begin_object().member("name", measure.name).member("active", measure.active);
    out.member("text", measure.text).end_object();
  }
  out.end_array();
}

}  // namespace outpost::supervisor
