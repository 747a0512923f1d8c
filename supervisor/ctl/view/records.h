// Records and do-not-call entries, whose replies come page by page.
#pragma once

#include <string>

#include "common/json.h"
#include "supervisor/ctl/view/table.h"

namespace outpost::supervisor::ctl {

// A table for the records of `records` replies, and what adds one reply's records to it.
Table records_table();
void add_records(Table& table, const JsonValue& page);
// The same for the entries of `dnc-list` replies.
Table dnc_table();
void add_dnc_entries(Table& table, const JsonValue& page);
// One record and its handle, all members.
std::string show_record(const JsonValue& reply);

}  // namespace outpost::supervisor::ctl
