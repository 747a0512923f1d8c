#include "supervisor/ctl/view/record.h"

#include "protocol/outbound/record_columns.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

std::string record_value(const JsonValue& record, std::string_view name) {
  using Form = protocol::RecordColumn::Form;
  const protocol::RecordColumn* column = protocol::find_record_column(name);
  if (column && column->enumeration) return show_enumeration(column->enumeration(), integer_of(record, name));
  if ((column && column->form == Form::time) || name.ends_with("_at")) return time_of(record, name);
  if (column && column->form == Form::clock) return show_clock(integer_of(record, name));
  return text_of(record, name);
}

}  // namespace outpost::supervisor::ctl
