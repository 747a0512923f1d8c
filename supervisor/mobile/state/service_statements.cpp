#include <fmt/core.h>

#include "supervisor/mobile/state/columns.h"
#include "supervisor/mobile/state/statements.h"
#include "supervisor/store/sql/column_texts.h"

namespace outpost::supervisor {

namespace {

// Rows with what is left of their time.
template <class Row>
std::string select_with_time(std::string_view from_where) {
  return fmt::format("SELECT {}, expires_at - NOW_MS FROM {}", column_list<Row>(), from_where);
}

// ?1 id
constexpr std::string_view kLivingService = "mobile_services WHERE id = ?1 AND expires_at > NOW_MS";
constexpr std::string_view kAccessLives = "access_expires_at > NOW_MS AND expires_at > NOW_MS";

// ?12 and ?15: how long the access and the service live from now on, in ms. The access is written first, so that it
// ends first where both have the same time.
std::string put_service() {
  return fmt::format(
      "INSERT INTO mobile_services ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
      " CASE WHEN ?9 = '' THEN 0 ELSE NOW_MS + ?12 END, ?13, ?14, NOW_MS, NOW_MS + ?15)"
      " ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type, area = excluded.area,"
      " phone = excluded.phone, access_group = excluded.access_group, access_scope = excluded.access_scope,"
      " access_booked = excluded.access_booked, number = excluded.number, number_key = excluded.number_key,"
      " code = excluded.code, access_expires_at = excluded.access_expires_at, ors_base = excluded.ors_base,"
      " ors_cookie = excluded.ors_cookie, created_at = excluded.created_at, expires_at = excluded.expires_at"
      " WHERE mobile_services.expires_at <= NOW_MS",
      column_list<StateService>());
}

std::vector<StateSqlText> own_service_statements() {
  return {
      {StateSql::put_service, "store a service", put_service()},
      {StateSql::lock_service, "read a service",
       select_with_time<StateService>(fmt::format("{} FOR UPDATE", kLivingService))},
      {StateSql::service, "read a service", select_with_time<StateService>(kLivingService)},
      {StateSql::set_access, "store the access data of a service",
       "UPDATE mobile_services SET access_group = ?2, access_scope = ?3, access_booked = ?4, number = ?5,"
       " number_key = ?6, code = ?7, access_expires_at = CASE WHEN ?5 = '' THEN 0 ELSE NOW_MS + ?8 END WHERE id = ?1"},
      {StateSql::set_phone, "store the phone number of a service",
       "UPDATE mobile_services SET phone = ?2 WHERE id = ?1"},
      {StateSql::remove_service, "remove a service", fmt::format("DELETE FROM {}", kLivingService)},
      {StateSql::services_at, "look for services by number",
       select_with_time<StateService>(
           fmt::format("mobile_services INDEXED BY mobile_services_number WHERE number_key = ?1 AND number_key <> ''"
                       " AND {} AND (?2 = '' OR phone = '' OR phone = ?2) ORDER BY created_at DESC, id DESC LIMIT ?3",
                       kAccessLives))},
      // Of many services at one number the code finds its own at once.
      {StateSql::service_with_code, "look for services by code",
       select_with_time<StateService>(fmt::format(
           "mobile_services WHERE id = (SELECT service FROM mobile_codes WHERE number_key = ?1 AND code = ?2)"
           " AND number_key = ?1 AND code = ?2 AND {} AND (?3 = '' OR phone = '' OR phone = ?3) LIMIT ?4",
           kAccessLives))},
      {StateSql::services, "read the services",
       select_with_time<StateService>("mobile_services WHERE id > ?1 AND expires_at > NOW_MS ORDER BY id LIMIT ?2")},
      {StateSql::count_services, "count the services",
       fmt::format("SELECT name, count(*) FROM (SELECT name FROM mobile_services INDEXED BY mobile_services_expires"
                   " WHERE expires_at > {} LIMIT ?1) AS living GROUP BY name ORDER BY name",
                   kNowOnce)},
  };
}

// ?4 of take_code: how long, in ms.
std::vector<StateSqlText> code_statements() {
  return {
      {StateSql::take_code, "take an access code",
       // Looked for first: a conflict locks the row of who has it, and codes are drawn in no order.
       "INSERT INTO mobile_codes (number_key, code, service, expires_at) SELECT ?1, ?2, ?3, NOW_MS + ?4 WHERE"
       " NOT EXISTS (SELECT 1 FROM mobile_codes WHERE number_key = ?1 AND code = ?2 AND service <> ?3"
       " AND expires_at > NOW_MS)"
       " ON CONFLICT (number_key, code) DO UPDATE SET service = excluded.service, expires_at = excluded.expires_at"
       " WHERE mobile_codes.service = excluded.service OR mobile_codes.expires_at <= NOW_MS"},
      {StateSql::free_code, "give an access code back",
       "DELETE FROM mobile_codes WHERE number_key = ?1 AND code = ?2 AND service = ?3"},
  };
}

// ?1 scope, ?2 group
constexpr std::string_view kValue = "scope = ?1 AND group_name = ?2 AND value = ?3";

// A group that was booked by another strategy before has values that are still booked so: those of all nodes for LOCAL,
// those of any node for CLUSTER.
constexpr std::string_view kBookedElsewhere =
    "EXISTS (SELECT 1 FROM mobile_resources AS elsewhere INDEXED BY mobile_resources_value"
    " WHERE elsewhere.group_name = ?2 AND elsewhere.value = mobile_resources.value AND elsewhere.scope <> ?1"
    " AND (?1 = '' OR elsewhere.scope = '') AND elsewhere.used_at > NOW_MS)";

// ?3 owner, ?4 how long, in ms. What is chosen is chosen once: without MATERIALIZED a plan may ask for it again.
std::string book(std::string_view lock) {
  return fmt::format(
      "WITH free AS MATERIALIZED (SELECT value FROM mobile_resources INDEXED BY mobile_resources_rest WHERE scope = ?1"
      " AND group_name = ?2 AND position >= 0 AND used_at <= {} AND NOT {} ORDER BY used_at, position LIMIT 1 {})"
      " UPDATE mobile_resources SET owner = ?3, expires_at = NOW_MS + ?4, used_at = NOW_MS + ?4"
      " WHERE scope = ?1 AND group_name = ?2 AND value = (SELECT value FROM free) RETURNING value",
      kNowOnce, kBookedElsewhere, lock);
}

std::vector<StateSqlText> resource_statements() {
  return {
      {StateSql::put_resource, "add a number to its group",
       "INSERT INTO mobile_resources (scope, group_name, value, position, owner, expires_at, used_at)"
       " VALUES (?1, ?2, ?3, ?4, '', 0, 0) ON CONFLICT (scope, group_name, value)"
       " DO UPDATE SET position = excluded.position"},
      {StateSql::retire_resource, "take a number out of its group",
       fmt::format("UPDATE mobile_resources SET position = -1 WHERE {}", kValue)},
      {StateSql::group_resources, "read the numbers of a group",
       select<StateResource>("mobile_resources WHERE scope = ?1 AND group_name = ?2 ORDER BY value")},
      {StateSql::book, "book a number", book("FOR UPDATE SKIP LOCKED")},
      {StateSql::book_waiting, "book a number", book("FOR UPDATE")},
      {StateSql::release, "release a number",
       fmt::format("UPDATE mobile_resources SET owner = '', expires_at = 0, used_at = NOW_MS"
                   " WHERE {} AND owner = ?4 AND used_at > NOW_MS",
                   kValue)},
      {StateSql::resources, "read the numbers",
       // What is free would fill the limit: there may be more values in the groups than are ever booked.
       select<StateResource>("mobile_resources WHERE scope = ?1 AND owner <> '' AND used_at > NOW_MS"
                             " ORDER BY group_name, value LIMIT ?2")},
      {StateSql::count_resources, "count the numbers",
       "SELECT scope, group_name, count(*), sum(CASE WHEN used_at > NOW_MS THEN 1 ELSE 0 END) FROM mobile_resources"
       " WHERE scope = ?1 AND position >= 0 GROUP BY scope, group_name ORDER BY scope, group_name"},
  };
}

// ?11: how long, in ms.
std::string put_subscription() {
  return fmt::format(
      "INSERT INTO mobile_subscriptions ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
      " NOW_MS + ?11)",
      column_list<StateSubscription>());
}

// ?1 tag, ?2 id behind which, ?3 how many. One probe of the index for the tag itself and for each of its beginnings.
// SQLite joins in the order of a CROSS JOIN; PostgreSQL would rather hash the table, unless each probe is limited.
std::string subscriptions_for(Dialect dialect) {
  constexpr std::string_view kProbe = "pattern = of_pattern AND prefix = beginning AND id > ?2 AND expires_at > NOW_MS";
  std::string found =
      dialect == Dialect::sqlite
          ? fmt::format("mobile_subscriptions INDEXED BY mobile_subscriptions_filter WHERE {}", kProbe)
          : fmt::format("LATERAL (SELECT * FROM mobile_subscriptions WHERE {} ORDER BY id LIMIT ?3) AS found", kProbe);
  return fmt::format(
      "WITH RECURSIVE lengths (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM lengths"
      " WHERE n < length(CAST(?1 AS TEXT))),"
      " probes (of_pattern, beginning) AS (SELECT 0, CAST(?1 AS TEXT) UNION ALL SELECT 1, substr(CAST(?1 AS TEXT), 1, "
      "n)"
      " FROM lengths)"
      " SELECT {}, expires_at - NOW_MS FROM probes CROSS JOIN {} ORDER BY id LIMIT ?3",
      column_list<StateSubscription>(), found);
}

std::vector<StateSqlText> subscription_statements(Dialect dialect) {
  return {
      {StateSql::put_subscription, "store a subscription", put_subscription()},
      {StateSql::subscription, "read a subscription",
       select_with_time<StateSubscription>("mobile_subscriptions WHERE id = ?1 AND expires_at > NOW_MS")},
      {StateSql::remove_subscription, "remove a subscription",
       "DELETE FROM mobile_subscriptions WHERE id = ?1 AND expires_at > NOW_MS"},
      {StateSql::subscriptions_for, "look for the subscriptions of a tag", subscriptions_for(dialect)},
      {StateSql::subscriptions, "read the subscriptions",
       select_with_time<StateSubscription>(
           "mobile_subscriptions WHERE id > ?1 AND expires_at > NOW_MS ORDER BY id LIMIT ?2")},
  };
}

}  // namespace

std::vector<StateSqlText> service_statements(Dialect dialect) {
  std::vector<StateSqlText> texts;
  for (auto& subject :
       {own_service_statements(), code_statements(), resource_statements(), subscription_statements(dialect)}) {
    texts.insert(texts.end(), subject.begin(), subject.end());
  }
  return texts;
}

}  // namespace outpost::supervisor
