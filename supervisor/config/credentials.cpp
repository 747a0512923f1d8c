#include "supervisor/config/credentials.h"

#include <algorithm>
#include <map>

namespace outpost::supervisor {

namespace {

constexpr std::string_view kServerPair = "server";

auto with_pair(const std::string& username, const std::string& password) {
  return [&](const NamedPair& pair) { return pair.username == username && pair.password == password; };
}

}  // namespace

std::vector<NamedPair> named_pairs(const Config& config) {
  std::vector<NamedPair> pairs;
  auto add = [&](std::string name, const std::string& username, const std::string& password) {
    if (username.empty() || password.empty()) return;
    if (std::ranges::any_of(pairs, with_pair(username, password))) return;
    pairs.push_back({std::move(name), username, password});
  };
  add(std::string(kServerPair), config.node.username, config.node.password);
  for (const auto& [name, service] : config.services) add("service." + name, service.username, service.password);
  return pairs;
}

std::string pair_for(const Config& config, std::string_view service) {
  auto found = config.services.find(std::string(service));
  bool own = found != config.services.end() && !found->second.username.empty();
  const std::string& username = own ? found->second.username : config.node.username;
  const std::string& password = own ? found->second.password : config.node.password;
  if (username.empty()) return "";
  auto pairs = named_pairs(config);
  return std::ranges::find_if(pairs, with_pair(username, password))->name;
}

}  // namespace outpost::supervisor
