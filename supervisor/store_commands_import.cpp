// import-open, ImportRows, import-finish.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/excerpt.h"
#include "common/text.h"
#include "common/unicode.h"
#include "supervisor/chain_edit.h"
#include "supervisor/daily_window.h"
#include "supervisor/dry_run.h"
#include "supervisor/import_notes.h"
#include "supervisor/import_state.h"
#include "supervisor/record_columns.h"
#include "supervisor/record_rules.h"
#include "supervisor/requests.h"
#include "supervisor/store_commands.h"
#include "supervisor/zone_names.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kColumnsMax = 512;  // as many keys as a request body may have (ocs.md 2.1)
constexpr std::size_t kSourceBytesMax = 256;
constexpr std::size_t kValueBytesShown = 32;  // of a value that is refused: a piece may consist of such
constexpr std::string_view kDuplicate = "this contact is in the calling list already, or stands further up in the file";

enum class Target : std::uint8_t { column, tz_name, custom };

// Where the values of one column of the file go.
struct BoundColumn {
  Target target;
  const RecordColumn* column = nullptr;  // for Target::column
  std::string name;
};

// --- Columns ---------------------------------------------------------------------------------------------------------

Result<BoundColumn> bind_column(const CallingList& list, const std::string& name) {
  if (name == "tz_name") return BoundColumn{Target::tz_name, nullptr, name};
  if (const RecordColumn* column = find_record_column(name)) {
    if (column->importable) return BoundColumn{Target::column, column, name};
    return fail(Errc::invalid, "column {} cannot be imported: its values are given by the server", name);
  }
  if (std::ranges::find(list.custom_fields, name) != list.custom_fields.end()) {
    return BoundColumn{Target::custom, nullptr, name};
  }
  std::vector<std::string_view> known = {"tz_name"};
  for (const RecordColumn& column : record_columns()) {
    if (column.importable) known.push_back(column.name);
  }
  known.insert(known.end(), list.custom_fields.begin(), list.custom_fields.end());
  std::string_view near = nearest(name, known);
  if (!near.empty()) return fail(Errc::invalid, "column \"{}\" is not known; is \"{}\" meant?", name, near);
  return fail(Errc::invalid, "column \"{}\" is neither a record column nor a custom field of calling list \"{}\"", name,
              list.name);
}

// All that is wrong with the columns, one sentence a line.
Result<std::vector<BoundColumn>> bind_columns(const CallingList& list, const std::vector<std::string>& names) {
  std::vector<BoundColumn> bound;
  std::string problems;
  auto problem = [&](std::string_view text) {
    problems += problems.empty() ? "" : "\n";
    problems += text;
  };
  auto has = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  if (std::ranges::none_of(names, [&](const std::string& name) { return bind_column(list, name).has_value(); })) {
    problem(
        fmt::format("the first line of the file must name the columns, and \"{}\" is none", excerpt(names.front())));
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      problem(fmt::format("column \"{}\" is there twice", *name));
    } else if (auto column = bind_column(list, *name)) {
      bound.push_back(std::move(*column));
    } else {
      problem(column.error().text);
    }
  }
  if (!has("contact_info")) problem("column contact_info is needed: the phone number or other address");
  if (!has("tz_name") && !has("tz_dbid")) problem("column tz_name (or tz_dbid) is needed: the contact's time zone");
  if (has("tz_name") && has("tz_dbid")) problem("tz_name and tz_dbid say the same: one of them is enough");
  if (!list.customer_id_field.empty() && has(list.customer_id_field) && has("customer_id")) {
    problem(fmt::format("customer_id and {} say the same: one of them is enough", list.customer_id_field));
  }
  if (problems.empty()) return bound;
  return fail(Errc::invalid, "{}", problems);
}

// The column of the file that holds the customer id; empty when none does.
std::string_view customer_column(const CallingList& list, const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    if (name == "customer_id" || (!list.customer_id_field.empty() && name == list.customer_id_field)) return name;
  }
  return {};
}

Result<> check_chain_by(const CallingList& list, const std::vector<std::string>& columns, std::string_view chain_by) {
  std::string valid = list.customer_id_field.empty() ? "customer_id" : "customer_id or " + list.customer_id_field;
  if (chain_by != "customer_id" && (list.customer_id_field.empty() || chain_by != list.customer_id_field)) {
    return fail(Errc::invalid, "--chain-by must name the column with the customer id, in calling list \"{}\" {}",
                list.name, valid);
  }
  if (std::ranges::find(columns, chain_by) == columns.end()) {
    std::string_view other = customer_column(list, columns);
    return fail(Errc::invalid, "--chain-by {}: the file has no such column{}", chain_by,
                other.empty() ? std::string() : fmt::format("; {} is there", other));
  }
  if (std::ranges::find(columns, "chain_id") != columns.end()) {
    return fail(Errc::invalid, "--chain-by and column chain_id contradict each other: leave one out (--skip chain_id)");
  }
  return {};
}

