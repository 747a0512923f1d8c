// What outpostctl does once its command line is understood.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/files/csv_file.h"
#include "supervisor/ctl/files/export.h"

namespace outpost::supervisor::ctl {

// Exit statuses; the help text and the README list them.
enum class Exit : int { done = 0, refused = 1, usage = 2, unreachable = 3, file = 4, rejects = 5 };
Exit exit_of(const Error& error);

struct Arguments {
  std::string list;
  std::string file;                 // of apply and import; - for standard input
  std::string output;               // of export; - or empty for standard output
  std::vector<std::string> skip;    // columns, of import
  std::string rejects;              // of import; empty for a name made from `file`
  std::string chain_by;             // column, of import
  std::string duplicates = "keep";  // of import: keep, skip, refuse
  CsvFormat format;                 // of import and dnc import
  std::int64_t record_id = 0;
  std::int64_t due = -1;  // of recall, epoch seconds; negative for the time at which it is run
  std::int64_t limit = 20;
  Filters filters;
  std::string group;          // name or DBID
  std::string group_command;  // load, start, stop, unload, mode
  std::string mode;
  bool force = false;
  std::string tenant;                     // of dnc
  std::string kind;                       // of dnc list
  std::vector<std::string> phones;        // of dnc add and remove
  std::vector<std::string> customer_ids;  // the same
  std::vector<std::string> names;         // of stats: lists or groups
  std::vector<std::string> lists;
  std::vector<std::string> groups;
  std::string token;                   // its name
  std::vector<std::string> resources;  // that it is for; empty for all
  std::vector<std::string> requests;   // the same
  double expires_in_days = 0;          // 0 for never
  std::string role;                    // primary or backup
  std::string from;                    // of store migrate: a store.url
  std::string to;                      // the same; of switch: a supervisor's name, empty for the other one
  bool all = false;
  bool json = false;
  bool dry_run = false;
  bool restart = false;
};

// Each prints its result to standard output and what else a person wants to know to standard error.
using Run = Result<Exit> (*)(Client& client, const Arguments& arguments);
Result<Exit> run_status(Client& client, const Arguments& arguments);
Result<Exit> run_apply(Client& client, const Arguments& arguments);
Result<Exit> run_lists(Client& client, const Arguments& arguments);
Result<Exit> run_catalogue(Client& client, const Arguments& arguments);
Result<Exit> run_records(Client& client, const Arguments& arguments);
Result<Exit> run_record(Client& client, const Arguments& arguments);
Result<Exit> run_recall(Client& client, const Arguments& arguments);
Result<Exit> run_import(Client& client, const Arguments& arguments);
Result<Exit> run_export(Client& client, const Arguments& arguments);
Result<Exit> run_stats(Client& client, const Arguments& arguments);
Result<Exit> run_groups(Client& client, const Arguments& arguments);
Result<Exit> run_group(Client& client, const Arguments& arguments);
Result<Exit> run_sessions(Client& client, const Arguments& arguments);
Result<Exit> run_dnc_add(Client& client, const Arguments& arguments);
Result<Exit> run_dnc_remove(Client& client, const Arguments& arguments);
Result<Exit> run_dnc_list(Client& client, const Arguments& arguments);
Result<Exit> run_dnc_import(Client& client, const Arguments& arguments);
Result<Exit> run_dnc_export(Client& client, const Arguments& arguments);
Result<Exit> run_token_add(Client& client, const Arguments& arguments);
Result<Exit> run_token_list(Client& client, const Arguments& arguments);
Result<Exit> run_token_revoke(Client& client, const Arguments& arguments);
Result<Exit> run_switch(Client& client, const Arguments& arguments);
Result<Exit> run_role(Client& client, const Arguments& arguments);
Result<Exit> run_reload(Client& client, const Arguments& arguments);
Result<Exit> run_reopen_logs(Client& client, const Arguments& arguments);
Result<Exit> run_stop(Client& client, const Arguments& arguments);

}  // namespace outpost::supervisor::ctl
