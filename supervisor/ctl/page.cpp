#include "supervisor/ctl/page.h"

namespace outpost::supervisor::ctl {

PageFacts page_facts() {
  PageFacts facts;
  facts.name = "outpostctl";
  facts.section = "1";
  facts.about = "watch and command a running supervisor of Outpost";
  facts.paragraphs = {
      "outpostctl is the way in to a running outpostd, over its control socket. It shows the state of supervisor, "
      "proxy "
      "and store, changes the catalogue of lists, campaigns and groups, imports and exports records, and hands the "
      "role "
      "of primary over.",
      "A result goes to standard output, what else a person wants to know to standard error. With --json the "
      "supervisor's reply is printed as it came.",
      "The socket belongs to the user of outpostd: others need that user's rights, as in sudo -u outpost outpostctl "
      "status."};
  facts.lists = {
      {"FILES", {{"/run/outpost/control.sock", "the control socket, unless --socket or OUTPOST_SOCKET names another"}}},
      {"EXIT STATUS",
       {{"0", "done"},
        {"1", "the supervisor refused, its reason is on standard error; or, of health and status, it is not ready"},
        {"2", "the command line is wrong"},
        {"3", "the supervisor cannot be reached, or the connection was lost"},
        {"4", "a file cannot be read or written"},
        {"5", "an import or an undo is complete, but rows of it were rejected or left alone"}}}};
  facts.see_also = {"outpost.json 5", "outpostd 8"};
  return facts;
}

}  // namespace outpost::supervisor::ctl
