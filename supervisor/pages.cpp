#include "supervisor/pages.h"

#include "common/manual_page.h"
#include "supervisor/config/config.h"

namespace outpost::supervisor {

std::string outpostd_page(const CommandTree& tree) {
  PageFacts facts;
  facts.name = "outpostd";
  facts.section = "8";
  facts.about = "outbound-contact HTTP server: the supervisor";
  facts.paragraphs = {
      "Outpost keeps calling lists: who to call, when, with what result. Applications add and update the records over "
      "HTTP. A request is answered once it is durable: what was acknowledged survives the end of any process, and is "
      "never applied twice.",
      "With application.type mobile it is one of several nodes of mobile services instead, which share a store.",
      "outpostd is the supervisor. It owns the configuration, the role, the sessions and the store, and starts "
      "outpost-proxy, which reads what clients send. It stays in the foreground unless --daemon is given.",
      "The start fails, with a sentence, when HTTP cannot be served, when a file may not be used, or when a living "
      "outpostd has the store, the control socket or the pid file."};
  facts.lists = {{"SIGNALS",
                  {{"TERM, INT", "Accepting ends, what is in flight is answered and committed, and the program ends."},
                   {"HUP", "The configuration is read again; one that is not valid is refused, and nothing changes."},
                   {"USR1", "New log files are begun."}}},
                 {"ENVIRONMENT",
                  {{"NOTIFY_SOCKET", "Where readiness, state and reloads are reported, as sd_notify(3) has it."},
                   {"WATCHDOG_USEC", "Signs of life are given twice in this time."},
                   {"JOURNAL_STREAM",
                    "When it names the stream of standard error, each line there begins with its severity, as "
                    "sd-daemon(3) has it."},
                   {"CREDENTIALS_DIRECTORY",
                    "Where certificates and keys are that the configuration names as "
                    "$CREDENTIALS_DIRECTORY/NAME. LoadCredential= of systemd.exec(5) sets it."}}},
                 {"FILES",
                  {{"/etc/outpost/outpost.json", "The configuration: outpost.json(5)."},
                   {"/var/lib/outpost/outpost.db", "The store, when it is SQLite."},
                   {"/var/log/outpost", "The log files. outpost.log and outpost_HTTPPRX.log lead to the newest ones."},
                   {"/run/outpost/control.sock", "The way in for outpostctl(1)."},
                   {"/etc/outpost/mobile.json",
                    "The configuration of a mobile node, for --config. Its store, log files and socket are in folders "
                    "outpost-mobile."}}},
                 {"EXIT STATUS",
                  {{"0", "It was stopped gracefully."},
                   {"1", "It could not start, or could not go on."},
                   {"2", "The command line is wrong."}}}};
  facts.see_also = {"outpostctl 1", "outpost.json 5", "outpost-proxy 8"};
  return command_page(facts, tree);
}

std::string config_page() {
  PageFacts facts;
  facts.name = "outpost.json";
  facts.section = "5";
  facts.about = "configuration of outpostd";
  facts.paragraphs = {
      "The configuration is a JSON file. Comments (// and /* */) are allowed. It is one object of sections, each an "
      "object of options; what is left out has its default. application.type says which engine runs: some sections, "
      "options and defaults are of one type alone.",
      "outpostd --check-config lists all errors of a file, outpostd --print-config its values and where they come "
      "from. outpostctl reload, or the signal HUP, reads the file again: each option says when a change takes effect, "
      "and outpostctl status lists what is not in force yet.",
      "The file may hold the password of a database and secrets of webhooks: nobody but root and the user of outpostd "
      "should read it."};
  facts.lists = {
      {"FILES",
       {{"/etc/outpost/outpost.json", "The configuration, unless outpostd --config names another."},
        {"/etc/outpost/mobile.json", "That of a mobile node, which the unit outpost-mobile.service names."},
        {"/usr/share/doc/outpost/examples/outpost.sample.json", "Every option at its default, with its text."},
        {"/usr/share/doc/outpost/examples/mobile.sample.json", "The same for a mobile node."},
        {"/usr/share/doc/outpost/OUTWARD.md", "What goes out over HTTP: bodies, answers, retries, signatures."}}}};
  facts.see_also = {"outpostctl 1", "outpostd 8"};
  return options_page(facts, config_options().table());
}

}  // namespace outpost::supervisor
