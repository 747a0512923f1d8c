#include "common/options.h"

#include <array>
#include <catch2/catch_test_macros.hpp>

namespace outpost::test::options_test {

namespace {

struct Main {
  bool flag = true;
  std::string key = "hidden";
  std::uint16_t number = 30;
  std::string text = "abc";
  std::string word = "one";
};

struct Door {
  std::int64_t width = 80;
};

struct House {
  Main main;
  std::vector<Door> doors;
};

constexpr std::array<std::string_view, 3> kWords{"one", "two", "three"};

std::string no_x(const OptionValue& value) {
  return std::get<std::string>(value).find('x') == std::string::npos ? "" : "has an x";
}
std::vector<std::string> long_remark(const OptionValue& value) {
  if (std::get<std::string>(value).size() < 5) return {};
  return {"this is rather long"};
}

Options<House> make_options() {
  Options<House> options;
  options.section(
      "main", &House::main, "The main part.",
      {option("flag", &Main::flag, {.takes_effect = TakesEffect::at_once, .text = "A flag."}),
       option("key", &Main::key, {.secret = true, .text = "A key.", .source = "Assumption: none"}),
       option("number", &Main::number,
              {.low = 1,
               .high = 300,
               .unit = "seconds",
               .takes_effect = TakesEffect::at_once,
               .text = "A number.",
               .source = "Source: here"}),
       option("text", &Main::text, {.low = 1, .high = 10, .fault = no_x, .remarks = long_remark, .text = "A text."}),
       option("word", &Main::word, {.words = kWords, .text = "A word."})});
  options.section("doors", &House::doors, "The doors.",
                  {option("width", &Door::width,
                          {.low = 0, .high = 100, .takes_effect = TakesEffect::next_proxy_start, .text = "In cm."})});
  return options;
}

ParsedOptions parse(std::string_view text) {
  auto root = parse_json(text, {.comments = true});
  REQUIRE(root);
  return parse_options(make_options().table(), *root, "f.json");
}

std::vector<std::string> errors(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& error : parse(text).errors) out.push_back(finding_text("f.json", error));
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty file gives every option its default", "[options]") {
  auto parsed = parse("{}");
  CHECK(parsed.errors.empty());
  House house = make_options().make(parsed.settings);
  CHECK(house.main.flag);
  CHECK(house.main.number == 30);
  CHECK(house.main.text == "abc");
  CHECK(house.doors.empty());
}

TEST_CASE("options are set from the file", "[options]") {
  auto parsed = parse(R"({"main": {"flag": false, "number": 300, "text": "q", "word": "three"},
                          "doors": [{"width": 1}, {}]})");
  CHECK(parsed.errors.empty());
  House house = make_options().make(parsed.settings);
  CHECK_FALSE(house.main.flag);
  CHECK(house.main.number == 300);
  CHECK(house.main.text == "q");
  CHECK(house.main.word == "three");
  REQUIRE(house.doors.size() == 2);
  CHECK(house.doors[0].width == 1);
  CHECK(house.doors[1].width == 80);
}

TEST_CASE("each wrong value has its sentence", "[options]") {
  CHECK(errors(R"({"main": {"number": 0}})") ==
        Lines{"f.json:1: main.number: 0 is out of range; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"number": 301}})") ==
        Lines{"f.json:1: main.number: 301 is out of range; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"number": "30"}})") ==
        Lines{"f.json:1: main.number: \"30\" is not a whole number; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"number": 1.5}})") ==
        Lines{"f.json:1: main.number: 1.5 is not a whole number; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"number": null}})") ==
        Lines{"f.json:1: main.number: null is not a whole number; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"number": [30]}})") ==
        Lines{"f.json:1: main.number: an array is not a whole number; valid: 1 to 300 seconds"});
  CHECK(errors(R"({"main": {"flag": 1}})") ==
        Lines{"f.json:1: main.flag: 1 is not true or false; valid: true or false"});
  CHECK(errors(R"({"main": {"text": 7}})") ==
        Lines{"f.json:1: main.text: 7 is not a string; valid: a text of 1 to 10 bytes"});
  CHECK(errors(R"({"main": {"text": ""}})") ==
        Lines{"f.json:1: main.text: the text is empty; valid: a text of 1 to 10 bytes"});
  CHECK(errors(R"({"main": {"text": "12345678901"}})") ==
        Lines{"f.json:1: main.text: the text has 11 bytes; valid: a text of 1 to 10 bytes"});
  CHECK(errors(R"({"main": {"text": "a\nb"}})") ==
        Lines{"f.json:1: main.text: the text has a control character; valid: a text of 1 to 10 bytes"});
  CHECK(errors(R"({"main": {"text": "x"}})") ==
        Lines{"f.json:1: main.text: \"x\" has an x; valid: a text of 1 to 10 bytes"});
  CHECK(errors(R"({"main": {"word": "four\n"}})") ==
        Lines{"f.json:1: main.word: \"four\\n\" is not one of the words it may be; valid: one, two or three"});
}