// --- Rows ------------------------------------------------------------------------------------------------------------

// Makes records of rows. Errors of Errc::invalid are the row's; column() then says which value is meant.
class RowReader {
 public:
  struct Options {
    std::string_view chain_by;        // column; empty for none
    bool again = false;               // the rows were taken before, and are only to be judged as they were then
    const DryRun* dry_run = nullptr;  // what would be in the store besides
    DueRule due;
  };

  RowReader(RecordStore& store, const Catalogue& catalogue, const CallingList& list, std::vector<BoundColumn> columns,
            Options options)
      : store_(store), catalogue_(catalogue), list_(list), columns_(std::move(columns)), options_(options) {
    for (const TimeZone& zone : catalogue.time_zones) {
      zones_by_name_.emplace(zone.name, zone.dbid);
      zone_dbids_.insert(zone.dbid);
    }
  }

  // All of the record but record_id, and chain_id 0 for a new chain.
  Result<Record> read(const protocol::ImportRow& row) {
    column_ = {};
    if (row.values.size() != columns_.size()) {
      return fail(Errc::invalid, "the row has {} values; {} columns are named", row.values.size(), columns_.size());
    }
    Record record;
    record.list_dbid = list_.dbid;
    record.daily_from = list_.daily_from;
    record.daily_till = list_.daily_till;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      column_ = columns_[i].name;
      if (auto put = put_value(columns_[i], row.values[i], record); !put) return fail(std::move(put.error()));
    }
    if (auto checked = check(record); !checked) return fail(std::move(checked.error()));
    if (auto checked = check_schedule(record); !checked) return fail(std::move(checked.error()));
    if (auto put = put_custom(row, record); !put) return fail(std::move(put.error()));
    if (auto chosen = choose_campaign(record); !chosen) return fail(std::move(chosen.error()));
    if (auto joined = join_chain(record); !joined) return fail(std::move(joined.error()));
    return record;
  }

  // Of the row that was refused last; empty when no single one is at fault.
  [[nodiscard]] std::string_view column() const { return column_; }

 private:
  // The first of these columns that the file has is at fault.
  template <class... Args>
  Failure reject(std::initializer_list<std::string_view> columns, fmt::format_string<Args...> text, Args&&... args) {
    column_ = {};
    for (std::string_view name : columns) {
      auto found = std::ranges::find(columns_, name, &BoundColumn::name);
      if (column_.empty() && found != columns_.end()) column_ = found->name;
    }
    return fail(Errc::invalid, text, std::forward<Args>(args)...);
  }

  Result<> put_value(const BoundColumn& column, const std::string& value, Record& record) {
    if (!is_utf8(value) || value.find('\0') != std::string::npos) {
      return fail(Errc::invalid, "{} must be UTF-8 text without NUL characters", column.name);
    }
    if (column.target == Target::custom) return {};
    if (column.target == Target::column) return set_column(*column.column, record, value);
    auto found = zones_by_name_.find(value);
    if (found == zones_by_name_.end()) {
      return fail(Errc::invalid, "tz_name must be the name of a time zone of the catalogue, and \"{}\" is none{}",
                  excerpt(value, kValueBytesShown), nearest_zone_hint(catalogue_, value));
    }
    record.tz_dbid = found->second;
    return {};
  }

  Result<> put_custom(const protocol::ImportRow& row, Record& record) {
    std::size_t fields = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].target != Target::custom || row.values[i].empty()) continue;
      if (fields++ == 0) json_.begin_object();
      json_.key(columns_[i].name).value(row.values[i]);
      bool names_customer = columns_[i].name == list_.customer_id_field && !is_blank(row.values[i]);
      if (names_customer) record.customer_id = row.values[i];
    }
    if (fields > 0) record.custom = json_.end_object().take();
    if (record.custom.size() > kCustomBytesMax) {
      return reject({}, "the custom fields must fit into {} bytes of JSON", kCustomBytesMax);
    }
    if (record.customer_id.size() > kCustomerIdBytesMax) {
      return reject({list_.customer_id_field}, "{} must have at most {} bytes", list_.customer_id_field,
                    kCustomerIdBytesMax);
    }
    return {};
  }

  Result<> check(const Record& record) {
    using protocol::RecordStatus;
    if (std::string problem = contact_problem(record.contact_info_type, record.contact_info); !problem.empty()) {
      return reject({"contact_info"}, "contact_info {}", problem);
    }
    if (!zone_dbids_.contains(record.tz_dbid)) {
      return reject({"tz_dbid"}, "tz_dbid must be the DBID of a time zone of the catalogue");
    }
    if (record.daily_from >= record.daily_till) {
      return reject({"daily_from", "daily_till"},
                    "daily_from must be less than daily_till; the window would be {} to {}", record.daily_from,
                    record.daily_till);
    }
    if (record.record_status == static_cast<std::int32_t>(RecordStatus::retrieved)) {
      return reject({"record_status"}, "record_status must not be Retrieved: nobody would hold its handle");
    }
    if (is_personal(record) && record.agent_id.empty()) {
      return reject({"agent_id", "record_type"}, "agent_id must not be empty for the personal record types 4 and 5");
    }
    return {};
  }

  Result<> check_schedule(const Record& record) {
    if (!is_waiting_callback(record)) return {};
    auto zone = std::ranges::find(catalogue_.time_zones, record.tz_dbid, &TimeZone::dbid);
    auto due = check_due(options_.due, record.dial_sched_time, &*zone);
    if (due) return {};
    auto taken = was_taken(record);
    if (!taken) return fail(std::move(taken.error()));
    if (*taken) return {};
    return reject({"dial_sched_time"}, "dial_sched_time {}", due.error().text);
  }

  // What was due when it was taken may be overdue when it is judged again.
  Result<bool> was_taken(const Record& record) {
    if (!options_.again) return false;
    RecordFilter filter;
    filter.contact = record.contact_info;
    filter.due_from = filter.due_till = record.dial_sched_time;
    filter.limit = 1;
    auto page = store_.records(list_.dbid, filter);
    if (!page) return fail(std::move(page.error()));
    return !page->records.empty();
  }

  // Campaign callbacks are offered to groups of their campaign only.
  Result<> choose_campaign(Record& record) {
    if (record.campaign_dbid != 0 || !is_callback(record) || is_personal(record)) return {};
    std::vector<std::int64_t> campaigns;
    for (const Campaign& campaign : catalogue_.campaigns) {
      auto found = std::ranges::find(campaign.lists, list_.dbid, &CampaignList::list_dbid);
      if (found != campaign.lists.end()) campaigns.push_back(campaign.dbid);
    }
    if (campaigns.size() != 1) {
      return reject({"campaign_id", "record_type"},
                    "campaign_id is needed for the campaign record types 3 and 6: {} campaigns use the calling list",
                    campaigns.empty() ? "no" : "several");
    }
    record.campaign_dbid = campaigns.front();
    return {};
  }

  Result<> join_chain(Record& record) {
    bool by_customer = record.chain_id == 0 && !options_.chain_by.empty() && !record.customer_id.empty();
    if (by_customer) {
      auto chain = store_.chain_of_customer(list_.dbid, record.customer_id);
      if (!chain) return fail(std::move(chain.error()));
      record.chain_id = *chain;
    }
    const std::initializer_list<std::string_view> at = {by_customer ? options_.chain_by : "chain_id"};
    if (record.chain_id == 0) {
      return by_customer && not_stored(record) >= kChainRecordsMax ? check_full_chain(record, at) : Result<>();
    }
    auto last = store_.last_in_chain(list_.dbid, record.chain_id);
    if (!last) return fail(std::move(last.error()));
    if (!*last) return reject(at, "chain_id must be a chain of this calling list, or empty for a new one");
    record.chain_n = **last + 1 + not_stored(record);
    if (record.chain_n >= kChainRecordsMax) return check_full_chain(record, at);
    return hold_with_chain(record);
  }

  // A row that was taken before may be the one that filled the chain.
  Result<> check_full_chain(const Record& record, std::initializer_list<std::string_view> at) {
    if (options_.again) {
      auto rows = store_.chain(list_.dbid, record.chain_id, kChainRecordsMax);
      if (!rows) return fail(std::move(rows.error()));
      // Not by the contact's key: it is this very row that is looked for.
      if (std::ranges::find(*rows, record.contact_info, &Record::contact_info) != rows->end()) return {};
    }
    return reject(at, "the chain is full: a chain has at most {} records", kChainRecordsMax);
  }

  // Rows of its chain that a dry run let pass.
  [[nodiscard]] std::int32_t not_stored(const Record& record) const {
    return options_.dry_run ? options_.dry_run->rows_in_chain(record.chain_id, record.customer_id) : 0;
  }

  // While somebody calls a customer, nobody else is to be given another number of his.
  Result<> hold_with_chain(Record& record) {
    if (record.record_status != static_cast<std::int32_t>(protocol::RecordStatus::ready)) return {};
    auto holder = store_.chain_holder(list_.dbid, record.chain_id);
    if (!holder) return fail(std::move(holder.error()));
    record.handle = *holder;
    return {};
  }

  RecordStore& store_;
  const Catalogue& catalogue_;
  const CallingList& list_;
  const std::vector<BoundColumn> columns_;
  const Options options_;
  std::string_view column_;
  std::unordered_map<std::string, std::int64_t> zones_by_name_;
  std::unordered_set<std::int64_t> zone_dbids_;
  JsonWriter json_;
};

