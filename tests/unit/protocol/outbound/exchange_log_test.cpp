#include "protocol/outbound/exchange_log.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::exchange_log_test {

using namespace outpost::protocol;

namespace {

// --- The parser of ocs.md section 8, written from its rules alone
// -----------------------------------------------------

struct Block {
  bool request = false;
  std::vector<std::pair<std::string, std::string>> attributes;  // values as shown, quotes included
  std::string name;
  std::string handle;
};

std::size_t stamp_length(std::string_view line) {
  for (std::string_view form : {"dddd-dd-ddTdd:dd:dd.ddd", "dd:dd:dd.ddd"}) {
    if (line.size() < form.size()) continue;
    bool fits = true;
    for (std::size_t i = 0; i < form.size(); ++i) {
      fits = fits && (form[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == form[i]);
    }
    if (fits) return form.size();
  }
  return 0;
}

// Tabs, a quoted key, tabs, a quoted or bare value, the end. A reader may be laxer; what we write must be this.
std::optional<std::pair<std::string, std::string>> attribute(std::string_view line) {
  std::size_t tabs = line.find_first_not_of('\t');
  if (tabs == 0 || tabs == std::string_view::npos || line[tabs] != '\'') return std::nullopt;
  std::size_t key_end = line.find('\'', tabs + 1);
  if (key_end == std::string_view::npos || key_end == tabs + 1) return std::nullopt;
  std::size_t value = line.find_first_not_of('\t', key_end + 1);
  if (value == key_end + 1 || value == std::string_view::npos) return std::nullopt;
  std::string_view shown = line.substr(value);
  bool quoted = shown.size() >= 2 && shown.front() == '\'' && shown.find('\'', 1) == shown.size() - 1;
  bool bare = shown.find_first_not_of("0123456789", shown.front() == '-' ? 1 : 0) == std::string_view::npos;
  if (!quoted && !bare) return std::nullopt;
  return std::pair(std::string(line.substr(tabs + 1, key_end - tabs - 1)), std::string(shown));
}

std::string without_quotes(std::string_view shown) {
  return std::string(shown.front() == '\'' ? shown.substr(1, shown.size() - 2) : shown);
}

struct Parsed {
  std::vector<Block> blocks;
  std::vector<std::string> other;  // lines that are neither
};

// Readers differ in what ends a line; this one takes everything that any of them takes.
std::vector<std::string> lines_of(std::string text) {
  for (std::string_view end : {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xC2\x85", "\r", "\v", "\f", "\x1C", "\x1D", "\x1E"}) {
    for (std::size_t at; (at = text.find(end)) != std::string::npos;) text.replace(at, end.size(), "\n");
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Parsed parse(const std::string& text) {
  Parsed parsed;
  bool in_block = false;
  for (const std::string& line : lines_of(text)) {
    if (auto pair = in_block ? attribute(line) : std::nullopt) {
      Block& block = parsed.blocks.back();
      if (pair->first == "GSW_AGENT_REQ_TYPE" || pair->first == "GSW_USER_EVENT")
        block.name = without_quotes(pair->second);
      if (pair->first == "GSW_RECORD_HANDLE") block.handle = without_quotes(pair->second);
      block.attributes.push_back(*std::move(pair));
      continue;
    }
    std::string_view rest = std::string_view(line).substr(stamp_length(line));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    in_block = stamp_length(line) > 0 && rest.starts_with("HTTPProxyClient");
    if (in_block) {
      parsed.blocks.push_back({rest.ends_with("::mesage received"), {}, {}, {}});
    } else {
      parsed.other.push_back(line);
    }
  }
  return parsed;
}

// ----------------------------------------------------------------------------------------------------------------------

std::string block_text(std::string_view first_line, const std::string& lines) {
  return "2026-01-02T03:04:05.678 " + std::string(first_line) + "\n" + lines;
}

Parsed parse_event(const Event& event, bool debug) {
  return parse(block_text(request_line(17, 3), attribute_lines(event, debug)));
}

}  // namespace

TEST_CASE("first lines have the spelling that the parser looks for", "[exchange-log]") {
  CHECK(std::string_view(request_line(17, 3)) == "HTTPProxyClient[17.3]::mesage received");
  CHECK(std::string_view(response_line(17, 3, 200, 12)) == "HTTPProxyClient[17.3]::message sent, status 200, 12 ms");
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  CHECK(std::string_view(
            response_line(kMost, kMost, std::numeric_limits<int>::min(), std::numeric_limits<std::int64_t>::min()))
            .ends_with(", status -2147483648, -9223372036854775808 ms"));
  CHECK(parse(block_text(request_line(1, 1), "")).blocks.at(0).request);
  CHECK(!parse(block_text(response_line(1, 1, 200, 0), "")).blocks.at(0).request);
}

TEST_CASE("attributes are tab-led lines, strings quoted and integers bare", "[exchange-log]") {
  Event event;
  event.add("GSW_AGENT_REQ_TYPE", "RecordProcessed");
  event.add("GSW_RECORD_HANDLE", std::int64_t{15});
  event.add("GSW_CALL_RESULT", std::int64_t{-1});
  event.add("GSW_PHONE", "");
  CHECK(attribute_lines(event, false) ==
        "\t'GSW_AGENT_REQ_TYPE'\t'RecordProcessed'\n"
        "\t'GSW_RECORD_HANDLE'\t15\n"
        "\t'GSW_CALL_RESULT'\t-1\n"
        "\t'GSW_PHONE'\t''\n");
  Parsed parsed = parse_event(event, false);
  REQUIRE(parsed.blocks.size() == 1);
  CHECK(parsed.blocks[0].name == "RecordProcessed");
  CHECK(parsed.blocks[0].handle == "15");
  CHECK(attribute_lines(Event(), false).empty());
}

TEST_CASE("values of custom fields are shown at debug only", "[exchange-log]") {
  Event event;
  event.add("STATE", "secret");
  event.add("client-id", std::int64_t{4711});
  event.add("gsw_phone", "secret");
  event.add("GSW_PHONE", "5550100");
  CHECK(attribute_lines(event, false) ==
        "\t'STATE'\t'***'\n\t'client-id'\t'***'\n\t'gsw_phone'\t'***'\n\t'GSW_PHONE'\t'5550100'\n");
  CHECK(attribute_lines(event, true) ==
        "\t'STATE'\t'secret'\n\t'client-id'\t4711\n\t'gsw_phone'\t'secret'\n\t'GSW_PHONE'\t'5550100'\n");
}

TEST_CASE("no key and no value forges a line, a value or the end of a block", "[exchange-log]") {
  const std::string forged = "x'\n2026-01-01T00:00:00.000 Std 40001 forged\r\n\t'GSW_RECORD_HANDLE'\t666";
  Event event;
  event.add("GSW_AGENT_REQ_TYPE", "AddRecord");
  event.add("GSW_AGENT_ID", forged);
  event.add(forged, forged);
  event.add("GSW_A'\t'GSW_RECORD_HANDLE'\t666", std::int64_t{1});
  event.add("", "no key");
  event.add("GSW_PHONE", "x = \"666\"");
  event.add("GSW_X", "\xE2\x80\xA8\t'GSW_RECORD_HANDLE'\t666\xC2\x85");
  event.add("GSW_RECORD_HANDLE", std::int64_t{15});
  for (bool debug : {false, true}) {
    Parsed parsed = parse_event(event, debug);
    REQUIRE(parsed.blocks.size() == 1);
    CHECK(parsed.other.empty());
    CHECK(parsed.blocks[0].attributes.size() == event.size());
    CHECK(parsed.blocks[0].handle == "15");
    CHECK(parsed.blocks[0].name == "AddRecord");
    CHECK(attribute_lines(event, debug).find('"') == std::string::npos);
  }
}

TEST_CASE("a long value is cut with a mark, between characters", "[exchange-log]") {
  Event event;
  event.add("GSW_A", std::string(kLoggedValueBytesMax, 'x'));
  event.add("GSW_B", std::string(100'000, 'x'));
  std::string text = "x";
  while (text.size() < 5000) text += "\xE2\x82\xAC";
  event.add("GSW_C", text);
  event.add("GSW_D", std::string(5000, '\n'));
  Parsed parsed = parse_event(event, true);
  REQUIRE(parsed.blocks.size() == 1);
  const auto& shown = parsed.blocks[0].attributes;
  REQUIRE(shown.size() == 4);
  CHECK(shown[0].second == "'" + std::string(kLoggedValueBytesMax, 'x') + "'");
  CHECK(shown[1].second == "'" + std::string(kLoggedValueBytesMax, 'x') + "... (cut)'");
  CHECK(shown[2].second == "'" + text.substr(0, 1 + 3 * 341) + "... (cut)'");
  CHECK(shown[3].second.size() == 4 * kLoggedValueBytesMax + 11);
}

TEST_CASE("whatever a client sends, the block has one line for each attribute", "[exchange-log]") {
  INFO("seed " << Catch::getSeed());
  std::mt19937 random(Catch::getSeed());
  const std::vector<std::string> pieces = {"'",
                                           "\"",
                                           "\\",
                                           "\n",
                                           "\r",
                                           "\t",
                                           "\\x0A",
                                           "\\'",
                                           " ",
                                           "GSW_",
                                           "HTTPProxyClient",
                                           "::mesage received",
                                           "\xC2\x85",
                                           "\xE2\x80\xA8",
                                           "\xFF",
                                           "\v",
                                           "\f",
                                           "\x1C",
                                           std::string(1, '\0'),
                                           "2026-01-01T00:00:00.000 ",
                                           "a",
                                           "5",
                                           "\xC3\xA4"};
  auto text = [&] {
    std::string out;
    for (auto n = random() % 8; n > 0; --n) out += pieces[random() % pieces.size()];
    return out;
  };
  for (int round = 0; round < 3000; ++round) {
    Event event;
    event.add("GSW_AGENT_REQ_TYPE", "AddRecord");
    for (auto n = random() % 6; n > 0; --n) {
      if (random() % 2 != 0) {
        event.add(text(), text());
      } else {
        event.add("GSW_" + text(), static_cast<std::int64_t>(random()) - 2'000'000'000);
      }
    }
    Parsed parsed = parse_event(event, random() % 2 != 0);
    REQUIRE(parsed.blocks.size() == 1);
    REQUIRE(parsed.other.empty());
    REQUIRE(parsed.blocks[0].attributes.size() == event.size());
    REQUIRE(parsed.blocks[0].name == "AddRecord");
  }
}

TEST_CASE("the parser reads what the log wrote", "[exchange-log]") {
  test::TempDir dir;
  Log::Options options;
  options.directory = dir.path();
  options.name = "outpost";
  options.level = LogLevel::trace;
  Event request;
  request.add("GSW_AGENT_REQ_TYPE", "RecordProcessed");
  request.add("GSW_RECORD_HANDLE", std::int64_t{15});
  Event large = request;
  for (int i = 0; i < 500; ++i) large.add("FIELD_" + std::to_string(i), std::string(1000, '\''));
  Event answer;
  answer.add("GSW_USER_EVENT", "RecordProcessedAcknowledge");
  answer.add("GSW_RECORD_HANDLE", std::int64_t{15});
  {
    auto log = Log::open(options);
    REQUIRE(log.has_value());
    (*log)->write({40060, LogLevel::standard}, "before");
    (*log)->write_block(LogLevel::trace, request_line(1, 1), attribute_lines(request, false));
    (*log)->write_block(LogLevel::trace, request_line(1, 2), attribute_lines(large, true));
    (*log)->write_block(LogLevel::trace, response_line(1, 1, 200, 3), attribute_lines(answer, false));
    (*log)->write({40060, LogLevel::standard}, "after");
  }
  std::ifstream in(dir.file("outpost.log"), std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  std::size_t header_end = text.find("\n\n");
  REQUIRE(header_end != std::string::npos);
  Parsed parsed = parse(text.substr(header_end + 2));
  REQUIRE(parsed.blocks.size() == 3);
  CHECK(parsed.other.size() == 2);
  CHECK(parsed.blocks[0].request);
  CHECK(parsed.blocks[0].name == "RecordProcessed");
  CHECK(parsed.blocks[0].handle == "15");
  CHECK(parsed.blocks[1].request);
  CHECK(parsed.blocks[1].attributes.back() == std::pair<std::string, std::string>("...", "'cut'"));
  CHECK(!parsed.blocks[2].request);
  CHECK(parsed.blocks[2].name == "RecordProcessedAcknowledge");
}

}  // namespace outpost::test::exchange_log_test
