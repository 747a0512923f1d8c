// The engines behind StateStore: each case of the conformance suite holds for both. One under test is a fresh store
// that can be opened often.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/mobile/state/state_store.h"
#include "tests/component/supervisor/store/engines.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace outpost::test {

class StateUnderTest {
 public:
  explicit StateUnderTest(const std::string& name) : name_(name) {
    url_ = name == "sqlite" ? "sqlite://" + directory_.file("mobile.db") : PostgresServer::shared().database();
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string path() const { return url_.substr(9); }
  [[nodiscard]] bool shared() const { return name_ != "sqlite"; }
  std::unique_ptr<supervisor::StateStore> open(
      supervisor::StateMode mode = supervisor::StateMode::writer,
      supervisor::StateDurability durability = supervisor::StateDurability::process) const {
    auto store = supervisor::open_state_store(url_, mode, durability);
    if (!store) FAIL(store.error().text);
    return std::move(*store);
  }

 private:
  std::string name_;
  TempDir directory_;
  std::string url_;
};

#define EVERY_STATE(name) StateUnderTest name(GENERATE(from_range(engine_names())))

inline void in_transaction(supervisor::StateStore& store, const std::function<void()>& action) {
  require_ok(store.begin());
  action();
  require_ok(store.commit());
}

// With a value of its own in each column, so that two that are exchanged show. It lives as long as it is given.
inline supervisor::StateArea some_area(const std::string& id) {
  return {id, "owner of " + id,
          R"({"name":"caf)"
          "\xc3\xa9"
          R"( 'quoted' )" +
              id + "\"}",
          0};
}

inline supervisor::StateFile some_file(const std::string& area, const std::string& key) {
  return {area, key, "image/" + key, key + ".jpg", "bytes of " + key + std::string(1, '\0') + "\xff\x00\x80"};
}

inline supervisor::StateNode some_node(std::int64_t node_id, const std::string& instance,
                                       const std::string& life = "1") {
  return {node_id, "name", "http://url", instance, life, "outpostd 1", "ONLINE", R"({"gms":"1"})", 0, 0};
}

inline void put(supervisor::StateStore& store, const std::string& id,
                std::chrono::seconds ttl = std::chrono::hours(1)) {
  in_transaction(store, [&] { require_ok(store.put_area(some_area(id), ttl)); });
}

inline std::string texts_of(supervisor::StateStore& store, std::string_view id) {
  auto found = value_of(store.area(id));
  return found ? found->texts : "none";
}

inline std::vector<std::string> keys_of(const std::vector<supervisor::StateFile>& files) {
  std::vector<std::string> keys;
  for (const auto& file : files) keys.push_back(file.key);
  return keys;
}

}  // namespace outpost::test