TEST_CASE("a secret is never shown", "[options]") {
  CHECK(errors(R"({"main": {"key": 4711}})") ==
        Lines{"f.json:1: main.key: the value is not a string; valid: a text of up to 255 bytes"});
  auto before = parse(R"({"main": {"key": "4711"}})");
  auto table = make_options().table();
  CHECK(print_settings(table, before.settings).find("4711") == std::string::npos);
  auto changes = changed_settings(table, before.settings, parse("{}").settings);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].text() == "main.key: *** -> ***, after a restart");
}

TEST_CASE("unknown names are errors that suggest the nearest name", "[options]") {
  CHECK(errors(R"({"mian": {}})") == Lines{"f.json:1: mian: there is no such section; did you mean main?"});
  CHECK(errors(R"({"application": {}})") ==
        Lines{"f.json:1: application: there is no such section; valid: main, doors"});
  CHECK(errors(R"({"main": {"nubmer": 1}})") ==
        Lines{"f.json:1: main.nubmer: there is no such option; did you mean number?"});
  CHECK(errors(R"({"doors": [{}, {"height\n": 1}]})") ==
        Lines{"f.json:1: doors[1].height\\x0A: there is no such option; valid: width"});
}

TEST_CASE("a section of the wrong shape is one error", "[options]") {
  CHECK(errors("[]") == Lines{"f.json:1: the file holds an array; valid: an object of sections"});
  CHECK(errors(R"({"main": []})") == Lines{"f.json:1: main: an array is wrong here; valid: an object of options"});
  CHECK(errors(R"({"doors": {}})") == Lines{"f.json:1: doors: an object is wrong here; valid: an array of objects"});
  CHECK(errors(R"({"doors": [1]})") ==
        Lines{"f.json:1: doors[0]: an integer is wrong here; valid: an object of options"});
}

TEST_CASE("all errors of a file are reported, each with its line", "[options]") {
  CHECK(errors("{\n\"main\": {\n  \"flag\": 1,\n  \"nmuber\": 2,\n  // a comment\n  \"number\":\n    999\n},\n"
               "\"doors\": [ {\"width\": -1},\n {\"width\": 101}]}") ==
        Lines{"f.json:3: main.flag: 1 is not true or false; valid: true or false",
              "f.json:4: main.nmuber: there is no such option; did you mean number?",
              "f.json:7: main.number: 999 is out of range; valid: 1 to 300 seconds",
              "f.json:9: doors[0].width: -1 is out of range; valid: 0 to 100",
              "f.json:10: doors[1].width: 101 is out of range; valid: 0 to 100"});
}

TEST_CASE("a long value is cut in its error, and not within a character", "[options]") {
  std::string value;
  for (int i = 0; i < 100; ++i) value += "\xE2\x82\xAC";
  auto found = errors(R"({"main": {"word": ")" + value + "\"}}");
  REQUIRE(found.size() == 1);
  std::string shown;
  for (int i = 0; i < 26; ++i) shown += "\xE2\x82\xAC";
  CHECK(found[0] ==
        "f.json:1: main.word: \"" + shown + "... is not one of the words it may be; valid: one, two or three");
}

