#include "supervisor/control/commands/import_rows.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "common/excerpt.h"
#include "common/json.h"
#include "common/unicode.h"
#include "supervisor/control/commands/import_columns.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/engine/custom_fields.h"
#include "supervisor/engine/daily_window.h"
#include "supervisor/engine/zone_names.h"
#include "supervisor/store/contact_key.h"

namespace outpost::supervisor {

namespace {

constexpr std::size_t kValueBytesShown = 32;  // of a value that is refused: a piece may consist of such
constexpr std::string_view kDuplicate = "this contact is in the calling list already, or stands further up in the file";

bool is_storable(std::string_view value) { return is_utf8(value) && value.find('\0') == std::string_view::npos; }

// Makes records of rows. Errors of Errc::invalid are the row's; column() then says which value is meant.
class RowReader {
 public:
  // `chain_by`: a column; empty for none.
  RowReader(RecordStore& store, const Catalogue& catalogue, const CallingList& list, std::vector<BoundColumn> columns,
            std::string_view chain_by, const PieceOptions& options)
      : store_(store),
        catalogue_(catalogue),
        list_(list),
        columns_(std::move(columns)),
        chain_by_(chain_by),
        options_(options) {
    for (const TimeZone& zone : catalogue.time_zones) {
      zones_by_name_.emplace(zone.name, zone.dbid);
      zone_dbids_.insert(zone.dbid);
    }
    for (const Campaign& campaign : catalogue.campaigns) {
      if (uses(campaign, list.dbid)) campaigns_.push_back(campaign.dbid);
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
      if (auto put = put_value(columns_[i], row.values[i], record); !put) return pass(put);
    }
    if (auto checked = check(record); !checked) return pass(checked);
    if (auto checked = check_schedule(record); !checked) return pass(checked);
    if (auto put = put_custom(row, record); !put) return pass(put);
    if (auto chosen = choose_campaign(record); !chosen) return pass(chosen);
    if (auto joined = join_chain(record); !joined) return pass(joined);
    return record;
  }

  // Those of the rows that may become records.
  [[nodiscard]] std::vector<std::string_view> contacts(const std::vector<protocol::ImportRow>& rows) const {
    auto column = std::ranges::find(columns_, "contact_info", &BoundColumn::name);
    auto at = static_cast<std::size_t>(column - columns_.begin());
    std::vector<std::string_view> found;
    for (const protocol::ImportRow& row : rows) {
      if (row.values.size() == columns_.size() && is_storable(row.values[at])) found.emplace_back(row.values[at]);
    }
    return found;
  }

  // What read() will look up of these rows, in one go.
  Result<> read_ahead(const std::vector<protocol::ImportRow>& rows) {
    if (!store_.reads_ahead()) return {};
    Foresight foresight;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      bool customer = columns_[i].name == chain_by_ && !chain_by_.empty();
      bool chain = columns_[i].name == "chain_id";
      if (!customer && !chain) continue;
      for (const protocol::ImportRow& row : rows) {
        if (row.values.size() != columns_.size() || !is_storable(row.values[i])) continue;
        std::int64_t id = 0;
        if (chain) std::from_chars(row.values[i].data(), row.values[i].data() + row.values[i].size(), id);
        if (id != 0) foresight.joined_chains.emplace_back(list_.dbid, id);
        if (customer && !is_blank(row.values[i])) foresight.joined_customers.emplace_back(list_.dbid, row.values[i]);
      }
    }
    return foresight.empty() ? Result<>() : store_.read_ahead(foresight);
  }

  // The one at fault in the row that was refused last; empty when no single one is.
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
    if (!is_storable(value)) {
      return fail(Errc::invalid, "{} must be UTF-8 text without NUL characters", column.name);
    }
    if (column.target == BoundColumn::Target::custom) return {};
    if (column.target == BoundColumn::Target::column) return set_column(*column.column, record, value);
    auto found = zones_by_name_.find(value);
    if (found == zones_by_name_.end()) {
      return fail(Errc::invalid, "tz_name must be the name of a time zone of the catalogue, and \"{}\" is none{}",
                  excerpt(value, kValueBytesShown), nearest_zone_hint(catalogue_, value));
    }
    record.tz_dbid = found->second;
    return {};
  }

