// The columns of a calling-list record as people meet them, in imports and in listings, and where they are in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/error.h"
#include "common/json.h"
#include "protocol/outbound/record_columns.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct RecordColumn : protocol::RecordColumn {
  std::variant<std::int32_t Record::*, std::int64_t Record::*, std::string Record::*> member;
};

std::span<const RecordColumn> record_columns();
// nullptr also for what is only stored, which people do not meet.
const RecordColumn* find_record_column(std::string_view name);

// Puts a text into the record; an empty text leaves the column's default, and so does one that shows nothing where a
// text names somebody (agent_id, customer_id). Errc::invalid says what is valid and never
// repeats what was given.
Result<> set_column(const RecordColumn& column, Record& record, std::string_view text);

// A record as one JSON object: its columns, with tz_name in the place of tz_dbid, and its custom fields under "custom".
// `tz_name` is empty when the time-zone object is gone.
void write_record(JsonWriter& json, const Record& record, std::string_view tz_name);

}  // namespace outpost::supervisor
