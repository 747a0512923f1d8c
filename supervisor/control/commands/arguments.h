// What outpostctl asks of the store. Arguments and replies are JSON objects.
//
//   apply          {"text": file, "dry_run": bool}      -> {"changes": [sentence ..], "unchanged": n,
//                                                           "warnings": [sentence ..]}
//   catalogue      {}                                   -> a file as apply takes it
//   records        {"list", "status"?, "type"?, "result"?, "chain"?, "contact"?, "customer_id"?, "agent"?,
//                   "due_from"?, "due_till"?, "after"?, "limit"?}
//                                                       -> {"list", "records": [..], "next": what to ask "after" for
//                                                           the page behind this one, or null}; a page may be empty
//                                                           and not the last
//   record         {"list", "record_id"}                -> {"record": {..}, "handle": {..} or null}
//   recall         {"list", "record_id"?, "agent"?, "customer_id"?, "due"?: epoch seconds, "dry_run"?, "after"?,
//                   "limit"?}                           -> {"list", "records": n, "due": epoch seconds, "next": as of
//                                                           records}
//   records-plan   {"command": "set", "recycle" or "delete", "list", "set"?: ["NAME=VALUE" ..], those of records that
//                   choose, "judge"?: bool, "after"?, "limit"?}
//                                                       -> {"list", "chosen", "changed", "unchanged", "held",
//                                                           "do_not_call", "refused", "reasons": [{"record_id",
//                                                           "reason"} ..], "records": [{"record", "tz_dbid",
//                                                           "before": digest, "becomes"?, "after"?: digest} ..],
//                                                           "next": as of records}
//   records-edit   the same, "expect"?: {record_id: {"before": digest, "after": digest, empty for none} ..}
//                                                       -> the same without "records", "meanwhile": those that
//                                                           were expected, and are not as they were or would not be
//   records-restore {"list", "columns": [..], "rows": [[text ..] ..]}
//                                                       -> {"list", "restored", "unchanged", "held", "do_not_call",
//                                                           "meanwhile", "refused", "reasons"}
//   statistics     {"names"?: [..], "lists"?: [..], "groups"?: [..]}
//                                                       -> {"lists": [{"dbid", "name", "records", "status": [{"value",
//                                                           "name", "records"} ..], "type", "result"}], "groups"}
//   groups         {}                                   -> {"groups": [{"dbid", "name", "campaign", "state", "mode",
//                                                           "held", "options": [name ..]}]}
//   group          {"command", "group": name or DBID, "force"?, "mode"?}
//                                                       -> {"group", "dbid", "before", "after", "mode_before",
//                                                           "mode", "held", "given_back"}
//   sessions       {}                                   -> {"sessions": [..], "left_out": n}
//   dnc-add        {"tenant"?, "entries": [{"phone" or "customer_id", "line"?} ..]}
//                                                       -> {"tenant", "added", "known", "matching": records that the
//                                                           entries are for, "matching_or_more": the count was ended
//                                                           early, "rejected": [{"line", "column", "reason"} ..]}
//   dnc-remove     the same                             -> {"tenant", "removed", "missing": [entry ..]}
//   dnc-list       {"tenant"?, "phone"? or "customer_id"?, "kind"?, "after"?: entry, "limit"?}
//                                                       -> {"tenant", "entries": [{"phone" or "customer_id",
//                                                           "added_at"} ..], "next": entry or null}
//   token-add      {"name", "digest": hex, "resources"?: [..], "requests"?: [..], "expires_in"?: seconds}
//                                                       -> {"name", "resources", "requests", "created_at",
//                                                           "expires_at": 0 for never}
//   token-list     {}                                   -> {"tokens": [the same ..]}
//   token-revoke   {"name"}                             -> {"name"}
//   import-open    {"list", "source", "columns": [..], "chain_by"?, "duplicates"?: "keep", "skip" or "refuse",
//                   "restart": bool, "dry_run"?: bool}  -> {"import_id", "next_offset", "next_line", "rows",
//                                                           "finished"}
//   ImportRows (a frame of its own)                     -> {"imported", "duplicates": n, "odd_windows": n,
//                                                           "rejected": [{"line", "column", "reason"} ..]}
//   import-finish  {"import_id"}                        -> {"rows": n}
//   imports        {}                                   -> {"imports": [{"import_id", "list", "source": fingerprint of
//                                                           the file and manner, "rows", "next_line", "finished"} ..]}
//   outbox         {}                                   -> {"primary": bool, "destinations": [{"destination",
//                                                           "address", "standing", "until"?, "messages", "oldest_at",
//                                                           "in_flight", "paused_at", "problem"} ..]}
//   outbox-list    {"destination", "behind"?: message id, "body"?, "after"?, "limit"?}
//                                                       -> {"destination", "messages": [{"message_id", "kind", "list",
//                                                           "chain_id", "created_at", "attempts", "problem",
//                                                           "body_bytes", "body"?} ..], "next": as of records}
//   outbox-retry   {"destination"? or "message_id"?}    -> {"sooner": n}
//   outbox-drop    {"destination", "message_id", "older_than": hours or "all": true, "dry_run"?, "after"?}
//                                                       -> {"destination", "chosen", "removed", "next": as of records}
//   outbox-pause, outbox-resume {"destination"}         -> {"destination", "paused", "before": whether it was}
//
// All are to be run between begin() and commit(), but for catalogue, records, record, records-plan, statistics, groups,
// dnc-list, token-list, imports, outbox and outbox-list, which only read. A failure is a sentence for a person
// (Errc::invalid, not_found, exists, limit: nothing was written) or the store's own error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "protocol/channel/control.h"
#include "supervisor/config/outward.h"
#include "supervisor/control/arguments.h"
#include "supervisor/control/commands/dry_run.h"
#include "supervisor/control/commands/import_state.h"
#include "supervisor/engine/record_rules.h"
#include "supervisor/engine/sessions.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

