// The sections resources, list.* and alarms of a mobile node.
#include "common/text.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"
#include "supervisor/config/resources.h"

namespace outpost::supervisor {

namespace {

constexpr std::string_view kListSource = "Source: gms.md 6.1";
constexpr std::int64_t kListNameBytesMax = 128;
constexpr std::int64_t kBookingSecondsMax = 86'400;

std::string list_name_fault(const OptionValue& value) {
  return all_of(text_of(value), "-_") ? "" : "holds a character other than letters, digits, - and _";
}

std::vector<std::string> strategy_remarks(const OptionValue& value) {
  const std::string& text = text_of(value);
  bool known = text.empty() || std::ranges::any_of(kAllocationStrategyWords, [&](std::string_view word) {
                 return equal_ignoring_case(word, text);
               });
  if (known) return {};
  return {fmt::format("{} is none of RANDOM, LOCAL and CLUSTER, and counts as RANDOM", option_text(value))};
}

}  // namespace

std::vector<Option<ResourcesConfig>> resources_options() {
  using R = ResourcesConfig;
  return {
      option("resource_list_name", &R::resource_list_name,
             {.high = kListNameBytesMax,
              .valid = "letters, digits, - and _, or empty",
              .default_text = "resources_list_name counts",
              .fault = list_name_fault,
              .takes_effect = kAtOnce,
              .text = "The same option as the guide names it elsewhere.",
              .source = kListSource}),
      option("resources_list_name", &R::resources_list_name,
             {.high = kListNameBytesMax,
              .valid = "letters, digits, - and _, or empty",
              .default_text = "GMS_Resources",
              .fault = list_name_fault,
              .takes_effect = kAtOnce,
              .text = "Which LIST of the sections list.LIST.GROUP has the groups of numbers.",
              .source = kListSource}),
  };
}

std::vector<Option<ListGroupConfig>> list_group_options() {
  using L = ListGroupConfig;
  return {
      option("*", &L::values,
             {.low = 1,
              .takes_effect = kAtOnce,
              .loose = true,
              .ignores = "#_",
              .text = "Any other option is a number of the group, under a name that has no meaning but for the order "
                      "in which numbers that rest for equally long are given out. Names that begin with # or _ are "
                      "ignored.",
              .source = kListSource}),
      option("_allocation_strategy", &L::allocation_strategy,
             {.valid = "RANDOM, LOCAL or CLUSTER, in any letter case; anything else counts as RANDOM",
              .default_text = "RANDOM",
              .remarks = strategy_remarks,
              .takes_effect = kAtOnce,
              .text = "RANDOM: any number, which others may be given too. LOCAL: a number that no other caller of this "
                      "node has. CLUSTER: a number that no other caller of any node has.",
              .source = "Source: gms.md 6.1, 6.2"}),
      option("_backup_resource", &L::backup_resource,
             {.default_text = "none: a request is refused",
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Of LOCAL and CLUSTER: the number that is given out when none of the group is free, to any "
                      "number of callers.",
              .source = "Source: gms.md 6.1, 6.2"}),
      option("_booking_expiration_time", &L::booking_expiration_time,
             {.low = 0,
              .high = kBookingSecondsMax,
              .unit = "seconds",
              .default_text = "30 seconds",
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "Of LOCAL and CLUSTER: how long a number is booked when neither request nor service says it.",
              .source = kListSource}),
      option("_booking_expiration_timeout", &L::booking_expiration_timeout,
             {.low = 0,
              .high = kBookingSecondsMax,
              .unit = "seconds",
              .default_text = "_booking_expiration_time counts",
              .takes_effect = kAtOnce,
              .loose = true,
              .text = "The same option as the guide names it elsewhere.",
              .source = kListSource}),
  };
}

std::vector<Option<AlarmsConfig>> alarms_options() {
  using A = AlarmsConfig;
  return {
      option(
          "command", &A::command,
          {.high = kPathBytesMax,
           .valid = kOptionalPathValid,
           .default_text = "none",
           .fault = optional_path_fault,
           .takes_effect = kAtOnce,
           .text = "A program that is run when an alarm is raised and when it is cleared, as the way to a monitoring "
                   "system. It gets the alarm's number, raised or cleared, and a sentence as arguments. Its output "
                   "goes to the log, and nothing waits for it.",
           .source = kMobileDesign}),
      option("command_timeout", &A::command_timeout,
             {.low = 1,
              .high = 3'600,
              .unit = "seconds",
              .takes_effect = kAtOnce,
              .text = "command, and whatever it started, is killed when it takes longer.",
              .source = kMobileDesign}),
  };
}

}  // namespace outpost::supervisor