struct PieceOutcome {
  std::uint64_t imported = 0;
  std::string rejected;  // JSON
  PieceNotes notes;
};

// Judges the rows of one piece, and inserts the good ones under identifiers taken for all at once; those of rows that
// are not stored are never used.
class Piece {
 public:
  struct Options {
    Duplicates duplicates = Duplicates::keep;
    const PieceNotes* again = nullptr;  // the rows were taken before: as duplicates they would meet themselves
    DryRun* dry_run = nullptr;          // nothing is stored
    bool chained = false;
  };

  Piece(RecordStore& store, const Options& options) : store_(store), options_(options) { rejected_.begin_array(); }

  Result<PieceOutcome> take(RowReader& reader, const std::vector<protocol::ImportRow>& rows) {
    bool stores = !options_.again && !options_.dry_run && !rows.empty();
    auto first = stores ? store_.take_ids(IdKind::record, static_cast<std::int64_t>(rows.size())) : 0;
    if (!first) return fail(std::move(first.error()));
    next_id_ = *first;
    for (const protocol::ImportRow& row : rows) {
      if (auto taken = take(reader, row); !taken) return fail(std::move(taken.error()));
    }
    outcome_.rejected = rejected_.end_array().take();
    if (options_.again) outcome_.notes = *options_.again;
    return std::move(outcome_);
  }

