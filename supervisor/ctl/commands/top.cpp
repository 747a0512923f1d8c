// outpostctl top: what the supervisor does, drawn again and again.
#include "supervisor/ctl/commands/commands.h"

#include <poll.h>

#include <chrono>
#include <ctime>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "supervisor/ctl/commands/live.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/top.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Result<TopSample> take_sample(Client& client) {
  auto status = read_reply(client.command("status"));
  if (!status) return pass(status);
  TopSample sample{std::move(*status), {}, seconds_now()};
  // A backup answers nothing from the store; that is no reason to show nothing.
  auto sessions = read_reply(client.command("sessions"));
  if (sessions) sample.sessions = std::move(*sessions);
  if (!sessions && exit_of(sessions.error()) == Exit::unreachable) return pass(sessions);
  return sample;
}

std::string top_text(const Arguments& arguments, const TopSample* before, const TopSample& now) {
  if (arguments.json) return top_json(before, now) + "\n";
  return show_top(before, now, show_time(SystemClock().now()));
}

Result<Exit> run_top(Client& client, const Arguments& arguments) {
  if (arguments.once) {
    // Rates need two samples.
    auto before = take_sample(client);
    if (!before) return pass(before);
    poll(nullptr, 0, static_cast<int>(live_interval(arguments).count()));
    auto now = take_sample(client);
    if (!now) return pass(now);
    fmt::print("{}", top_text(arguments, &*before, *now));
    return Exit::done;
  }
  std::optional<TopSample> before;
  return run_live(client, arguments, [&](Client& of, const Terminal&) -> Result<std::string> {
    auto now = take_sample(of);
    if (!now) return pass(now);
    std::string text = top_text(arguments, before ? &*before : nullptr, *now);
    before = std::move(*now);
    return text;
  });
}

constexpr const char* kTopFooter =
    "q or Ctrl-C ends it, any other key draws at once. After a restart of outpostd it goes on by itself.";

}  // namespace

std::vector<Command> top_commands() {
  return {{.name = "top",
           .text = "Watch requests, their rates, and sessions live",
           .options = {json_option(),
                       {.names = "--interval",
                        .text = "Seconds between two frames, 2 when not given",
                        .target = &Arguments::interval_s,
                        .type = "SECONDS",
                        .range = kIntervalRange},
                       {"--once", "One frame, of one interval, and end", &Arguments::once}},
           .footer = kTopFooter,
           .sends = "status",
           .run = run_top}};
}

}  // namespace outpost::supervisor::ctl
