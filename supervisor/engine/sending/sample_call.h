// The command sample-call: sends a sample of what goes out over HTTP, and says all that came of it. Loop thread.
#pragma once

#include <functional>
#include <string>

#include "common/json.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/engine/outward/sample.h"
#include "supervisor/engine/threads.h"

namespace outpost::supervisor {

class SampleCalls {
 public:
  // The engine outlives this; the courier is asked for when there is something to send.
  SampleCalls(EngineThreads& engine, std::function<Courier&()> courier, const Config& config);

  // What of the configuration takes effect at once.
  void use(const Config& config);
  // {"name", "group"?} -> {"name", "request": {"method", "url", "client", "headers": ["Name: value" ..], "body"},
  // "switched_on": bool, what write_fetch_reply() says, "verdict": what it would have meant}
  void run(const JsonValue& arguments, EngineThreads::Respond respond);

 private:
  void send(const std::string& name, const Sample& sample, EngineThreads::Respond respond);

  EngineThreads& engine_;
  std::function<Courier&()> courier_;
  EngineSettings settings_;
};

}  // namespace outpost::supervisor