 private:
  Result<> take(RowReader& reader, const protocol::ImportRow& row) {
    auto record = reader.read(row);
    if (!record && record.error().code != Errc::invalid) return fail(std::move(record.error()));
    if (!record) {
      reject(row.line, reader.column(), record.error().text);
      return {};
    }
    if (options_.again) {
      bool refused = std::ranges::find(options_.again->refused, row.line) != options_.again->refused.end();
      if (refused) reject(row.line, "contact_info", kDuplicate);
      return {};
    }
    auto wanted = judge_duplicate(row.line, *record);
    if (!wanted) return fail(std::move(wanted.error()));
    return *wanted ? keep(*record) : Result<>();
  }

  void reject(std::uint64_t line, std::string_view column, std::string_view reason) {
    rejected_.begin_object().member("line", line).member("column", column).member("reason", reason).end_object();
  }

  // Whether the row is to be imported.
  Result<bool> judge_duplicate(std::uint64_t line, const Record& record) {
    RecordFilter filter;
    filter.contact = record.contact_info;
    filter.limit = 1;
    auto page = store_.records(record.list_dbid, filter);
    if (!page) return fail(std::move(page.error()));
    bool there = !page->records.empty() || (options_.dry_run && options_.dry_run->has_contact(record.contact_info));
    if (!there) return true;
    if (options_.duplicates == Duplicates::refuse) {
      reject(line, "contact_info", kDuplicate);
      outcome_.notes.refused.push_back(line);
      return false;
    }
    ++outcome_.notes.duplicates;
    return options_.duplicates == Duplicates::keep;
  }

  Result<> keep(Record& record) {
    if (!window_doubt(record.daily_from, record.daily_till).empty()) ++outcome_.notes.odd_windows;
    ++outcome_.imported;
    if (options_.dry_run) return options_.dry_run->take(record, options_.chained);
    record.record_id = next_id_++;
    if (record.chain_id == 0) record.chain_id = record.record_id;
    return store_.insert_record(record);
  }

  RecordStore& store_;
  const Options options_;
  std::int64_t next_id_ = 0;
  PieceOutcome outcome_;
  JsonWriter rejected_;
};

// --- Arguments and replies -------------------------------------------------------------------------------------------

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