class Engine;

// `records` ends a page before kReplyBytesMax, the others fail with Errc::limit.
inline constexpr std::uint32_t kPageRecordsMax = 1000;
// Most rows in one ImportRows, so that the reply fits when all are rejected.
inline constexpr std::size_t kImportRowsMax = 5000;
inline constexpr std::uint32_t kImportsShownMax = 200;  // the latest
inline constexpr std::size_t kDncEntriesMax = 1000;     // in one dnc-add or dnc-remove

// Those that are a function of the store, of no connection and not of the role: name, the thread that it runs on and
// what it may do there (see table.cpp), whether it writes (see Effect), function, and what the function gets beside the
// store and its arguments. What each does stands above the function; the files here have them by family.
#define OUTPOST_STORE_COMMANDS(X)                                                  \
  X("catalogue", reader, reads, run_catalogue)                                     \
  X("records", reader, reads, run_records)                                         \
  X("record", reader, reads, run_record)                                           \
  X("statistics", reader, reads, run_statistics)                                   \
  X("groups", reader, reads, run_groups)                                           \
  X("recall", writer, writes, run_recall, const DueRule& due)                      \
  X("records-edit", writer, writes, run_records_edit, const DueRule& due)          \
  X("records-restore", writer, writes, run_records_restore)                        \
  X("sessions", writer, reads, run_sessions, const std::vector<Session>& sessions) \
  X("dnc-add", writer, writes, run_dnc_add, Engine& engine)                        \
  X("dnc-remove", writer, writes, run_dnc_remove)                                  \
  X("dnc-list", reader, reads, run_dnc_list)                                       \
  X("token-add", tokens, writes, run_token_add, std::int64_t now)                  \
  X("token-revoke", tokens, writes, run_token_revoke)                              \
  X("token-list", reader, reads, run_token_list)                                   \
  X("apply", catalogue, writes, run_apply, const OutwardRules& outward = {})       \
  X("import-finish", writer, writes, run_import_finish)                            \
  X("imports", reader, reads, run_imports)

#define X(name, where, effect, function, ...) \
  Result<std::string> function(RecordStore& store, const JsonValue& arguments __VA_OPT__(, ) __VA_ARGS__);
OUTPOST_STORE_COMMANDS(X)
#undef X

// On the reader's thread.
Result<std::string> run_records_plan(RecordStore& store, const JsonValue& arguments, const DueRule& due);

struct GroupOutcome {
  std::string reply;
  // To be logged once it is durable; nothing when the state is what it was.
  std::optional<LogMessage> event;
  std::string event_text;
};
// `give_back` gives back what handles of a group hold (Engine::give_back_group). The caller makes the engine forget its
// cache afterwards.
Result<GroupOutcome> run_group(RecordStore& store, const JsonValue& arguments,
                               const std::function<Result<std::int64_t>(std::int64_t group_dbid)>& give_back);

// `configured`: destinations that there are without messages. On the reader's thread.
Result<std::string> run_outbox_list(RecordStore& store, const JsonValue& arguments,
                                    const std::vector<std::string>& configured);
// What the sender of the outbox is to be told once it is durable.
struct OutboxOutcome {
  std::string reply;
  std::string destination;
  std::vector<std::int64_t> removed;
  std::int64_t paused_at = 0;
};
Result<OutboxOutcome> run_outbox_drop(RecordStore& store, const JsonValue& arguments,
                                      const std::vector<std::string>& configured, std::int64_t now);
Result<OutboxOutcome> run_outbox_pause(RecordStore& store, const JsonValue& arguments,
                                       const std::vector<std::string>& configured, bool pause, std::int64_t now);

// What a connection carries from piece to piece.
struct OpenedImport {
  std::string reply;
  std::int64_t import_id = 0;
  std::vector<std::string> columns;
  // The state of a dry run, of which the store knows nothing; nullptr for an import.
  std::shared_ptr<DryRun> dry_run;
  std::int64_t dry_list_dbid = 0;
  ImportManner dry_manner;
};
// A source that was not imported to its end goes on where it stood. One that was is refused with Errc::exists, unless
// "restart" is true: then it is imported once more, beside the rows that are there.
//
// "chain_by" names the column that holds the customer id: rows of one customer form a chain, with the records of that
// customer that the list has. "duplicates" says what becomes of rows whose contact the list has already, from before or
// from rows further up: imported as well, left out, or refused. Both are part of what is durable: an import goes on
// only as it began.
//
// "dry_run" judges a file from its beginning and writes nothing: to be run on a store that is only read.
Result<OpenedImport> run_import_open(RecordStore& store, const JsonValue& arguments);
// `opened` as returned by run_import_open. Good rows are inserted, bad ones reported with their line. Rows that end at
// or before the durable position are only checked (see protocol::ImportRows); which of them were duplicates is known
// for some weeks. `due` says what time it is and judges when callbacks are due.
Result<std::string> run_import_rows(RecordStore& store, const OpenedImport& opened, const protocol::ImportRows& rows,
                                    const DueRule& due);

// --- For the files that implement these ------------------------------------------------------------------------------

// A number or a name; nothing when the argument is absent.
Result<std::optional<std::int32_t>> enumeration_argument(const JsonValue& arguments, std::string_view name,
                                                         const protocol::Enumeration& enumeration);
// The members of `records` that choose, and "after" and "limit".
Result<RecordFilter> filter_arguments(const JsonValue& arguments);
// The list of argument "list"; the error names the nearest one.
Result<const CallingList*> list_argument(const Catalogue& catalogue, const JsonValue& arguments);

}  // namespace outpost::supervisor
