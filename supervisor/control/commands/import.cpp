// import-open, ImportRows, import-finish.
#include <algorithm>

#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/dry_run.h"
#include "supervisor/control/commands/import_columns.h"
#include "supervisor/control/commands/import_notes.h"
#include "supervisor/control/commands/import_rows.h"
#include "supervisor/control/commands/import_state.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kColumnsMax = protocol::kBodyKeysMax;
constexpr std::size_t kSourceBytesMax = 256;

std::string describe(const ImportState& state) {
  JsonWriter reply;
  reply.begin_object()
      .member("import_id", state.import_id)
      .member("next_offset", state.next_offset)
      .member("next_line", state.next_line)
      .member("rows", state.rows)
      .member("finished", state.finished);
  return reply.end_object().take();
}

std::string describe(const PieceOutcome& outcome) {
  JsonWriter reply;
  reply.begin_object().member("imported", outcome.imported).member("duplicates", outcome.notes.duplicates);
  reply.member("odd_windows", outcome.notes.odd_windows).key("rejected").raw(outcome.rejected);
  return reply.end_object().take();
}

Result<std::vector<std::string>> columns_argument(const JsonValue& arguments) {
  const JsonValue* value = arguments.find("columns");
  const auto* array = value ? std::get_if<JsonValue::Array>(&value->value) : nullptr;
  std::vector<std::string> columns;
  for (std::size_t i = 0; array && i < array->size() && i <= kColumnsMax; ++i) {
    const auto* name = std::get_if<std::string>(&(*array)[i].value);
    if (!name) return fail(Errc::invalid, "argument columns must hold names");
    columns.push_back(*name);
  }
  if (columns.empty() || columns.size() > kColumnsMax) {
    return fail(Errc::invalid, "argument columns must hold 1 to {} names", kColumnsMax);
  }
  return columns;
}

Result<ImportManner> manner_argument(const CallingList& list, const std::vector<std::string>& columns,
                                     const JsonValue& arguments) {
  ImportManner manner;
  if (const std::string* chain_by = text_argument(arguments, "chain_by")) {
    if (auto checked = check_chain_by(list, columns, *chain_by); !checked) return pass(checked);
    manner.chained = true;
  }
  if (const std::string* name = text_argument(arguments, "duplicates")) {
    auto duplicates = parse_duplicates(*name);
    if (!duplicates) return fail(Errc::invalid, "argument duplicates must be keep, skip or refuse");
    manner.duplicates = *duplicates;
  }
  return manner;
}

Result<ImportState> begin_or_resume(RecordStore& store, const CallingList& list, const std::string& source,
                                    const ImportManner& manner, bool restart) {
  if (!restart) {
    auto known = resumed_import(store, list, source, manner);
    if (!known) return pass(known);
    if (*known) return std::move(**known);
  }
  return new_import(store, list, source, manner);
}

// What a piece of rows comes to, in the list as it is now: `apply` may have changed it meanwhile.
Result<PieceOutcome> take_rows(RecordStore& store, std::int64_t list_dbid, const OpenedImport& opened,
                               const protocol::ImportRows& rows, const PieceOptions& options) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = std::ranges::find(catalogue->lists, list_dbid, &CallingList::dbid);
  if (list == catalogue->lists.end()) return fail(Errc::not_found, "the calling list of the import is gone");
  return take_piece(store, *catalogue, *list, opened.columns, rows.rows, options);
}

}  // namespace

Result<OpenedImport> run_import_open(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = list_argument(*catalogue, arguments);
  if (!list) return pass(list);
  auto columns = columns_argument(arguments);
  if (!columns) return pass(columns);
  if (auto bound = bind_columns(**list, *columns); !bound) return pass(bound);
  const std::string* source = text_argument(arguments, "source");
  if (!source || source->empty() || source->size() > kSourceBytesMax) {
    return fail(Errc::invalid, "argument source must be a text of 1 to {} bytes", kSourceBytesMax);
  }
  auto manner = manner_argument(**list, *columns, arguments);
  if (!manner) return pass(manner);
  OpenedImport opened;
  opened.columns = std::move(*columns);
  ImportState state;
  if (flag_argument(arguments, "dry_run")) {
    state.next_line = 1;
    opened.dry_run = std::make_shared<DryRun>();
    opened.dry_list_dbid = (*list)->dbid;
    opened.dry_manner = *manner;
  } else {
    auto begun = begin_or_resume(store, **list, *source, *manner, flag_argument(arguments, "restart"));
    if (!begun) return pass(begun);
    state = std::move(*begun);
  }
  opened.import_id = state.import_id;
  opened.reply = describe(state);
  return opened;
}

Result<std::string> run_import_rows(RecordStore& store, const OpenedImport& opened, const protocol::ImportRows& rows,
                                    const DueRule& due) {
  if (rows.rows.size() > kImportRowsMax) {
    return fail(Errc::limit, "a piece of an import must have at most {} rows", kImportRowsMax);
  }
  if (opened.dry_run) {
    auto piece =
        take_rows(store, opened.dry_list_dbid, opened, rows, {opened.dry_manner, due, nullptr, opened.dry_run.get()});
    if (!piece) return pass(piece);
    return describe(*piece);
  }
  auto state = find_import(store, rows.import_id);
  if (!state) return pass(state);
  bool is_new = rows.next_offset > state->next_offset;
  if (is_new && state->finished) return fail(Errc::invalid, "import {} is finished", rows.import_id);
  if (is_new && rows.offset != state->next_offset) {
    return fail(Errc::invalid,
                "these rows begin at byte {} of the file and the import stands at byte {}; start it again", rows.offset,
                state->next_offset);
  }
  auto notes = is_new ? Result<PieceNotes>(PieceNotes()) : kept_notes(store, rows);
  if (!notes) return pass(notes);
  auto piece = take_rows(store, state->list_dbid, opened, rows, {manner_of(*state), due, is_new ? nullptr : &*notes});
  if (!piece) return pass(piece);
  if (is_new) {
    state->next_offset = rows.next_offset;
    state->next_line = rows.next_line;
    state->rows += piece->imported;
    if (auto put = store.put_import(*state); !put) return pass(put);
    if (auto kept = keep_notes(store, rows, piece->notes, due.now); !kept) return pass(kept);
  }
  return describe(*piece);
}

Result<std::string> run_import_finish(RecordStore& store, const JsonValue& arguments) {
  auto id = integer_argument(arguments, "import_id");
  if (!id) return pass(id);
  auto state = find_import(store, *id);
  if (!state) return pass(state);
  state->finished = true;
  if (auto put = store.put_import(*state); !put) return pass(put);
  JsonWriter reply;
  return reply.begin_object().member("rows", state->rows).end_object().take();
}

// The latest first.
Result<std::string> run_imports(RecordStore& store, const JsonValue&) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto imports = store.imports(kImportsShownMax);
  if (!imports) return pass(imports);
  JsonWriter reply;
  reply.begin_object().key("imports").begin_array();
  for (const ImportState& one : *imports) {
    auto list = std::ranges::find(catalogue->lists, one.list_dbid, &CallingList::dbid);
    reply.begin_object().member("import_id", one.import_id);
    reply.member("list", list == catalogue->lists.end() ? std::string_view() : std::string_view(list->name));
    reply.member("source", one.source).member("rows", one.rows).member("next_line", one.next_line);
    reply.member("finished", one.finished).end_object();
  }
  return bounded_reply(reply.end_array().end_object().take());
}

}  // namespace outpost::supervisor