TEST_CASE("remarks leave the value in force", "[options]") {
  auto parsed = parse("{\"main\":\n {\"text\": \"abcdef\"}}");
  CHECK(parsed.errors.empty());
  REQUIRE(parsed.remarks.size() == 1);
  CHECK(finding_text("f.json", parsed.remarks[0]) == "f.json:2: main.text: this is rather long");
  CHECK(make_options().make(parsed.settings).main.text == "abcdef");
}

TEST_CASE("the effective values name their origin", "[options]") {
  auto parsed = parse("{\"main\": {\n\"number\": 5}, \"doors\": [\n{}]}");
  CHECK(print_settings(make_options().table(), parsed.settings) ==
        "main.flag = true     default\n"
        "main.key = ***       default\n"
        "main.number = 5      f.json:2\n"
        "main.text = \"abc\"    default\n"
        "main.word = \"one\"    default\n"
        "doors[0].width = 80  default\n");
}

TEST_CASE("the changes of a reload say when they take effect", "[options]") {
  auto table = make_options().table();
  auto texts = [&](std::string_view before, std::string_view after) {
    Lines out;
    for (const auto& change : changed_settings(table, parse(before).settings, parse(after).settings)) {
      out.push_back(change.text());
    }
    return out;
  };
  CHECK(texts("{}", R"({"main": {"number": 30}})").empty());
  CHECK(texts("{}", R"({"main": {"number": 10, "text": "q"}})") ==
        Lines{"main.number: 30 -> 10, at once", "main.text: \"abc\" -> \"q\", after a restart"});
  CHECK(texts(R"({"doors": [{"width": 1}, {}]})", R"({"doors": [{"width": 2}]})") ==
        Lines{"doors[0].width: 1 -> 2, waits for the next proxy start",
              "doors[1]: removed, waits for the next proxy start"});
  CHECK(texts("{}", R"({"doors": [{}]})") == Lines{"doors[0]: added, waits for the next proxy start"});
}

TEST_CASE("the settings of a struct keep the lines of what the file said", "[options]") {
  auto options = make_options();
  auto parsed = parse("{\"main\": {\n\"number\": 5,\n\"text\": \"q\"}}");
  House house = options.make(parsed.settings);
  house.main.text = "computed";
  auto settings = options.settings(house, parsed.settings);
  CHECK(settings.file == "f.json");
  CHECK(settings.sections[0][0].rows[2].line == 2);
  CHECK(settings.sections[0][0].rows[3].value == OptionValue("computed"));
  CHECK(settings.sections[0][0].rows[3].line == 0);
}

TEST_CASE("the sample is a file in which every option has its default", "[options]") {
  std::string sample = sample_file(make_options().table(), "A sample.");
  CHECK(
      sample.starts_with("// A sample.\n{\n  // The main part.\n  \"main\": {\n    // A flag.\n"
                         "    // Valid: true or false. Takes effect at once.\n    \"flag\": true,\n"));
  auto parsed = parse(sample);
  CHECK(parsed.errors.empty());
  House house = make_options().make(parsed.settings);
  House defaults;
  defaults.doors.emplace_back();
  auto table = make_options().table();
  CHECK(changed_settings(table, make_options().settings(house), make_options().settings(defaults)).empty());
  for (const auto& setting : parsed.settings.sections[0][0].rows) CHECK(setting.line > 0);
}

TEST_CASE("the manual names everything about an option", "[options]") {
  std::string manual = options_manual(make_options().table(), "# Manual\n");
  CHECK(manual.find("### main.number\n\nA number.\n\n- Default: `30`\n- Valid: 1 to 300 seconds\n"
                    "- Takes effect: at once\n- Source: here\n") != std::string::npos);
  CHECK(manual.find("- Secret: never shown\n- Assumption: none\n") != std::string::npos);
  CHECK(manual.find("### doors[].width\n") != std::string::npos);
}

// --- Sections by pattern, open sections, twins, types of application
// --------------------------------------------------

