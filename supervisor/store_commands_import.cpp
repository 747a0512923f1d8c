// import-open, ImportRows, import-finish.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/text.h"
#include "common/unicode.h"
#include "supervisor/chain_edit.h"
#include "supervisor/record_columns.h"
#include "supervisor/record_rules.h"
#include "supervisor/requests.h"
#include "supervisor/store_commands.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kColumnsMax = 512;  // as many keys as a request body may have (ocs.md 2.1)
constexpr std::size_t kSourceBytesMax = 256;
// Behind the source of an import that forms chains by customer: so it is durable, and known with each piece.
constexpr std::string_view kChainedMark = " chain-by-customer";

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
    std::string_view chain_by;  // column; empty for none
    bool again = false;         // the rows were taken before, and are only to be judged as they were then
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
      return fail(Errc::invalid, "tz_name must be the name of a time zone of the catalogue");
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
    if (record.chain_id == 0) return {};
    const std::initializer_list<std::string_view> at = {by_customer ? options_.chain_by : "chain_id"};
    auto last = store_.last_in_chain(list_.dbid, record.chain_id);
    if (!last) return fail(std::move(last.error()));
    if (!*last) return reject(at, "chain_id must be a chain of this calling list, or empty for a new one");
    record.chain_n = **last + 1;
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
    return reject(at, "chain {} is full: a chain has at most {} records", record.chain_id, kChainRecordsMax);
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

// Inserts under identifiers taken for all rows at once; those of rejected rows are never used.
class Piece {
 public:
  Piece(RecordStore& store, bool store_rows) : store_(store), store_rows_(store_rows) { rejected_.begin_array(); }

  Result<> take(RowReader& reader, const std::vector<protocol::ImportRow>& rows) {
    if (rows.empty()) return {};
    auto first = store_rows_ ? store_.take_ids(IdKind::record, static_cast<std::int64_t>(rows.size())) : 0;
    if (!first) return fail(std::move(first.error()));
    std::int64_t id = *first;
    for (const protocol::ImportRow& row : rows) {
      auto record = reader.read(row);
      if (!record) {
        if (record.error().code != Errc::invalid) return fail(std::move(record.error()));
        rejected_.begin_object().member("line", row.line).member("column", reader.column());
        rejected_.member("reason", record.error().text).end_object();
        continue;
      }
      if (!store_rows_) continue;
      record->record_id = id++;
      if (record->chain_id == 0) record->chain_id = record->record_id;
      if (auto inserted = store_.insert_record(*record); !inserted) return inserted;
      ++imported_;
    }
    return {};
  }

  [[nodiscard]] std::uint64_t imported() const { return imported_; }
  std::string reply() {
    JsonWriter reply;
    reply.begin_object().member("imported", imported_).key("rejected").raw(rejected_.end_array().take());
    return reply.end_object().take();
  }

 private:
  RecordStore& store_;
  const bool store_rows_;
  std::uint64_t imported_ = 0;
  JsonWriter rejected_;
};

// --- Where an import stands ------------------------------------------------------------------------------------------

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

bool is_chained(const ImportState& state) { return state.source.ends_with(kChainedMark); }

Result<ImportState> new_import(RecordStore& store, const CallingList& list, std::string source) {
  auto id = store.take_ids(IdKind::import, 1);
  if (!id) return fail(std::move(id.error()));
  ImportState state;
  state.import_id = *id;
  state.list_dbid = list.dbid;
  state.source = std::move(source);
  state.next_line = 1;
  if (auto put = store.put_import(state); !put) return fail(std::move(put.error()));
  return state;
}

// The last import of this source, chained or not.
Result<std::optional<ImportState>> last_import(RecordStore& store, const CallingList& list, const std::string& source) {
  auto plain = store.find_import(list.dbid, source);
  if (!plain) return plain;
  auto chained = store.find_import(list.dbid, source + std::string(kChainedMark));
  if (!chained || !*chained) return chained ? std::move(plain) : std::move(chained);
  return *plain && (*plain)->import_id > (*chained)->import_id ? plain : chained;
}

// The import that goes on; nothing when one is to begin.
Result<std::optional<ImportState>> resumed_import(RecordStore& store, const CallingList& list,
                                                  const std::string& source, bool chained) {
  auto known = last_import(store, list, source);
  if (!known || !*known) return known;
  if ((*known)->finished) {
    return fail(Errc::exists, "this file was imported into \"{}\" before ({} rows); --restart imports it once more",
                list.name, (*known)->rows);
  }
  if (is_chained(**known) != chained) {
    return fail(Errc::exists,
                "the import of this file into \"{}\" began {} --chain-by and stands at {} rows: it goes on only so; "
                "--restart begins another, beside the rows that are there",
                list.name, chained ? "without" : "with", (*known)->rows);
  }
  return known;
}

Result<ImportState> find_import(RecordStore& store, std::int64_t import_id) {
  auto state = store.import(import_id);
  if (!state) return fail(std::move(state.error()));
  if (!*state) return fail(Errc::not_found, "there is no import {}", import_id);
  return std::move(**state);
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
  const std::string* chain_by = text_argument(arguments, "chain_by");
  if (chain_by) {
    if (auto checked = check_chain_by(**list, *columns, *chain_by); !checked) return fail(std::move(checked.error()));
  }
  const JsonValue* restart = arguments.find("restart");
  const auto* again = restart ? std::get_if<bool>(&restart->value) : nullptr;

  Result<std::optional<ImportState>> known;
  if (!again || !*again) known = resumed_import(store, **list, *source, chain_by != nullptr);
  if (!known) return fail(std::move(known.error()));
  auto state = *known ? Result<ImportState>(std::move(**known))
                      : new_import(store, **list, *source + std::string(chain_by ? kChainedMark : ""));
  if (!state) return fail(std::move(state.error()));
  return OpenedImport{describe(*state), state->import_id, std::move(*columns)};
}

Result<std::string> run_import_rows(RecordStore& store, const std::vector<std::string>& columns,
                                    const protocol::ImportRows& rows, const DueRule& due) {
  if (rows.rows.size() > kImportRowsMax) {
    return fail(Errc::limit, "a piece of an import must have at most {} rows", kImportRowsMax);
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
  // Read each time: `apply` may have changed the list meanwhile.
  auto catalogue = store.catalogue();
  if (!catalogue) return fail(std::move(catalogue.error()));
  auto list = std::ranges::find(catalogue->lists, state->list_dbid, &CallingList::dbid);
  if (list == catalogue->lists.end()) return fail(Errc::not_found, "the calling list of the import is gone");
  auto bound = bind_columns(*list, columns);
  if (!bound) return fail(std::move(bound.error()));

  std::string_view chain_by = is_chained(*state) ? customer_column(*list, columns) : std::string_view();
  if (is_chained(*state) && chain_by.empty()) {
    return fail(Errc::invalid, "none of the columns holds the customer id of calling list \"{}\" any more", list->name);
  }

  RowReader reader(store, *catalogue, *list, std::move(*bound), {chain_by, !is_new, due});
  Piece piece(store, is_new);
  if (auto taken = piece.take(reader, rows.rows); !taken) return fail(std::move(taken.error()));
  if (is_new) {
    state->next_offset = rows.next_offset;
    state->next_line = rows.next_line;
    state->rows += piece.imported();
    if (auto put = store.put_import(*state); !put) return fail(std::move(put.error()));
  }
  return piece.reply();
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
