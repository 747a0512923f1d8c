// The commands of outpostctl, each declared once: from its row come its command line, its --help and, for most, what it
// asks the supervisor and how it shows the reply.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/table.h"

namespace outpost::supervisor::ctl {

// Exit statuses; the help text and the README list them.
enum class Exit : int { done = 0, refused = 1, not_ready = 1, usage = 2, unreachable = 3, file = 4, rejects = 5 };
Exit exit_of(const Error& error);

struct Command;

// What a command line is read into.
struct Arguments {
  const Command* command = nullptr;
  std::string socket = "/run/outpost/control.sock";
  double timeout_s = 60;
  bool json = false;
  double watch_s = 0;     // of reading commands: seconds from frame to frame, 0 for one alone
  double interval_s = 2;  // of top, the same
  bool once = false;      // of top

  std::string list;
  std::int64_t status = -1;  // which of its records; what is negative or empty does not choose
  std::int64_t type = -1;
  std::int64_t result = -1;
  std::int64_t chain = -1;
  std::int64_t due_from = -1;  // epoch seconds, both inclusive
  std::int64_t due_till = -1;
  std::string contact;
  std::string customer_id;
  std::string agent;
  std::int64_t record_id = 0;
  std::int64_t due = -1;  // of recall, epoch seconds; negative for the time at which it is run
  std::int64_t limit = 20;
  bool all = false;

  std::string file;                 // of apply and import; - for standard input
  std::string output;               // of export; - or empty for standard output
  std::vector<std::string> skip;    // columns, of import
  std::string rejects;              // of import; empty for a name made from `file`
  std::string delimiter;            // of import and dnc import, as parse_delimiter() takes it; empty for a comma
  std::string encoding;             // of the same; empty for UTF-8
  std::string chain_by;             // column, of import
  std::string duplicates = "keep";  // of import: keep, skip, refuse
  bool restart = false;
  bool dry_run = false;

  std::vector<std::string> assignments;  // of records set: NAME=VALUE
  std::string undo_file;                 // of records set, recycle, delete; empty for none
  bool yes = false;

  std::string url;  // of test-call, with the next; or a name
  std::string method;
  std::string data;  // a file; - for standard input
  std::vector<std::string> headers;
  std::string client;

  std::string destination;         // of outbox
  std::int64_t message_id = 0;     // the same; 0 for none
  std::int64_t behind = 0;         // of outbox list: a message
  std::int64_t older_than_h = -1;  // of outbox drop; negative does not choose
  bool body = false;

  std::string service_name;  // of services
  std::string service_id;    // of service
  std::string tag;           // of publish, with the next
  std::string message;
  bool parsed = false;
  bool localized = false;

  std::string group;  // name or DBID; of resources, a name
  std::string mode;
  bool force = false;
  bool openmetrics = false;
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
};

struct Range {
  double low = 0;
  double high = 0;
  const char* text = "";  // empty for the two numbers
};

struct Option {
  std::string names;  // "LIST" by its place, "-o,--output" by name
  std::string text;
  std::variant<bool Arguments::*, std::int64_t Arguments::*, double Arguments::*, std::string Arguments::*,
               std::vector<std::string> Arguments::*>
      target;
  // The argument of the supervisor's command: sent when it is required, or is not what it is by default.
  const char* sent = nullptr;
  bool required = false;
  const char* type = nullptr;  // in --help, in the place of what CLI11 says
  std::vector<const char*> excludes = {};
  // What is valid.
  Range range = {};                                                    // of numbers
  Result<std::int64_t> (*number)(const std::string& given) = nullptr;  // of what is no number to CLI11
  std::string (*objection)(const std::string& given) = nullptr;        // of texts: empty, or what is wrong
  std::vector<std::string> words = {};                                 // of texts
  bool commas = false;                                                 // of lists: many values in one
  double alone = 0;  // of numbers: what the name without a value means, 0 for an option that needs one
};

// A reply that is a table: what its columns are.
struct Listing {
  struct Column {
    const char* title;
    const char* key;  // the member of an item that it shows
    std::string (*show)(const JsonValue& item, std::string_view key) = text_of;
    Table::Align align = Table::Align::left;
  };

  const char* items = nullptr;  // the member of the reply that holds them
  std::vector<Column> columns = {};
  bool paged = false;  // asked for page by page, so that one of any size can be looked at
};

struct Command {
  // Prints its result to standard output and what else a person wants to know to standard error.
  using Run = Result<Exit> (*)(Client& client, const Arguments& arguments);

  std::string_view name;  // behind that of its group: "token add". The row of the group stands before
  const char* text;
  std::vector<Option> options = {};
  const char* footer = nullptr;

  // The command of the supervisor, the value of its argument "command" where several commands are one to it, and
  // whether it is told in time how long we wait. One of the next three shows the reply, or does it all by itself.
  const char* sends = nullptr;
  const char* subcommand = nullptr;
  bool waits = false;
  std::string (*view)(const JsonValue& reply) = nullptr;
  // Of one whose reply may say that not all is well: the exit status.
  Exit (*verdict)(const JsonValue& reply, const Arguments& arguments) = nullptr;
  Listing listing = {};
  Run run = nullptr;

  // For what needs no supervisor.
  bool offline = false;
  Result<Exit> (*run_offline)(const Arguments& arguments) = nullptr;

  // What is wrong with options that are valid each by itself; empty when nothing is.
  std::string (*objection)(const Arguments& arguments) = nullptr;
  // What no slip of the hand is answered with: commands that change the role, or end the service.
  bool grave = false;
};

// In the order in which --help lists them.
std::span<const Command> commands();
std::string_view group_of(const Command& command);  // empty for none
std::string_view name_in_group_of(const Command& command);
// It changes nothing: it can be watched, and what it shows be long.
bool is_reading(const Command& command);
// Those commands of a group that `word` begins, or else the one that it is most like; none when that is a grave one, as
// another in its place would only mislead.
std::vector<std::string_view> suggestions(std::string_view word, std::string_view group);

// A family a file: for commands().
std::vector<Command> status_commands();
std::vector<Command> top_commands();
std::vector<Command> catalogue_commands();
std::vector<Command> record_commands();
std::vector<Command> records_edit_commands();
std::vector<Command> recall_commands();
std::vector<Command> import_commands();
std::vector<Command> statistics_commands();
std::vector<Command> group_commands();
std::vector<Command> dnc_commands();
std::vector<Command> token_commands();
std::vector<Command> store_commands();
std::vector<Command> courier_commands();
std::vector<Command> outbox_commands();
std::vector<Command> node_commands();
std::vector<Command> service_commands();
std::vector<Command> daemon_commands();

}  // namespace outpost::supervisor::ctl