namespace {

enum class Fuel : std::uint8_t { diesel, gas, steam };
constexpr std::array<std::string_view, 3> kFuelWords{"diesel", "gas", "steam"};
constexpr std::span<const std::string_view> words_of(Fuel) { return kFuelWords; }

struct Engine {
  Fuel fuel = Fuel::diesel;
  std::string maker = "A";   // by type, and the ferry's
  std::int64_t power = 100;  // by type, and the ferry's
};

struct Ship {
  Engine engine;
  Engine spare;
  OptionTexts others;
};

struct Fleet {
  Door gate;  // in mm
  std::map<std::string, Ship> ships;
  std::vector<Door> locks;
};

constexpr std::array<OptionByType, 2> kPowers{{{"ferry", 100, 500}, {"tug", 200, 900}}};
constexpr std::array<OptionByType, 2> kMakers{
    {{.type = "ferry", .default_text_value = "A"}, {.type = "tug", .default_text_value = "B"}}};

std::vector<Option<Engine>> engine_options() {
  return {option("fuel", &Engine::fuel,
                 {.words = words_of(Fuel{}).first(2), .text = "What it burns.", .source = "Source: here"}),
          option("maker", &Engine::maker, {.by_type = kMakers, .text = "Who made it.", .source = "Source: here"}),
          option("power", &Engine::power,
                 {.low = 1,
                  .by_type = kPowers,
                  .unit = "kW",
                  .takes_effect = TakesEffect::at_once,
                  .text = "What it gives.",
                  .source = "Source: here"})};
}

std::vector<Option<Ship>> ship_options() {
  std::vector<Option<Ship>> all{
      option("*", &Ship::others, {.high = 5, .takes_effect = TakesEffect::at_once, .text = "Any other is cargo."})};
  for (auto&& rows :
       {part_options(&Ship::engine, engine_options()), part_options(&Ship::spare, engine_options(), "spare.")}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

Options<Fleet> fleet_options() {
  Options<Fleet> options;
  options.section(
      "gate", &Fleet::gate, "The gate.",
      {option("width", &Door::width,
              {.low = 9, .scale = 10, .type = "tug", .instead = "ramps", .text = "In cm.", .source = "Source: here"})});
  options.section("ship.*", &Fleet::ships, "The ships.", ship_options());
  options.section("locks", &Fleet::locks, "The locks.", {option("width", &Door::width, {.text = "In cm."})}, "ferry",
                  "a gate");
  return options;
}

ParsedOptions parse_fleet(std::string_view text, std::string_view type) {
  auto root = parse_json(text, {.comments = true});
  REQUIRE(root);
  return parse_options(fleet_options().table(), *root, "f.json", type);
}

Lines fleet_errors(std::string_view text, std::string_view type) {
  Lines out;
  for (const auto& error : parse_fleet(text, type).errors) out.push_back(error.text);
  return out;
}

}  // namespace

TEST_CASE("a section by pattern is one struct for each name", "[options]") {
  auto parsed = parse_fleet(R"({"ship.b": {"fuel": "gas"}, "ship.a.1": {}})", "tug");
  CHECK(parsed.errors.empty());
  Fleet fleet = fleet_options().make(parsed.settings);
  REQUIRE(fleet.ships.size() == 2);
  CHECK(fleet.ships.at("b").engine.fuel == Fuel::gas);
  CHECK(fleet.ships.at("a.1").engine.fuel == Fuel::diesel);
  CHECK(fleet_errors(R"({"ship.a": 1, "ship.": {}, "ship.a b\n": {}, "ship": {}})", "tug") ==
        Lines{"ship.a: an integer is wrong here; valid: an object of options",
              "ship.: that is no name; valid: ship.NAME, of up to 128 letters, digits, dots, - and _",
              "ship.a b\\x0A: that is no name; valid: ship.NAME, of up to 128 letters, digits, dots, - and _",
              "ship: there is no such section; did you mean ship.*?"});
}

TEST_CASE("what has no row goes to the open one of its section", "[options]") {
  auto parsed = parse_fleet("{\"ship.a\": {\"tea\": \"x\",\n\"fuel\": \"gas\", \"_rum\": \"\"}}", "tug");
  CHECK(parsed.errors.empty());
  auto options = fleet_options();
  Fleet fleet = options.make(parsed.settings);
  CHECK(fleet.ships.at("a").others == OptionTexts{{"tea", "x"}, {"_rum", ""}});
  CHECK(print_settings(options.table(), options.settings(fleet, parsed.settings)) ==
        "gate.width = 8                default\n"
        "ship.a._rum = \"\"              f.json\n"
        "ship.a.tea = \"x\"              f.json\n"
        "ship.a.fuel = \"gas\"           f.json:2\n"
        "ship.a.maker = \"B\"            default\n"
        "ship.a.power = 200            default\n"
        "ship.a.spare.fuel = \"diesel\"  default\n"
        "ship.a.spare.maker = \"B\"      default\n"
        "ship.a.spare.power = 200      default\n");
  CHECK(fleet_errors(R"({"ship.a": {"tea": 1, "rum": "123456", "a b": "x"}})", "tug") ==
        Lines{"ship.a.tea: 1 is not a string; valid: a text of up to 5 bytes",
              "ship.a.rum: the text has 6 bytes; valid: a text of up to 5 bytes",
              "ship.a.a b: that is no name; valid: ship.a.NAME, of up to 128 letters, digits, dots, - and _"});
}

TEST_CASE("a twin has the rules of the row that it stands beside", "[options]") {
  auto parsed = parse_fleet(R"({"ship.a": {"spare.fuel": "gas", "power": 7, "spare.power": 8}})", "tug");
  CHECK(parsed.errors.empty());
  Ship ship = fleet_options().make(parsed.settings).ships.at("a");
  CHECK(ship.engine.fuel == Fuel::diesel);
  CHECK(ship.engine.power == 7);
  CHECK(ship.spare.fuel == Fuel::gas);
  CHECK(ship.spare.power == 8);
  CHECK(fleet_errors(R"({"ship.a": {"spare.power": 901}})", "tug") ==
        Lines{"ship.a.spare.power: 901 is out of range; valid: 1 to 900 kW"});
}

TEST_CASE("an enum is read and shown as one of its words", "[options]") {
  CHECK(fleet_errors(R"({"ship.a": {"fuel": "Gas"}})", "tug") ==
        Lines{"ship.a.fuel: \"Gas\" is not one of the words it may be; valid: diesel or gas"});
  // Of its words the row takes some only.
  CHECK(fleet_errors(R"({"ship.a": {"fuel": "steam"}})", "tug").size() == 1);
}

TEST_CASE("a member may count in a finer unit than the file", "[options]") {
  auto options = fleet_options();
  Fleet fleet = options.make(parse_fleet(R"({"gate": {"width": 12}})", "tug").settings);
  CHECK(fleet.gate.width == 120);
  CHECK(options.settings(fleet).sections[0][0].rows[0].value == OptionValue(std::int64_t{12}));
}

TEST_CASE("default and most of a number may depend on the type of the application", "[options]") {
  auto power = [](std::string_view text, std::string_view type) {
    auto parsed = parse_fleet(text, type);
    CHECK(parsed.errors.empty());
    return fleet_options().make(parsed.settings).ships.at("a").engine.power;
  };
  CHECK(power(R"({"ship.a": {}})", "ferry") == 100);
  CHECK(power(R"({"ship.a": {}})", "tug") == 200);
  CHECK(power(R"({"ship.a": {"power": 0}})", "tug") == 200);
  CHECK(power(R"({"ship.a": {"power": 900}})", "tug") == 900);
  CHECK(fleet_errors(R"({"ship.a": {"power": 900}})", "ferry") ==
        Lines{"ship.a.power: 900 is out of range; valid: 1 to 500 kW"});
  // What is another type's default is a value as every other.
  CHECK(power(R"({"ship.a": {"power": 100}})", "tug") == 100);
}

TEST_CASE("so may the default of a text", "[options]") {
  auto maker = [](std::string_view text, std::string_view type) {
    auto parsed = parse_fleet(text, type);
    CHECK(parsed.errors.empty());
    return fleet_options().make(parsed.settings).ships.at("a").spare.maker;
  };
  CHECK(maker(R"({"ship.a": {}})", "ferry") == "A");
  CHECK(maker(R"({"ship.a": {}})", "tug") == "B");
  CHECK(maker(R"({"ship.a": {"spare.maker": "A"}})", "tug") == "A");
  CHECK(maker(R"({"ship.a": {"spare.maker": ""}})", "tug") == "B");
  CHECK(fleet_errors(fmt::format(R"({{"ship.a": {{"maker": "{}"}}}})", std::string(256, 'x')), "tug") ==
        Lines{"ship.a.maker: the text has 256 bytes; valid: a text of up to 255 bytes"});
}

TEST_CASE("what is for another type of application is refused by name", "[options]") {
  CHECK(fleet_errors(R"({"gate": {"width": 9}})", "tug").empty());
  CHECK(fleet_errors(R"({"gate": {"width": 1}, "locks": []})", "ferry") ==
        Lines{"gate.width: the option is for applications of type tug, and this one is of type ferry: ramps"});
  CHECK(fleet_errors(R"({"locks": []})", "tug") ==
        Lines{"locks: the section is for applications of type ferry, and this one is of type tug: a gate"});
  CHECK(fleet_errors(R"({"gate": {"width": 1}, "locks": []})", "").empty());  // which one it is, is wrong elsewhere
  CHECK(fleet_errors(R"({"bridges": []})", "tug") == Lines{"bridges: there is no such section; valid: gate, ship.*"});
}

TEST_CASE("sections that come and go by name, and options without a row, are changes", "[options]") {
  auto options = fleet_options();
  auto texts = [&](std::string_view before, std::string_view after) {
    auto settings = [&](std::string_view text) {
      return options.settings(options.make(parse_fleet(text, "tug").settings));
    };
    Lines out;
    for (const auto& change : changed_settings(options.table(), settings(before), settings(after))) {
      out.push_back(change.text());
    }
    return out;
  };
  CHECK(texts(R"({"ship.b": {}, "ship.c": {"fuel": "gas"}})", R"({"ship.c": {}, "ship.a": {}})") ==
        Lines{"ship.b: removed, after a restart", "ship.c.fuel: \"gas\" -> \"diesel\", after a restart",
              "ship.a: added, after a restart"});
  CHECK(texts(R"({"ship.a": {"tea": "1", "rum": "1"}})", R"({"ship.a": {"rum": "2", "oil": "3"}})") ==
        Lines{"ship.a.rum: \"1\" -> \"2\", at once", "ship.a.tea: removed, at once", "ship.a.oil: added, at once"});
}

TEST_CASE("the sample is that of a type, the manual that of all", "[options]") {
  auto options = fleet_options();
  for (std::string_view type : {"ferry", "tug"}) {
    std::string sample = sample_file(options.table(), "A sample.", type, {{"gate.width", std::int64_t{12}}});
    auto parsed = parse_fleet(sample, type);
    CHECK(parsed.errors.empty());
    CHECK(options.make(parsed.settings).ships.at("NAME").spare.power == (type == "tug" ? 200 : 100));
    CHECK((sample.find("\"locks\"") != std::string::npos) == (type == "ferry"));
    CHECK((sample.find("\"width\": 12\n  },") != std::string::npos) == (type == "tug"));
    CHECK(sample.find("    // Any other is cargo.\n") != std::string::npos);
  }
  std::string manual = options_manual(options.table(), "# Manual\n");
  for (std::string_view part :
       {"## ship.* (one for each name: each has these)\n", "### ship.*.*\n\nAny other is cargo.\n\n- Default: none\n",
        "### ship.*.spare.power\n\nWhat it gives.\n\n- Default: `100` (ferry), `200` (tug)\n"
        "- Valid: 1 to 500 (ferry), 900 (tug) kW\n",
        "### ship.*.spare.maker\n\nWho made it.\n\n- Default: `\"A\"` (ferry), `\"B\"` (tug)\n",
        "### gate.width\n\nIn cm.\n\n- Default: none\n", "The locks.\n\nOnly for applications of type ferry.\n",
        "- Only for applications of type tug\n"}) {
    CAPTURE(part);
    CHECK(manual.find(part) != std::string::npos);
  }
}

}  // namespace outpost::test::options_test
