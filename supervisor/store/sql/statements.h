// Every statement of the engines. All are prepared once when a store is opened; a test asks SQLite how it would run
// each and refuses any that scans a table or sorts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/store/rows.h"
#include "supervisor/store/sql/dialect.h"

namespace outpost::supervisor {

enum class Sql : std::uint8_t {
  begin,
  begin_read,
  commit,
  rollback,
  read_epoch,
  renew_lease,
  read_counter,
  write_counter,
  tenants,
  time_zones,
  calling_lists,
  calling_list_fields,
  campaigns,
  campaign_lists,
  campaign_groups,
  put_tenant,
  put_time_zone,
  put_calling_list,
  put_campaign,
  put_campaign_group,
  clear_fields,
  insert_field,
  clear_campaign_lists,
  insert_campaign_list,
  insert_record,
  update_record,
  replace_record,
  delete_record,
  record,
  chain,
  last_in_chain,
  chain_holder,
  chain_of_customer,
  end_of_page,
  page_of_list,
  page_of_contact,
  page_of_customer,
  page_of_chain,
  known_contact,
  records_with_phone,
  records_with_customer,
  count_with_phone,
  count_with_customer,
  // In the order of DialQueue, each three times.
  next_window_personal,
  next_window_campaign,
  next_window_general,
  first_due_personal,
  first_due_campaign,
  first_due_general,
  missed_callbacks,
  insert_handle,
  handle,
  touch_handle,
  close_handle,
  idle_handles,
  handles_of_agent,
  held_by_agents,
  end_validation,
  validating_handles,
  is_do_not_call,
  add_do_not_call,
  remove_do_not_call,
  do_not_call_like,
  do_not_call,
  tokens,
  insert_token,
  remove_token,
  add_to_statistic,
  statistics,
  kept_answer,
  keep_answer,
  forget_answers,
  find_import,
  import,
  imports,
  put_import,
  insert_outbox,
  outbox,
  outbox_message,
  has_outbox,
  next_outbox_destination,
  count_outbox,
  note_outbox,
  remove_outbox,
  outbox_pauses,
  pause_outbox,
  resume_outbox,
  count,
};

struct SqlText {
  Sql id;
  std::string_view purpose;  // completes "cannot ..."
  std::string sql;
};

// In the order of Sql.
std::vector<SqlText> record_statements(Dialect dialect);

// Of an engine that reads ahead (read_ahead.h), not of SQLite: what is one after the other else, in one statement.
//   windows_of      ?1 list, ?2 owner, ?3 limit: all windows of a queue in their order
//   next_due_of     ?1 to ?6 as first_due, ?7 tenant, ?8 limit: the records that are due next; behind their columns,
//                   whether their phone and their customer id are listed, and how many records their chain has, 2 at
//                   most
//   chain_of_handle ?1 handle, ?2 limit: the chain of the record that the handle stands for
std::string windows_of(DialQueue queue);
std::string next_due_of(DialQueue queue);
std::string chain_of_handle();

// Those of the lease (lease_store.h).
enum class LeaseSql : std::uint8_t { store, lease, members, announce, take, release, want, note_serving, count };

struct LeaseSqlText {
  LeaseSql id;
  std::string_view purpose;
  std::string sql;
};

// In the order of LeaseSql.
std::vector<LeaseSqlText> lease_statements(Dialect dialect);

}  // namespace outpost::supervisor
