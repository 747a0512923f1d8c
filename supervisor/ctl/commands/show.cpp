#include "supervisor/ctl/commands/show.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/clock.h"
#include "common/text.h"
#include "supervisor/ctl/commands/live.h"
#include "supervisor/ctl/files/file.h"
#include "supervisor/ctl/view/pager.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

constexpr std::int64_t kPage = 500;
// The supervisor gives up first, so that its sentence is heard.
constexpr std::chrono::milliseconds kReplyMargin{500};

// Puts the items of `page` behind those of `whole`, and its end in the place of the other.
void append_page(JsonValue& whole, JsonValue page, std::string_view items) {
  if (whole.kind() != JsonValue::Kind::object) {
    whole = std::move(page);
    return;
  }
  for (auto& [name, value] : std::get<JsonValue::Object>(whole.value)) {
    if (name == items) {
      auto& all = std::get<JsonValue::Array>(value.value);
      const JsonValue::Array& more = array_of(page, items);
      all.insert(all.end(), more.begin(), more.end());
    } else if (name == "next") {
      value = next_of(page);
    }
  }
}

Table table_of(const Listing& listing) {
  std::vector<Table::Column> columns;
  for (const Listing::Column& column : listing.columns) columns.push_back({column.title, column.align});
  return Table(std::move(columns));
}

void add_items(Table& table, const Listing& listing, const JsonValue& reply) {
  for (const JsonValue& item : array_of(reply, listing.items)) {
    std::vector<std::string> cells;
    for (const Listing::Column& column : listing.columns) cells.push_back(column.show(item, column.key));
    table.add(std::move(cells));
  }
}

