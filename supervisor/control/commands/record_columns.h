// The columns of a calling-list record as people meet them, in imports and in listings. Source: ocs.md 4.1.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/error.h"
#include "common/json.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct RecordColumn {
  std::string_view name;
  std::variant<std::int32_t Record::*, std::int64_t Record::*, std::string Record::*> member;
  std::int64_t high = 0;      // of integers, which begin at 0
  std::size_t bytes_max = 0;  // of texts
  const protocol::Enumeration& (*enumeration)() = nullptr;
  bool importable = true;      // false: the store or the engine gives the value
  bool identifies = false;     // somebody: a text that shows nothing names nobody
  std::string_view form = {};  // of a number, with an example
};

// In the order of ocs.md 4.1, then customer_id and handle, which are ours.
std::span<const RecordColumn> record_columns();
const RecordColumn* find_record_column(std::string_view name);

// Puts a text into the record; an empty text leaves the column's default, and so does one that shows nothing where a
// text names somebody (agent_id, customer_id). Errc::invalid says what is valid and never
// repeats what was given.
Result<> set_column(const RecordColumn& column, Record& record, std::string_view text);

// A record as one JSON object: its columns, with tz_name in the place of tz_dbid, and its custom fields under "custom".
// `tz_name` is empty when the time-zone object is gone.
void write_record(JsonWriter& json, const Record& record, std::string_view tz_name);

}  // namespace outpost::supervisor
