// Which statement answers which call of StateStore, for services and what belongs to them. Included by sql_state.h
// alone.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "supervisor/mobile/state/sql_asking.h"

namespace outpost::supervisor {

template <class Engine>
class SqlServices : public SqlAsking<Engine> {
 public:
  Result<bool> put_service(const StateService& service, std::chrono::milliseconds ttl,
                           std::chrono::milliseconds access_time) final {
    if (Result<> good = plain_row(service); !good) return pass(good);
    const StateAccess& access = service.access;
    return changes(StateSql::put_service,
                   bind_values(service.id, service.name, service.type, service.area, service.phone, access.group,
                               access.scope, access.booked, access.number, access.number_key, access.code,
                               ms(access_time), service.ors_base, service.ors_cookie, ms(ttl)));
  }
  Result<std::optional<StateService>> lock_service(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return Asking::template one_locked<StateService>(StateSql::lock_service, bind_values(id));
  }
  Result<std::optional<StateService>> service(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return Asking::template one<StateService>(StateSql::service, bind_values(id));
  }
  Result<> set_access(std::string_view id, const StateAccess& access, std::chrono::milliseconds time) final {
    if (Result<> good = plain({id, access.group, access.scope, access.number, access.number_key, access.code}); !good) {
      return good;
    }
    return write(StateSql::set_access, bind_values(id, access.group, access.scope, access.booked, access.number,
                                                   access.number_key, access.code, ms(time)));
  }
  Result<> set_phone(std::string_view id, std::string_view phone) final {
    if (Result<> good = plain({id, phone}); !good) return good;
    return write(StateSql::set_phone, bind_values(id, phone));
  }
  Result<bool> remove_service(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return changes(StateSql::remove_service, bind_values(id));
  }
  Result<std::vector<StateService>> services_at(std::string_view number_key, std::string_view code,
                                                std::string_view phone, std::int64_t limit) final {
    if (Result<> good = plain({number_key, code, phone}); !good) return pass(good);
    if (code.empty())
      return Asking::template all<StateService>(StateSql::services_at, bind_values(number_key, phone, limit));
    return Asking::template all<StateService>(StateSql::service_with_code, bind_values(number_key, code, phone, limit));
  }
  Result<std::vector<StateService>> services(std::string_view after, std::int64_t limit) final {
    if (Result<> good = plain({after}); !good) return pass(good);
    return Asking::template all<StateService>(StateSql::services, bind_values(after, limit));
  }
  Result<std::vector<std::pair<std::string, std::int64_t>>> count_services(std::int64_t limit) final {
    std::vector<std::pair<std::string, std::int64_t>> counts;
    Result<> done = read(StateSql::count_services, bind_values(limit),
                         [&](auto& row) { counts.emplace_back(row.text(0), row.integer(1)); });
    if (!done) return pass(done);
    return counts;
  }

  Result<bool> take_code(std::string_view number_key, std::string_view code, std::string_view service,
                         std::chrono::milliseconds time) final {
    if (Result<> good = plain({number_key, code, service}); !good) return pass(good);
    return changes(StateSql::take_code, bind_values(number_key, code, service, ms(time)));
  }
  Result<> free_code(std::string_view number_key, std::string_view code, std::string_view service) final {
    if (Result<> good = plain({number_key, code, service}); !good) return good;
    return write(StateSql::free_code, bind_values(number_key, code, service));
  }

  Result<> set_resources(std::string_view scope, std::string_view group, const std::vector<std::string>& values) final;
  Result<std::optional<std::string>> book(std::string_view scope, std::string_view group, std::string_view owner,
                                          std::chrono::milliseconds time) final;
  Result<> release(std::string_view scope, std::string_view group, std::string_view value,
                   std::string_view owner) final {
    if (Result<> good = plain({scope, group, value, owner}); !good) return good;
    return write(StateSql::release, bind_values(scope, group, value, owner));
  }
  Result<std::vector<StateResource>> resources(std::string_view scope, std::int64_t limit) final;
  Result<std::vector<GroupCount>> count_resources(std::string_view scope) final {
    if (Result<> good = plain({scope}); !good) return pass(good);
    return of_scopes<GroupCount>(StateSql::count_resources, scope);
  }

