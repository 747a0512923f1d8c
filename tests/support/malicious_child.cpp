// Speaks to a supervisor as a proxy does that was taken over. MALICIOUS_PLAN names a file that says which kind comes
// next, and whose number is raised here: "SEED NUMBER KINDS...". Behind the last of them it is a good child.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/malicious_acts.h"

namespace {

using namespace outpost::test;

constexpr unsigned kLifeMax = 600;  // seconds, whatever becomes of the supervisor

void act(std::string_view name, Peer& peer) {
  for (const auto& kinds : {breaches(), requests_of_nonsense(), ends()}) {
    for (const Kind& kind : kinds) {
      if (kind.name == name) kind.act(peer);
    }
  }
}

// Asks for more and more, and takes none of the answers.
[[noreturn]] void never_read(Peer& peer) {
  peer.begin();
  for (;;) {
    for (int i = 0; i < 8; ++i) {
      Request request = peer.request();
      request.event.add("ECHO", std::string(40'000, 'e'));
      peer.say(request, peer.id());
    }
    usleep(1'000);
  }
}

// Says nothing, and takes what it is sent until the watch has looked more often than it waits for a hung child.
[[noreturn]] void only_take() {
  constexpr int kPings = 8;
  FrameReader reader;
  std::string buffer(16 * 1024, '\0');
  for (int pings = 0; pings < kPings;) {
    auto frame = reader.next();
    if (!frame) std::_Exit(1);
    if (*frame) {
      pings += (*frame)->type == Ping::kId ? 1 : 0;
      continue;
    }
    ssize_t n = recv(kChannel, buffer.data(), buffer.size(), 0);
    if (n <= 0) std::_Exit(1);
    reader.feed(std::string_view(buffer).substr(0, static_cast<std::size_t>(n)));
  }
  std::_Exit(0);
}

}  // namespace

int main() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(kLifeMax);
  const char* path = std::getenv("MALICIOUS_PLAN");
  if (!path) return 2;
  std::uint64_t seed = 0;
  std::size_t next = 0;
  std::vector<std::string> plan;
  {
    std::ifstream file(path);
    file >> seed >> next;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) plan.push_back(line);
  }
  // At once or not at all: a child may be killed at any moment.
  std::string fresh = std::string(path) + ".new";
  {
    std::ofstream file(fresh);
    file << seed << ' ' << next + 1 << '\n';
    for (const std::string& line : plan) file << line << '\n';
  }
  if (std::rename(fresh.c_str(), path) != 0) return 2;
  Peer peer(seed + next);
  if (next < plan.size() && plan[next] == "never read") never_read(peer);
  if (next < plan.size() && plan[next] == "only take") only_take();
  if (next < plan.size() && plan[next] == "only serve") peer.serve();
  if (next < plan.size()) {
    act(plan[next], peer);
    peer.serve();
  }
  peer.begin();
  Answer answer = peer.ask(peer.request());
  if (!answer.event.has("GSW_CHAIN_ID")) std::_Exit(1);
  peer.serve();
}