std::string view_of(const Command& command, const JsonValue& reply) {
  if (command.view) return command.view(reply);
  Table table = table_of(command.listing);
  add_items(table, command.listing, reply);
  return table.take();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (;;) {
    std::size_t end = std::min(text.find('\n'), text.size());
    out += escape_control(text.substr(0, end));
    if (end == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

void write_sent(JsonWriter& writer, const Arguments& arguments) {
  static const Arguments kDefaults;
  const Command& command = *arguments.command;
  if (command.subcommand) writer.member("command", command.subcommand);
  for (const Option& option : command.options) {
    if (!option.sent) continue;
    std::visit(
        [&](auto member) {
          const auto& value = arguments.*member;
          if (!option.required && value == kDefaults.*member) return;
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<std::string>>) {
            writer.key(option.sent).begin_array();
            for (const std::string& item : value) writer.value(item);
            writer.end_array();
          } else {
            writer.member(option.sent, value);
          }
        },
        option.target);
  }
}

PageRequest page_request(const Arguments& arguments) {
  return [&arguments](const JsonValue* after, std::int64_t limit) {
    JsonWriter writer;
    write_sent(writer.begin_object(), arguments);
    if (after) writer.member("after", *after);
    return writer.member("limit", limit).end_object().take();
  };
}

std::string error_json(std::string_view text, Exit exit) {
  JsonWriter writer;
  writer.begin_object().member("error", text).member("exit_status", static_cast<int>(exit));
  return writer.end_object().take();
}

namespace {

// Where what is shown goes: to standard output, or into a frame.
using Print = std::function<void(std::string_view text)>;

void print_out(std::string_view text) { fmt::print("{}", text); }

Result<Exit> print_reply(Client& client, const Arguments& arguments, std::string_view sends, const std::string& sent,
                         const Print& print) {
  auto body = client.command(sends, sent);
  if (!body) return pass(body);
  const Command& command = *arguments.command;
  if (arguments.json && !command.verdict) {
    print(*body + "\n");
    return Exit::done;
  }
  auto reply = read_reply(body);
  if (!reply) return pass(reply);
  print(arguments.json ? *body + "\n" : view_of(command, *reply));
  return command.verdict ? command.verdict(*reply, arguments) : Exit::done;
}

// What the paging options did not ask for is told by `remark`.
Result<Exit> print_pages(Client& client, const Arguments& arguments, const Print& print, const Print& remark) {
  const Listing& listing = arguments.command->listing;
  PageRequest request = page_request(arguments);
  Table table = table_of(listing);
  std::int64_t left = arguments.all ? INT64_MAX : arguments.limit;
  std::int64_t shown = 0;
  JsonValue after;
  JsonValue whole;
  do {
    bool first = after.kind() == JsonValue::Kind::null;
    auto body = client.command(arguments.command->sends, request(first ? nullptr : &after, std::min(left, kPage)));
    auto page = read_reply(body);
    if (!page) return pass(page);
    auto items = static_cast<std::int64_t>(array_of(*page, listing.items).size());
    shown += items;
    left -= items;
    after = next_of(*page);
    if (!arguments.json) {
      add_items(table, listing, *page);
      print(table.take());
    } else if (!arguments.all) {
      append_page(whole, std::move(*page), listing.items);
    } else if (items > 0 || first) {
      print(*body + "\n");
    }
  } while (after.kind() != JsonValue::Kind::null && left > 0);
  if (arguments.json) {
    if (!arguments.all) print(JsonWriter().value(whole).take() + "\n");
  } else if (after.kind() != JsonValue::Kind::null) {
    remark(fmt::format("the first {}; --limit and --all show more\n", shown));
  }
  return Exit::done;
}

// A command that only sends and shows.
Result<Exit> print_command(Client& client, const Arguments& arguments, const Print& print, const Print& remark) {
  const Command& command = *arguments.command;
  if (command.listing.paged) return print_pages(client, arguments, print, remark);
  JsonWriter writer;
  write_sent(writer.begin_object(), arguments);
  if (command.waits) writer.member("timeout_ms", std::max<std::int64_t>(1, (client.timeout() - kReplyMargin).count()));
  return print_reply(client, arguments, command.sends, writer.end_object().take(), print);
}

Result<Exit> watch(Client& client, const Arguments& arguments) {
  return run_live(client, arguments, [&](Client& of, const Terminal& terminal) -> Result<std::string> {
    std::string text;
    if (terminal.moves && !arguments.json) {
      text = fmt::format("{}  outpostctl {}, every {} s\n\n", show_time(SystemClock().now()), arguments.command->name,
                         arguments.watch_s);
    }
    Print into = [&](std::string_view more) { text += more; };
    auto shown = print_command(of, arguments, into, into);
    if (!shown) return pass(shown);
    return text;
  });
}

}  // namespace

Result<Exit> show_reply(Client& client, const Arguments& arguments, const std::string& sent,
                        std::string_view in_its_place) {
  std::string_view sends = in_its_place.empty() ? arguments.command->sends : in_its_place;
  return print_reply(client, arguments, sends, sent, print_out);
}

Result<Exit> run_command(Client& client, const Arguments& arguments) {
  const Command& command = *arguments.command;
  if (command.run) return command.run(client, arguments);
  if (arguments.watch_s > 0) return watch(client, arguments);
  std::optional<Pager> pager;
  if (is_reading(command) && !arguments.json) pager.emplace();
  auto shown = print_command(client, arguments, print_out, [](std::string_view text) {
    std::fflush(stdout);
    fmt::print(stderr, "{}", text);
  });
  auto read = pager ? pager->finish() : Result<>();
  if (shown && !read) return pass(read);
  return shown;
}

std::string show_changes(const JsonValue& reply) {
  std::string text;
  for (const JsonValue& change : array_of(reply, "changes")) text += printable(text_of(change)) + "\n";
  return text;
}

std::string show_rejects(std::uint64_t rejected, const std::string& path) {
  if (rejected == 0) return ", none rejected";
  return fmt::format(", {} rejected{}{}", grouped(rejected), path.empty() ? "" : ": see ", path);
}

void say_kept(const std::string& wanted, const std::string& used) {
  if (used.empty() || used == wanted) return;
  fmt::print(
      stderr,
      "{} is left as it is: it was changed since it was written, belongs to an import that was not finished, or is "
      "not a reject file\n",
      wanted);
}

void print_exported_json(std::uint64_t rows, const std::string& output) {
  fmt::print("{}\n", JsonWriter().begin_object().member("rows", rows).member("output", output).end_object().take());
}

std::string object_to_json_beside_csv(const Arguments& arguments) {
  bool both = arguments.json && !in_a_file(arguments.output);
  return both ? "--json: --output must name a file, for the rows would go to standard output as well" : "";
}

bool in_a_file(const std::string& output) { return !output.empty() && output != kStandardStream; }

}  // namespace outpost::supervisor::ctl
