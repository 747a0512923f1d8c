// What outpostctl asks of the store: the catalogue, records, imports. Arguments and replies are JSON objects.
//
//   apply        {"text": file, "dry_run": bool}                -> {"changes": [sentence ..], "unchanged": n}
//   catalogue    {}                                             -> {"tenants", "time_zones", "lists", "campaigns",
//   "groups"} records      {"list", "status"?, "type"?, "result"?, "chain"?, "contact"?, "after"?, "limit"?}
//                                                               -> {"list", "records": [..], "next": record_id or null}
//   record       {"list", "record_id"}                          -> {"record": {..}, "handle": {..} or null}
//   import-open  {"list", "source", "columns": [..], "restart": bool}
//                                                               -> {"import_id", "next_offset", "next_line", "rows",
//                                                               "finished"}
//   import-finish {"import_id"}                                 -> {"rows": n}
//
// All are to be run between begin() and commit(), but for catalogue, records and record, which only read. A failure is
// a sentence for a person (Errc::invalid, not_found, exists, limit: nothing was written) or the store's own error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/json.h"
#include "protocol/control.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

// Largest reply, well below what a frame holds; `records` ends a page before it, the others fail with Errc::limit.
inline constexpr std::size_t kReplyBytesMax = 2 * 1024 * 1024;
inline constexpr std::uint32_t kPageRecordsMax = 1000;
// Most rows in one ImportRows, so that the reply fits when all are rejected.
inline constexpr std::size_t kImportRowsMax = 5000;

// Creates and changes the objects that the file names and leaves all others alone. An object is what the file says it
// is: an optional member that is absent has its default. Every mistake of a file is reported, with its line, and then
// nothing is done. The caller makes the engine forget its cache afterwards.
Result<std::string> run_apply(RecordStore& store, const JsonValue& arguments);
Result<std::string> run_catalogue(RecordStore& store, const JsonValue& arguments);
Result<std::string> run_records(RecordStore& store, const JsonValue& arguments);
Result<std::string> run_record(RecordStore& store, const JsonValue& arguments);

struct OpenedImport {
  std::string reply;
  std::int64_t import_id;
  std::vector<std::string> columns;
};
// A source that was not imported to its end goes on where it stood. One that was is refused with Errc::exists, unless
// "restart" is true: then it is imported once more, beside the rows that are there.
Result<OpenedImport> run_import_open(RecordStore& store, const JsonValue& arguments);
// `columns` as returned by run_import_open. Good rows are inserted, bad ones reported with their line. Rows that end at
// or before the durable position are only checked (see protocol::ImportRows).
Result<std::string> run_import_rows(RecordStore& store, const std::vector<std::string>& columns,
                                    const protocol::ImportRows& rows);
Result<std::string> run_import_finish(RecordStore& store, const JsonValue& arguments);

// --- For the files that implement these ------------------------------------------------------------------------------

Result<std::string> bounded_reply(std::string reply);
// nullptr when it is absent or of another type.
const std::string* text_argument(const JsonValue& arguments, std::string_view name);
Result<std::int64_t> integer_argument(const JsonValue& arguments, std::string_view name);
// The list of argument "list"; the error names the nearest one.
Result<const CallingList*> list_argument(const Catalogue& catalogue, const JsonValue& arguments);

}  // namespace outpost::supervisor
