// outpostctl record, records: what a list holds.
#include "supervisor/ctl/view/records.h"

#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/commands/options.h"

namespace outpost::supervisor::ctl {

std::vector<Command> record_commands() {
  return {
      {.name = "records",
       .text = "Show records of a list",
       .options = together({json_option(), list_option()}, filter_options(), paging_options()),
       .footer = kTimeFooter,
       .sends = "records",
       .listing = {"records", records_table, add_records}},
      {.name = "record",
       .text = "Show one record and its handle",
       .options = {json_option(),
                   list_option(),
                   {.names = "ID",
                    .text = "Its record_id",
                    .target = &Arguments::record_id,
                    .sent = "record_id",
                    .required = true,
                    .range = kPositive}},
       .sends = "record",
       .view = show_record},
  };
}

}  // namespace outpost::supervisor::ctl