  Result<> put_subscription(const StateSubscription& subscription, std::chrono::seconds ttl) final {
    if (Result<> good = plain_row(subscription); !good) return good;
    return write(StateSql::put_subscription,
                 bind_values(subscription.id, subscription.subscriber, subscription.filter, subscription.pattern,
                             subscription.prefix, subscription.type, subscription.device, subscription.provider,
                             subscription.properties, subscription.authorization, ms(ttl)));
  }
  Result<std::optional<StateSubscription>> subscription(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return Asking::template one<StateSubscription>(StateSql::subscription, bind_values(id));
  }
  Result<bool> remove_subscription(std::string_view id) final {
    if (Result<> good = plain({id}); !good) return pass(good);
    return changes(StateSql::remove_subscription, bind_values(id));
  }
  Result<std::vector<StateSubscription>> subscriptions_for(std::string_view tag, std::string_view after,
                                                           std::int64_t limit) final {
    if (Result<> good = plain({tag, after}); !good) return pass(good);
    return Asking::template all<StateSubscription>(StateSql::subscriptions_for, bind_values(tag, after, limit));
  }
  Result<std::vector<StateSubscription>> subscriptions(std::string_view after, std::int64_t limit) final {
    if (Result<> good = plain({after}); !good) return pass(good);
    return Asking::template all<StateSubscription>(StateSql::subscriptions, bind_values(after, limit));
  }

 protected:
  using Asking = SqlAsking<Engine>;
  using Asking::changed_text;
  using Asking::changes;
  using Asking::ms;
  using Asking::plain;
  using Asking::plain_row;
  using Asking::read;
  using Asking::write;

 private:
  // Rows of the scope of all nodes, and behind them those of `scope` unless it is the same.
  template <class Row, class... Values>
  Result<std::vector<Row>> of_scopes(StateSql id, std::string_view scope, const Values&... further) {
    auto rows = Asking::template all<Row>(id, bind_values(std::string_view(), further...));
    if (!rows || scope.empty()) return rows;
    auto own = Asking::template all<Row>(id, bind_values(scope, further...));
    if (!own) return own;
    rows->insert(rows->end(), std::make_move_iterator(own->begin()), std::make_move_iterator(own->end()));
    return rows;
  }
};

// Whoever changes a group goes through its values in one order, so that two nodes do not meet crosswise.
template <class Engine>
Result<> SqlServices<Engine>::set_resources(std::string_view scope, std::string_view group,
                                            const std::vector<std::string>& values) {
  if (Result<> good = plain({scope, group}); !good) return good;
  std::map<std::string_view, std::int64_t> wanted;
  for (const std::string& value : values) {
    if (Result<> good = plain({value}); !good) return good;
    wanted.try_emplace(value, static_cast<std::int64_t>(wanted.size()));
  }
  auto present = Asking::template all<StateResource>(StateSql::group_resources, bind_values(scope, group));
  if (!present) return pass(present);
  std::map<std::string_view, std::int64_t> there;
  for (const StateResource& resource : *present) there.emplace(resource.value, resource.position);
  // Those that the group has no longer have no place in it.
  for (const auto& [value, position] : there) wanted.try_emplace(value, -1);
  for (const auto& [value, position] : wanted) {
    auto found = there.find(value);
    if (found != there.end() && found->second == position) continue;
    Result<> done = position < 0 ? write(StateSql::retire_resource, bind_values(scope, group, value))
                                 : write(StateSql::put_resource, bind_values(scope, group, value, position));
    if (!done) return done;
  }
  return {};
}

template <class Engine>
Result<std::optional<std::string>> SqlServices<Engine>::book(std::string_view scope, std::string_view group,
                                                             std::string_view owner, std::chrono::milliseconds time) {
  if (Result<> good = plain({scope, group, owner}); !good) return pass(good);
  auto booked = changed_text(StateSql::book, bind_values(scope, group, owner, ms(time)));
  if (!booked || *booked || !this->shared()) return booked;
  // Another transaction may hold a value whose place it only changes: it is waited for. What one gives back is free
  // when that is committed.
  return changed_text(StateSql::book_waiting, bind_values(scope, group, owner, ms(time)));
}

template <class Engine>
Result<std::vector<StateResource>> SqlServices<Engine>::resources(std::string_view scope, std::int64_t limit) {
  if (Result<> good = plain({scope}); !good) return pass(good);
  auto rows = of_scopes<StateResource>(StateSql::resources, scope, limit);
  if (!rows) return rows;
  std::ranges::stable_sort(*rows, {}, [](const StateResource& row) {
    return std::tuple<const std::string&, const std::string&, std::int64_t>(row.scope, row.group, row.position);
  });
  return rows;
}

}  // namespace outpost::supervisor
