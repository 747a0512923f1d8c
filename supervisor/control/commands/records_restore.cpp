// records-restore: records become again what an undo file says that they were.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/excerpt.h"
#include "common/text.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/commands/record_columns.h"
#include "supervisor/control/commands/record_edit.h"
#include "supervisor/engine/custom_fields.h"

namespace outpost::supervisor {

namespace {

// In one transaction; each record is looked up by itself.
constexpr std::size_t kRestoredMax = 50;

using Texts = std::vector<std::string>;

// A row of the file: the record as it was, and what the command made of it.
struct Saved {
  Record record;
  std::string after;  // record_digest(); empty for one that was deleted
  std::string tz_name;
  std::string tz_dbid;  // empty in a file from before there was `undo_tz`
};

Result<Texts> texts_of(const JsonValue* given) {
  Texts texts;
  const auto* all = given ? std::get_if<JsonValue::Array>(&given->value) : nullptr;
  if (!all) return fail(Errc::invalid, "columns and rows must be lists of texts");
  for (const JsonValue& one : *all) {
    const auto* text = std::get_if<std::string>(&one.value);
    if (!text) return fail(Errc::invalid, "columns and rows must be lists of texts");
    texts.push_back(*text);
  }
  return texts;
}

class Restore {
 public:
  Restore(RecordStore& store, const Catalogue& catalogue, const CallingList& list)
      : store_(store), catalogue_(catalogue), list_(list) {}

  Result<> take(const Texts& columns, const std::vector<Texts>& rows) {
    std::vector<Saved> all;
    for (const Texts& values : rows) {
      auto saved = read(columns, values);
      if (saved) {
        all.push_back(std::move(*saved));
      } else if (auto refused = refuse(id_of(columns, values), saved.error()); !refused) {
        return refused;
      }
    }
    if (auto ahead = read_ahead(all); !ahead) return ahead;
    for (Saved& saved : all) {
      auto done = put_back(saved);
      if (done) {
        ++counts_[*done];
      } else if (auto refused = refuse(saved.record.record_id, done.error()); !refused) {
        return refused;
      }
    }
    return {};
  }

  [[nodiscard]] std::string reply() const {
    JsonWriter reply;
    reply.begin_object().member("list", list_.name);
    for (const char* name : {"restored", "unchanged", "held", "do_not_call", "meanwhile", "refused"}) {
      auto found = counts_.find(name);
      reply.member(name, found == counts_.end() ? std::int64_t{0} : found->second);
    }
    return reply.key("reasons").raw("[" + reasons_ + "]").end_object().take();
  }

 private:
  // An error that is the row's is told; others pass.
  Result<> refuse(std::int64_t record_id, const Error& error) {
    if (error.code != Errc::invalid) return fail(error);
    ++counts_["refused"];
    JsonWriter json;
    json.begin_object().member("record_id", record_id).member("reason", error.text).end_object();
    reasons_ += (reasons_.empty() ? "" : ",") + json.take();
    return {};
  }

  // Of a row that cannot be read; 0 when it says none.
  static std::int64_t id_of(const Texts& columns, const Texts& values) {
    auto at = static_cast<std::size_t>(std::ranges::find(columns, "record_id") - columns.begin());
    return at < std::min(columns.size(), values.size()) ? parse_integer(values[at]).value_or(0) : 0;
  }

  // What hindrance_of() will look up, in one go.
  Result<> read_ahead(const std::vector<Saved>& all) {
    if (!store_.reads_ahead()) return {};
    Foresight foresight;
    for (const Saved& saved : all) {
      if (saved.record.record_status != static_cast<std::int32_t>(protocol::RecordStatus::ready)) continue;
      foresight.joined_chains.emplace_back(list_.dbid, saved.record.chain_id);
      foresee_listed(foresight, list_, saved.record);
    }
    return foresight.empty() ? Result<>() : store_.read_ahead(foresight);
  }

  Result<Saved> read(const Texts& columns, const Texts& values) const {
    Saved saved;
    saved.record.list_dbid = list_.dbid;
    if (values.size() != columns.size())
      return fail(Errc::invalid, "a row has {} values, not {}", values.size(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!is_plain_text(values[i])) return fail(Errc::invalid, "{} must be UTF-8 text", columns[i]);
      if (auto put = put_value(columns[i], values[i], saved); !put) return pass(put);
    }
    if (auto put = put_zone(saved); !put) return pass(put);
    if (saved.record.record_id == 0 || saved.record.chain_id == 0) {
      return fail(Errc::invalid, "record_id and chain_id are needed");
    }
    auto fields = custom_fields_of(saved.record);
    if (!fields) return fail(Errc::invalid, "undo_custom must be a JSON object");
    if (saved.record.custom.size() > kCustomBytesMax) return fail(Errc::invalid, "undo_custom is too long");
    bool held = !status_problem(saved.record).empty();
    if (held) return fail(Errc::invalid, "record_status must not be Retrieved: nobody would hold the record's handle");
    return saved;
  }

  Result<> put_value(const std::string& name, const std::string& value, Saved& saved) const {
    if (name == "undo_after") {
      saved.after = value;
    } else if (name == "undo_custom") {
      saved.record.custom = value;
    } else if (name == "undo_tz") {
      saved.tz_dbid = value;
    } else if (name == "tz_name") {
      saved.tz_name = value;
    } else if (const RecordColumn* column = find_record_column(name); column && column->name != "handle") {
      return set_column(*column, saved.record, value);
    } else {
      return fail(Errc::invalid, "column \"{}\" is none of an undo file", name);
    }
    return {};
  }