  Result<> put_custom(const protocol::ImportRow& row, Record& record) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].target != BoundColumn::Target::custom || row.values[i].empty()) continue;
      custom_.add(columns_[i].name, row.values[i]);
      bool names_customer = columns_[i].name == list_.customer_id_field && !is_blank(row.values[i]);
      if (names_customer) record.customer_id = row.values[i];
    }
    if (std::string problem = custom_.put_into(record); !problem.empty()) return reject({}, "{}", problem);
    if (std::string problem = customer_field_problem(record.customer_id); !problem.empty()) {
      return reject({list_.customer_id_field}, "{} {}", list_.customer_id_field, problem);
    }
    return {};
  }

  Result<> check(const Record& record) {
    if (std::string problem = contact_problem(record.contact_info_type, record.contact_info); !problem.empty()) {
      return reject({"contact_info"}, "contact_info {}", problem);
    }
    if (!zone_dbids_.contains(record.tz_dbid)) {
      return reject({"tz_dbid"}, "tz_dbid must be the DBID of a time zone of the catalogue");
    }
    if (std::string problem = window_problem(record, "daily_till"); !problem.empty()) {
      return reject({"daily_from", "daily_till"}, "daily_from {}", problem);
    }
    if (std::string_view problem = status_problem(record); !problem.empty()) {
      return reject({"record_status"}, "record_status {}", problem);
    }
    if (std::string_view problem = agent_problem(record); !problem.empty()) {
      return reject({"agent_id", "record_type"}, "agent_id {}", problem);
    }
    return {};
  }

  Result<> check_schedule(const Record& record) {
    if (!is_waiting_callback(record)) return {};
    auto zone = std::ranges::find(catalogue_.time_zones, record.tz_dbid, &TimeZone::dbid);
    auto due = check_due(options_.due, record.dial_sched_time, &*zone);
    if (due) return {};
    auto taken = was_taken(record);
    if (!taken) return pass(taken);
    if (*taken) return {};
    return reject({"dial_sched_time"}, "dial_sched_time {}", due.error().text);
  }

  // What was due, or of a campaign of the list, when it was taken need not be so when it is judged again.
  Result<bool> was_taken(const Record& record) {
    if (!options_.again) return false;
    RecordFilter filter;
    filter.contact = record.contact_info;
    filter.due_from = filter.due_till = record.dial_sched_time;
    filter.limit = 1;
    auto page = store_.records(list_.dbid, filter);
    if (!page) return pass(page);
    return !page->records.empty();
  }

  // Campaign callbacks are offered to groups of their campaign only. One that no longer waits may name a campaign that
  // is gone: there it is history (ocs.md 4.1).
  Result<> choose_campaign(Record& record) {
    if (!is_callback(record) || is_personal(record)) return {};
    if (record.campaign_dbid != 0) {
      bool known = std::ranges::find(campaigns_, record.campaign_dbid) != campaigns_.end();
      if (known || !is_waiting_callback(record)) return {};
      auto taken = was_taken(record);
      if (!taken) return pass(taken);
      if (*taken) return {};
      return reject({"campaign_id"}, "campaign_id {}", kForeignCampaign);
    }
    if (campaigns_.size() != 1) {
      return reject({"campaign_id", "record_type"},
                    "campaign_id is needed for the campaign record types 3 and 6: {} campaigns use the calling list",
                    campaigns_.empty() ? "no" : "several");
    }
    record.campaign_dbid = campaigns_.front();
    return {};
  }

  Result<> join_chain(Record& record) {
    bool by_customer = record.chain_id == 0 && !chain_by_.empty() && !record.customer_id.empty();
    if (by_customer) {
      auto chain = store_.chain_of_customer(list_.dbid, record.customer_id);
      if (!chain) return pass(chain);
      record.chain_id = *chain;
    }
    std::int32_t pending = not_stored(record);
    auto problem = record.chain_id == 0 ? full_chain_problem(pending) : supervisor::join_chain(store_, record, pending);
    if (!problem) return pass(problem);
    if (problem->empty()) return {};
    auto joined = has_joined(record);
    if (!joined) return pass(joined);
    if (*joined) return {};
    if (by_customer) return reject({chain_by_}, "the chain of this {} {}", chain_by_, *problem);
    return reject({"chain_id"}, "chain_id {}", *problem);
  }

  // A row that was taken before may be the one that filled the chain.
  Result<bool> has_joined(const Record& record) {
    if (!options_.again) return false;
    auto rows = store_.chain(list_.dbid, record.chain_id, protocol::kChainRecordsMax);
    if (!rows) return pass(rows);
    // Not by the contact's key: it is this very row that is looked for.
    return std::ranges::find(*rows, record.contact_info, &Record::contact_info) != rows->end();
  }

  // Rows of its chain that a dry run let pass.
  [[nodiscard]] std::int32_t not_stored(const Record& record) const {
    return options_.dry_run ? options_.dry_run->rows_in_chain(record.chain_id, record.customer_id) : 0;
  }

  RecordStore& store_;
  const Catalogue& catalogue_;
  const CallingList& list_;
  const std::vector<BoundColumn> columns_;
  const std::string_view chain_by_;
  const PieceOptions& options_;
  std::string_view column_;
  std::unordered_map<std::string, std::int64_t> zones_by_name_;
  std::unordered_set<std::int64_t> zone_dbids_;
  std::vector<std::int64_t> campaigns_;  // that use the list
  CustomFieldWriter custom_;
};

