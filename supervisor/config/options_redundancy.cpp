// The sections store and redundancy: where the records are, and which of two supervisors over them serves.
#include <array>

#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

namespace {

constexpr std::array<OptionByType, 2> kStoreUrls{
    {{.type = kOutbound, .default_text_value = "sqlite:///var/lib/outpost/outpost.db"},
     {.type = kMobile, .default_text_value = "sqlite:///var/lib/outpost-mobile/mobile.db"}}};

std::string store_fault(const OptionValue& value) {
  const std::string& url = text_of(value);
  auto names_one = [&](std::string_view scheme) { return url.starts_with(scheme) && url.size() > scheme.size(); };
  return names_one("sqlite:///") || names_one("postgresql://") || names_one("postgres://") ? "" : "is no store";
}

std::vector<Option<RedundancyConfig>> lease_options() {
  using R = RedundancyConfig;
  return {
      option("automatic-failover", &R::automatic_failover,
             {.takes_effect = kAtOnce,
              .text = "A backup becomes primary by itself when the lease runs out or was given back. Off: only when "
                      "outpostctl switch or outpostctl role says so.",
              .source = kDesign}),
      option(
          "enabled", &R::enabled,
          {.takes_effect = kRestart,
           .text = "This supervisor shares its store with another one: it starts as backup and becomes primary when it "
                   "gets the lease. Off: it is primary at once, and takes the lease from whoever has it.",
           .source = kDesign}),
      option(
          "lease-time", &R::lease_time,
          {.low = 500,
           .high = 60'000,
           .unit = "ms",
           .takes_effect = kRestart,
           .text = "How long the lease of a primary lasts that does not renew it. A backup takes over after this time; "
                   "a primary that cannot renew steps down after two thirds of it.",
           .source = kDesign}),
      option("name", &R::name,
             {.high = 64,
              .valid = "a name that no other supervisor of the store has",
              .default_text = "server-info.host",
              .takes_effect = kRestart,
              .text = "What this supervisor is called in outpostctl status and outpostctl switch. Two on one host need "
                      "different names; a second one of a name is refused at its start.",
              .source = kDesign}),
      option("preferred-role", &R::preferred_role,
             {.takes_effect = kAtOnce,
              .text =
                  "Who goes first when both start and nobody has the lease: backup waits a lease time longer. It never "
                  "takes the role from a primary that serves.",
              .source = kDesign}),
      option("renewal-interval", &R::renewal_interval,
             {.low = 50,
              .high = 15'000,
              .unit = "ms",
              .takes_effect = kRestart,
              .text = "How often a primary renews its lease; at most a quarter of lease-time.",
              .source = kDesign}),
  };
}

std::vector<Option<RedundancyConfig>> role_command_options() {
  using R = RedundancyConfig;
  return {
      option(
          "role-command", &R::role_command,
          {.high = kPathBytesMax,
           .valid = kOptionalPathValid,
           .fault = optional_path_fault,
           .takes_effect = kAtOnce,
           .text = "A program that is run at each change of role, for example to move a virtual address. It gets the "
                   "new role and the one before as arguments. Its output goes to the log, and nothing waits for it.",
           .source = kDesign}),
      option("role-command-timeout", &R::role_command_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "s",
              .takes_effect = kAtOnce,
              .text = "role-command, and whatever it started, is killed when it takes longer.",
              .source = kDesign}),
  };
}

}  // namespace

std::vector<Option<StoreConfig>> store_options() {
  return {
      option("synchronous", &StoreConfig::synchronous,
             {.takes_effect = kRestart,
              .type = kMobile,
              .instead = "the store of records always keeps what was acknowledged through a power cut",
              .text = "What an acknowledged change survives. process: the end of every process of Outpost and of the "
                      "database's clients; a power cut may cost the last second. power: a power cut too, for a sync of "
                      "the disk with each commit.",
              .source = kMobileDesign}),
      option("url", &StoreConfig::url,
             {.low = 1,
              .high = kPathBytesMax,
              .by_type = kStoreUrls,
              .valid = "sqlite:/// and an absolute path, as in sqlite:///var/lib/outpost/outpost.db, or a connection "
                       "URI of PostgreSQL, as in postgresql://outpost@db1,db2/outpost",
              .fault = store_fault,
              .takes_effect = kRestart,
              .shown = shown_url,
              .text = "Where calling lists, campaigns and records are, or the services and data of mobile nodes. "
                      "SQLite serves one host; a file that is absent "
                      "is created. PostgreSQL serves many: the URI is libpq's, with all its parameters; where it "
                      "names several hosts, the one that takes writes is used.",
              .source = kDesign})};
}

std::vector<Option<RedundancyConfig>> redundancy_options() { return joined({lease_options(), role_command_options()}); }

}  // namespace outpost::supervisor
#include "supervisor/config/option_sections.h"
