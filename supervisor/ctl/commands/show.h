// What the commands share: replies, pages and outcomes on standard output, remarks on standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "supervisor/ctl/client.h"
#include "supervisor/ctl/commands/commands.h"
#include "supervisor/ctl/files/export.h"

namespace outpost::supervisor::ctl {

// Text from elsewhere, line by line, without control bytes that a terminal would obey.
std::string printable(std::string_view text);

// What the options of a command send, as members of an object.
void write_sent(JsonWriter& writer, const Arguments& arguments);
// The same with a page; the arguments outlive it.
PageRequest page_request(const Arguments& arguments);

// An error where --json was asked for; the sentence alone goes to standard error as well.
std::string error_json(std::string_view text, Exit exit);

// Sends the command, or what stands in its place, and prints its reply: as it came with --json, otherwise as its view
// makes it.
Result<Exit> show_reply(Client& client, const Arguments& arguments, const std::string& sent,
                        std::string_view in_its_place = {});
// A command as its row says: once, or watched, or through a pager. --json prints one reply, however many pages it
// takes; with --all, which may be more than memory holds, one a line.
Result<Exit> run_command(Client& client, const Arguments& arguments);

// The changes that `apply` and `reload` reply with, one a line.
std::string show_changes(const JsonValue& reply);

// ", 3 rejected: see FILE", to go on a sentence about rows.
std::string show_rejects(std::uint64_t rejected, const std::string& path);
// Somebody's work is not overwritten, and he is told where ours is.
void say_kept(const std::string& wanted, const std::string& used);

// What an export says of itself with --json.
void print_exported_json(std::uint64_t rows, const std::string& output);
// Command::objection of an export: its CSV and the summary cannot both be on standard output.
std::string object_to_json_beside_csv(const Arguments& arguments);
// Whether what is exported to `output` leaves standard output free.
bool in_a_file(const std::string& output);

}  // namespace outpost::supervisor::ctl