bool flag_argument(const JsonValue& arguments, std::string_view name) {
  const JsonValue* value = arguments.find(name);
  const auto* flag = value ? std::get_if<bool>(&value->value) : nullptr;
  return flag && *flag;
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
    if (auto checked = check_chain_by(list, columns, *chain_by); !checked) return fail(std::move(checked.error()));
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
    if (!known) return fail(std::move(known.error()));
    if (*known) return std::move(**known);
  }
  return new_import(store, list, source, manner);
}

Result<PieceOutcome> take_piece(RecordStore& store, std::int64_t list_dbid, const OpenedImport& opened,
                                const protocol::ImportRows& rows, const ImportManner& manner, const PieceNotes* again,
                                const DueRule& due) {
  // Read each time: `apply` may have changed the list meanwhile.
  auto catalogue = store.catalogue();
  if (!catalogue) return fail(std::move(catalogue.error()));
  auto list = std::ranges::find(catalogue->lists, list_dbid, &CallingList::dbid);
  if (list == catalogue->lists.end()) return fail(Errc::not_found, "the calling list of the import is gone");
  auto bound = bind_columns(*list, opened.columns);
  if (!bound) return fail(std::move(bound.error()));
  std::string_view chain_by = manner.chained ? customer_column(*list, opened.columns) : std::string_view();
  if (manner.chained && chain_by.empty()) {
    return fail(Errc::invalid, "none of the columns holds the customer id of calling list \"{}\" any more", list->name);
  }
  RowReader reader(store, *catalogue, *list, std::move(*bound),
                   {chain_by, again != nullptr, opened.dry_run.get(), due});
  Piece piece(store, {manner.duplicates, again, opened.dry_run.get(), manner.chained});
  return piece.take(reader, rows.rows);
}

}  // namespace

Result<OpenedImport> run_import_open(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return fail(std::move(catalogue.error()));
  auto list = list_argument(*catalogue, arguments);
  if (!list) return fail(std::move(list.error()));
  auto columns = columns_argument(arguments);
  if (!columns) return fail(std::move(columns.error()));
  if (auto bound = bind_columns(**list, *columns); !bound) return fail(std::move(bound.error()));
  const std::string* source = text_argument(arguments, "source");
  if (!source || source->empty() || source->size() > kSourceBytesMax) {
    return fail(Errc::invalid, "argument source must be a text of 1 to {} bytes", kSourceBytesMax);
  }
  auto manner = manner_argument(**list, *columns, arguments);
  if (!manner) return fail(std::move(manner.error()));
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
    if (!begun) return fail(std::move(begun.error()));
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
    auto piece = take_piece(store, opened.dry_list_dbid, opened, rows, opened.dry_manner, nullptr, due);
    if (!piece) return fail(std::move(piece.error()));
    return describe(*piece);
  }
  auto state = find_import(store, rows.import_id);
  if (!state) return fail(std::move(state.error()));
  bool is_new = rows.next_offset > state->next_offset;
  if (is_new && state->finished) return fail(Errc::invalid, "import {} is finished", rows.import_id);
  if (is_new && rows.offset != state->next_offset) {
    return fail(Errc::invalid,
                "these rows begin at byte {} of the file and the import stands at byte {}; start it again", rows.offset,
                state->next_offset);
  }
  auto notes = is_new ? Result<PieceNotes>(PieceNotes()) : kept_notes(store, rows);
  if (!notes) return fail(std::move(notes.error()));
  auto piece = take_piece(store, state->list_dbid, opened, rows, manner_of(*state), is_new ? nullptr : &*notes, due);
  if (!piece) return fail(std::move(piece.error()));
  if (is_new) {
    state->next_offset = rows.next_offset;
    state->next_line = rows.next_line;
    state->rows += piece->imported;
    if (auto put = store.put_import(*state); !put) return fail(std::move(put.error()));
    if (auto kept = keep_notes(store, rows, piece->notes, due.now); !kept) return fail(std::move(kept.error()));
  }
  return describe(*piece);
}

Result<std::string> run_import_finish(RecordStore& store, const JsonValue& arguments) {
  auto id = integer_argument(arguments, "import_id");
  if (!id) return fail(std::move(id.error()));
  auto state = find_import(store, *id);
  if (!state) return fail(std::move(state.error()));
  state->finished = true;
  if (auto put = store.put_import(*state); !put) return fail(std::move(put.error()));
  JsonWriter reply;
  return reply.begin_object().member("rows", state->rows).end_object().take();
}

}  // namespace outpost::supervisor
