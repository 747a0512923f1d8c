// The life of a child's process: what it finds when it is started, and how it ends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/io/descriptor.h"
#include "common/io/loop.h"
#include "common/io/stream.h"
#include "protocol/channel/messages.h"
#include "proxy/sandbox/sandbox.h"

namespace outpost::proxy {

// What the process is there for.
class ChildLife {
 public:
  virtual ~ChildLife() = default;
  // What the message Drain does, asked by a signal that reaches this process alone.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
};

// Gives up what the child does not need to serve, for good (sandbox.h), and says what became of each measure.
using EnterSandbox = std::function<Result<std::vector<protocol::SandboxMeasure>>(const protocol::SandboxSettings&)>;

// Called once, from within a callback: the life must not be destroyed before that returns.
using Finished = std::function<void(protocol::ProxyExit)>;

struct ChildStart {
  Loop& loop;
  std::unique_ptr<Stream> supervisor;  // the connected channel
  Descriptor files;                    // over which log files come (io/descriptor.h)
  EnterSandbox enter_sandbox;
  Finished finished;
};

struct ChildProgram {
  const char* name;
  const char* about;  // for --help: a sentence
  std::string (*page)();
  SandboxNeeds needs;
  std::function<std::unique_ptr<ChildLife>(ChildStart start)> make;
};

// What main() does.
int run_child(int argc, char** argv, const ChildProgram& program);

}  // namespace outpost::proxy