// Judges the rows of one piece of an import into a list, and inserts the good ones under identifiers taken for all at
// once; those of rows that are not stored are never used.
class Piece {
 public:
  Piece(RecordStore& store, std::int64_t list_dbid, const PieceOptions& options)
      : store_(store), list_dbid_(list_dbid), options_(options) {
    rejected_.begin_array();
  }

  Result<PieceOutcome> take(RowReader& reader, const std::vector<protocol::ImportRow>& rows) {
    bool stores = !options_.again && !options_.dry_run && !rows.empty();
    auto first = stores ? store_.take_ids(IdKind::record, static_cast<std::int64_t>(rows.size())) : 0;
    if (!first) return pass(first);
    next_id_ = *first;
    if (auto known = look_up(reader.contacts(rows)); !known) return pass(known);
    if (auto read = reader.read_ahead(rows); !read) return pass(read);
    for (const protocol::ImportRow& row : rows) {
      if (auto taken = take(reader, row); !taken) return pass(taken);
    }
    outcome_.rejected = rejected_.end_array().take();
    if (options_.again) outcome_.notes = *options_.again;
    return std::move(outcome_);
  }

 private:
  Result<> take(RowReader& reader, const protocol::ImportRow& row) {
    auto record = reader.read(row);
    if (!record && record.error().code != Errc::invalid) return pass(record);
    if (!record) {
      reject(row.line, reader.column(), record.error().text);
      return {};
    }
    if (options_.again) {
      // As duplicates they would meet themselves.
      bool refused = std::ranges::find(options_.again->refused, row.line) != options_.again->refused.end();
      if (refused) reject(row.line, "contact_info", kDuplicate);
      return {};
    }
    return judge_duplicate(row.line, *record) ? keep(*record) : Result<>();
  }

  void reject(std::uint64_t line, std::string_view column, std::string_view reason) {
    rejected_.begin_object().member("line", line).member("column", column).member("reason", reason).end_object();
  }

  // All in one go: a look-up for each row would be a round trip for each.
  Result<> look_up(const std::vector<std::string_view>& contacts) {
    if (options_.again) return {};
    auto known = store_.known_contacts(list_dbid_, contacts);
    if (!known) return pass(known);
    known_.swap(*known);
    return {};
  }

  // Whether the row is to be imported; the contact is known to those further down then.
  bool judge_duplicate(std::uint64_t line, const Record& record) {
    bool is_new = known_.insert(contact_key(ContactKind::phone, record.contact_info)).second;
    if (is_new && options_.dry_run) is_new = !options_.dry_run->has_contact(record.contact_info);
    if (is_new) return true;
    if (options_.manner.duplicates == Duplicates::refuse) {
      reject(line, "contact_info", kDuplicate);
      outcome_.notes.refused.push_back(line);
      return false;
    }
    ++outcome_.notes.duplicates;
    return options_.manner.duplicates == Duplicates::keep;
  }

  Result<> keep(Record& record) {
    if (!window_doubt(record.daily_from, record.daily_till).empty()) ++outcome_.notes.odd_windows;
    ++outcome_.imported;
    if (options_.dry_run) return options_.dry_run->take(record, options_.manner.chained);
    record.record_id = next_id_++;
    if (record.chain_id == 0) record.chain_id = record.record_id;
    return store_.insert_record(record);
  }

  RecordStore& store_;
  const std::int64_t list_dbid_;
  const PieceOptions& options_;
  std::unordered_set<std::string> known_;  // contact_key()s that the list has, or rows further up
  std::int64_t next_id_ = 0;
  PieceOutcome outcome_;
  JsonWriter rejected_;
};

}  // namespace

Result<PieceOutcome> take_piece(RecordStore& store, const Catalogue& catalogue, const CallingList& list,
                                const std::vector<std::string>& columns, const std::vector<protocol::ImportRow>& rows,
                                const PieceOptions& options) {
  auto bound = bind_columns(list, columns);
  if (!bound) return pass(bound);
  std::string_view chain_by = options.manner.chained ? customer_column(list, columns) : std::string_view();
  if (options.manner.chained && chain_by.empty()) {
    return fail(Errc::invalid, "none of the columns holds the customer id of calling list \"{}\" any more", list.name);
  }
  RowReader reader(store, catalogue, list, std::move(*bound), chain_by, options);
  return Piece(store, list.dbid, options).take(reader, rows);
}

}  // namespace outpost::supervisor
