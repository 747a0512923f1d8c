// Options that several commands have.
#pragma once

#include <string>
#include <vector>

#include "common/integers.h"
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/files/csv_file.h"

namespace outpost::supervisor::ctl {

inline constexpr Range kPositive{1, kIntegerMax, "a number from 1"};

inline constexpr Range kIntervalRange{0.1, 86'400, "a number of seconds from 0.1 to 86400"};

Option json_option();
Option watch_option();  // of a command that only reads
Option list_option();
Option tenant_option();
Option output_option();
Option due_option(const char* names, std::int64_t Arguments::*target, const char* sent, const char* text);
extern const char* const kTimeFooter;  // of commands with such an option

// Which records of a list.
std::vector<Option> filter_options();
// How many to show of a listing.
std::vector<Option> paging_options();

// A CSV file that is read: `text` is that of the file.
std::vector<Option> csv_file_options(const char* text);
// Command::objection of a command with these.
std::string object_to_rejects(const Arguments& arguments);
CsvFormat format_of(const Arguments& arguments);
std::string rejects_of(const Arguments& arguments);

template <class... Lists>
std::vector<Option> together(std::vector<Option> options, const Lists&... more) {
  (options.insert(options.end(), more.begin(), more.end()), ...);
  return options;
}

}  // namespace outpost::supervisor::ctl
