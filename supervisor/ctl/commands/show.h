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

// Sends the command and prints its reply: as it came with --json, otherwise as its view makes it.
Result<Exit> show_reply(Client& client, const Arguments& arguments, const std::string& sent);
// --json prints one reply, however many pages it takes; with --all, which may be more than memory holds, one a line.
Result<Exit> show_pages(Client& client, const Arguments& arguments);
// A command as its row says.
Result<Exit> run_command(Client& client, const Arguments& arguments);

// The changes that `apply` and `reload` reply with, one a line.
std::string show_changes(const JsonValue& reply);

// ", 3 rejected: see FILE", to go on a sentence about rows.
std::string show_rejects(std::uint64_t rejected, const std::string& path);
// Somebody's work is not overwritten, and he is told where ours is.
void say_kept(const std::string& wanted, const std::string& used);

// Whether what is exported to `output` leaves standard output free.
bool in_a_file(const std::string& output);

}  // namespace outpost::supervisor::ctl