  // By DBID where the file says it: the name may be another zone's by now.
  Result<> put_zone(Saved& saved) const {
    const auto& zones = catalogue_.time_zones;
    auto dbid = parse_integer(saved.tz_dbid);
    auto zone = saved.tz_dbid.empty() ? std::ranges::find(zones, saved.tz_name, &TimeZone::name)
                : dbid                ? std::ranges::find(zones, *dbid, &TimeZone::dbid)
                                      : zones.end();
    if (zone == zones.end()) {
      bool named = saved.tz_dbid.empty();
      return fail(Errc::invalid, "{} \"{}\" is no time zone of the catalogue", named ? "tz_name" : "undo_tz",
                  excerpt(named ? saved.tz_name : saved.tz_dbid));
    }
    saved.record.tz_dbid = zone->dbid;
    return {};
  }

  // One that was deleted may have come back at another place of its chain (see insert()).
  static bool is_back(const Saved& saved, const Record& now) {
    Record before = saved.record;
    if (saved.after.empty()) before.chain_n = now.chain_n;
    return record_digest(before) == record_digest(now);
  }

  // The name of the count that the row belongs to.
  Result<std::string_view> put_back(Saved& saved) {
    Record& before = saved.record;
    auto found = store_.record(list_.dbid, before.record_id);
    if (!found) return pass(found);
    if (!*found && !saved.after.empty()) return "meanwhile";
    if (*found) {
      const Record& now = **found;
      if (is_back(saved, now)) return "unchanged";
      if (now.handle != 0) return "held";
      if (record_digest(now) != saved.after) return "meanwhile";
      if (before.chain_id != now.chain_id || before.chain_n != now.chain_n) {
        return fail(Errc::invalid, "a record stays in its chain: chain_id and chain_n are not those of the record");
      }
    }
    auto hindrance = hindrance_of(before, *found ? &**found : nullptr);
    if (!hindrance || !hindrance->empty()) return hindrance;
    if (*found) {
      if (auto done = store_.update_record(**found, before); !done) return pass(done);
    } else if (auto done = insert(before); !done) {
      return pass(done);
    }
    return "restored";
  }

  // Of a record that becomes Ready, or is somebody else's again.
  Result<std::string_view> hindrance_of(const Record& before, const Record* now) {
    auto ready = static_cast<std::int32_t>(protocol::RecordStatus::ready);
    bool was_ready = now && now->record_status == ready;
    if (before.record_status != ready) return "";
    if (was_ready && now->contact_info == before.contact_info && now->customer_id == before.customer_id) return "";
    auto holder = store_.chain_holder(list_.dbid, before.chain_id);
    if (!holder) return pass(holder);
    if (*holder != 0) return "held";
    auto listed = may_not_be_called(store_, list_, before);
    if (!listed) return pass(listed);
    return *listed ? "do_not_call" : "";
  }

  // A number that was never given out would meet the one that gets it some day.
  Result<> check_number(const Record& record) {
    if (next_id_ == 0) {
      auto next = store_.take_ids(IdKind::record, 1);
      if (!next) return pass(next);
      next_id_ = *next;
    }
    if (record.record_id < next_id_ && record.chain_id <= record.record_id) return {};
    return fail(Errc::invalid, "this store never had a record of this number in such a chain");
  }

  // Its place in the chain may have been taken since.
  Result<> insert(Record& record) {
    if (auto checked = check_number(record); !checked) return checked;
    auto chain = store_.chain(list_.dbid, record.chain_id, protocol::kChainRecordsMax);
    if (!chain) return pass(chain);
    if (std::ranges::find(*chain, record.chain_n, &Record::chain_n) != chain->end()) {
      record.chain_n = chain->back().chain_n + 1;
    }
    if (chain->size() >= static_cast<std::size_t>(protocol::kChainRecordsMax)) {
      return fail(Errc::invalid, "its chain is full: one has at most {} records", protocol::kChainRecordsMax);
    }
    return store_.insert_record(record);
  }

  RecordStore& store_;
  const Catalogue& catalogue_;
  const CallingList& list_;
  std::int64_t next_id_ = 0;  // 0: not asked for yet
  std::unordered_map<std::string_view, std::int64_t> counts_;
  std::string reasons_;
};

}  // namespace

// Only records that are still what the command left them are changed, so that what happened since is not lost.
Result<std::string> run_records_restore(RecordStore& store, const JsonValue& arguments) {
  auto catalogue = store.catalogue();
  if (!catalogue) return pass(catalogue);
  auto list = list_argument(*catalogue, arguments);
  if (!list) return pass(list);
  auto columns = texts_of(arguments.find("columns"));
  if (!columns) return pass(columns);
  const JsonValue* given = arguments.find("rows");
  const auto* rows = given ? std::get_if<JsonValue::Array>(&given->value) : nullptr;
  if (!rows || rows->size() > kRestoredMax) {
    return fail(Errc::invalid, "argument rows must be a list of at most {} rows", kRestoredMax);
  }
  std::vector<Texts> all;
  for (const JsonValue& row : *rows) {
    auto values = texts_of(&row);
    if (!values) return pass(values);
    all.push_back(std::move(*values));
  }
  Restore restore(store, *catalogue, **list);
  if (auto taken = restore.take(*columns, all); !taken) return pass(taken);
  return bounded_reply(restore.reply());
}

}  // namespace outpost::supervisor
