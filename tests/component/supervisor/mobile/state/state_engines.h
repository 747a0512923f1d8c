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

// The access data of one who called a number, booked for all nodes.
inline supervisor::StateAccess some_access(const std::string& number, const std::string& code = "") {
  return {"group of " + number, "", true, number, "key of " + number, code, 0};
}

inline supervisor::StateService some_service(const std::string& id, const supervisor::StateAccess& access = {}) {
  return {id, "name of " + id, "builtin", "area of " + id, "phone of " + id, access, "http://ors", "cookie", 0, 0, 0};
}

inline bool put_service(supervisor::StateStore& store, const supervisor::StateService& service,
                        std::chrono::milliseconds ttl = std::chrono::hours(1),
                        std::chrono::milliseconds access_time = std::chrono::hours(1)) {
  bool is_new = false;
  in_transaction(store, [&] { is_new = value_of(store.put_service(service, ttl, access_time)); });
  return is_new;
}

inline supervisor::StateSubscription some_subscription(const std::string& id, const std::string& filter) {
  std::size_t star = filter.find('*');
  return {id,
          "subscriber of " + id,
          filter,
          star != std::string::npos,
          filter.substr(0, star),
          "httpcb",
          "http://device/" + id,
          "provider",
          R"({"debug":"true"})",
          "Basic " + id,
          0,
          0};
}

// Of rows with an id.
template <class Row>
std::vector<std::string> ids_of(const std::vector<Row>& rows) {
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.id);
  return ids;
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
