// The catalogue in SqlStore: objects of several tables, read and written as one. Part of sql_store.h.
#pragma once

#include <string>
#include <vector>

#include "supervisor/store/sql/sql_store.h"

namespace outpost::supervisor {

template <class Engine, class Cache>
Result<Catalogue> SqlStore<Engine, Cache>::catalogue() {
  Catalogue all;
  // One snapshot for all its tables: between two commits of another connection it would not fit together.
  if (Result<> read = engine().snapshot([&] { return read_catalogue(all); }); !read) {
    return pass(read);
  }
  return all;
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::read_catalogue(Catalogue& all) {
  Result<> read = read_all(Sql::tenants, all.tenants);
  if (read) read = read_all(Sql::time_zones, all.time_zones);
  if (read) read = read_all(Sql::calling_lists, all.lists);
  if (read) read = read_all(Sql::campaigns, all.campaigns);
  if (read) read = read_all(Sql::campaign_groups, all.groups);
  for (CallingList& list : all.lists) {
    if (read) read = read_fields(list);
  }
  for (Campaign& campaign : all.campaigns) {
    if (read) read = read_lists(campaign);
  }
  return read;
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::read_fields(CallingList& list) {
  return engine().read(Sql::calling_list_fields, bind_values(list.dbid), [&](auto& row) {
    list.custom_fields.emplace_back(row.text(0));
    return true;
  });
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::read_lists(Campaign& campaign) {
  return engine().read(Sql::campaign_lists, bind_values(campaign.dbid), [&](auto& row) {
    campaign.lists.push_back({row.integer(0), static_cast<std::int32_t>(row.integer(1))});
    return true;
  });
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::put(const CallingList& list) {
  Result<> done = write(Sql::put_calling_list, bind_columns(list));
  if (done) done = write(Sql::clear_fields, bind_values(list.dbid));
  int position = 0;
  for (const std::string& name : list.custom_fields) {
    if (done) done = write(Sql::insert_field, bind_values(list.dbid, position, name));
    ++position;
  }
  return done;
}

template <class Engine, class Cache>
Result<> SqlStore<Engine, Cache>::put(const Campaign& campaign) {
  Result<> done = write(Sql::put_campaign, bind_columns(campaign));
  if (done) done = write(Sql::clear_campaign_lists, bind_values(campaign.dbid));
  int position = 0;
  for (const CampaignList& list : campaign.lists) {
    if (done)
      done = write(Sql::insert_campaign_list, bind_values(campaign.dbid, position, list.list_dbid, list.weight));
    ++position;
  }
  return done;
}

}  // namespace outpost::supervisor
