// Options as other products' files have them: loose values, numbers that are raised, names that are ignored or secret,
// a section of two names, patterns that wait for a restart; and a sample's examples.
#include <catch2/catch_test_macros.hpp>

#include "common/options.h"

namespace outpost::test::options_loose_test {

using Lines = std::vector<std::string>;

namespace {

struct Cargo {
  std::int64_t weight = 7;
  bool wet = false;
  std::string label = "x";
  OptionTexts notes;
};

struct Port {
  Cargo store;
  std::map<std::string, Cargo> holds;
};

bool is_hidden(std::string_view name) { return name.starts_with("key"); }

std::vector<Option<Cargo>> cargo_options() {
  return {option("*", &Cargo::notes, {.loose = true, .ignores = "#_", .secret_name = is_hidden, .text = "A note."}),
          option("_label", &Cargo::label, {.loose = true, .text = "What stands on it."}),
          option("weight", &Cargo::weight, {.low = 5, .high = 9, .loose = true, .raised = true, .text = "In t."}),
          option("wet", &Cargo::wet, {.loose = true, .text = "Whether it is wet."})};
}

Options<Port> port_options() {
  Options<Port> options;
  options.section("store", &Port::store, "The store.", cargo_options());
  options.also_called("shed");
  options.section("hold.*", &Port::holds, "The holds.", cargo_options());
  return options;
}

ParsedOptions parse_port(std::string_view text) {
  auto root = parse_json(text, {.comments = true});
  REQUIRE(root);
  return parse_options(port_options().table(), *root, "f.json");
}

Lines texts_of(const std::vector<OptionFinding>& findings) {
  Lines out;
  for (const auto& one : findings) out.push_back(finding_text("f.json", one));
  return out;
}

Cargo store_of(std::string_view text) {
  auto parsed = parse_port(text);
  CHECK(texts_of(parsed.errors).empty());
  return port_options().make(parsed.settings).store;
}

}  // namespace

TEST_CASE("a loose value may be written as another type", "[options]") {
  Cargo cargo = store_of(R"({"store": {"weight": "8", "wet": "true", "_label": 12, "a": false, "b": -3, "c": "t"}})");
  CHECK(cargo.weight == 8);
  CHECK(cargo.wet);
  CHECK(cargo.label == "12");
  CHECK(cargo.notes == OptionTexts{{"a", "false"}, {"b", "-3"}, {"c", "t"}});
  CHECK(
      texts_of(parse_port(R"({"store": {"weight": "8 t", "wet": 1, "_label": 1.5, "a": null, "key": 1.5}})").errors) ==
      Lines{"f.json:1: store.weight: \"8 t\" is not a whole number; valid: 5 to 9",
            "f.json:1: store.wet: 1 is not true or false; valid: true or false",
            "f.json:1: store._label: 1.5 is not a string; valid: a text of up to 255 bytes",
            "f.json:1: store.a: null is not a string; valid: a text of up to 255 bytes",
            "f.json:1: store.key: the value is not a string; valid: a text of up to 255 bytes"});
}

TEST_CASE("a number may count as the least there is", "[options]") {
  CHECK(store_of(R"({"store": {"weight": 4}})").weight == 5);
  CHECK(texts_of(parse_port(R"({"store": {"weight": "-4"}})").remarks) ==
        Lines{"f.json:1: store.weight: -4 is less than the least and counts as 5"});
  CHECK(texts_of(parse_port(R"({"store": {"weight": 10}})").errors).size() == 1);
}

TEST_CASE("names of an open row may be ignored", "[options]") {
  constexpr std::string_view kText = R"({"store": {"#a": [], "_x": 1, "_labl": 2, "b": "1", "#\n": 0}})";
  CHECK(store_of(kText).notes == OptionTexts{{"b", "1"}});
  CHECK(texts_of(parse_port(kText).remarks) ==
        Lines{"f.json:1: store.#a: is ignored, for its name begins with #",
              "f.json:1: store._x: is ignored, for its name begins with _",
              "f.json:1: store._labl: is ignored, for its name begins with _; did you mean _label?",
              "f.json:1: store.#\\x0A: is ignored, for its name begins with #"});
}

TEST_CASE("what is secret of an open row is so by its name", "[options]") {
  auto options = port_options();
  auto before = parse_port(R"({"store": {"key1": "4711", "a": "4712"}})").settings;
  std::string printed = print_settings(options.table(), before);
  CHECK(printed.find("4711") == std::string::npos);
  CHECK(printed.find("store.a = \"4712\"") != std::string::npos);
  auto changes =
      changed_settings(options.table(), before, parse_port(R"({"store": {"key1": "1", "a": "4712"}})").settings);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].text() == "store.key1: *** -> ***, after a restart");
}

TEST_CASE("a section may have another name in the file, but not both", "[options]") {
  CHECK(store_of(R"({"shed": {"weight": 6}})").weight == 6);
  CHECK(texts_of(parse_port(R"({"shed": {}})").remarks) == Lines{"f.json:1: shed: is read as the section store"});
  CHECK(texts_of(parse_port("{\"store\": {},\n\"shed\": {}}").errors) ==
        Lines{"f.json:2: shed: that is another name of the section store, which the file has too; valid: one of them"});
  CHECK(texts_of(parse_port(R"({"": {}})").errors).size() == 1);
}

TEST_CASE("a section by pattern that waits for a restart waits as a whole", "[options]") {
  auto options = port_options();
  auto started = parse_port(R"({"hold.a": {"weight": 6}, "hold.gone": {}})").settings;
  auto latest = parse_port(R"({"hold.a": {"weight": 7}, "hold.came": {}})").settings;
  Port port = options.make(settings_in_force(options.table(), started, latest));
  CHECK(port.holds.size() == 2);
  CHECK(port.holds.contains("gone"));
  CHECK(port.holds.at("a").weight == 6);
}

TEST_CASE("a sample has its examples, the first of a pattern with every option", "[options]") {
  auto options = port_options();
  std::string sample = sample_file(options.table(), "A sample.", {}, {},
                                   {{"hold.a", {{"weight", std::int64_t{9}}, {"note", std::string("n")}}},
                                    {"hold.b", {{"wet", true}, {"note", std::string("m")}}}});
  auto parsed = parse_port(sample);
  CHECK(texts_of(parsed.errors).empty());
  Port port = options.make(parsed.settings);
  REQUIRE(port.holds.size() == 2);
  CHECK(port.holds.at("a").weight == 9);
  CHECK(port.holds.at("a").notes == OptionTexts{{"note", "n"}});
  CHECK(port.holds.at("b").wet);
  CHECK(port.holds.at("b").notes == OptionTexts{{"note", "m"}});
  CHECK(sample.ends_with("  \"hold.b\": {\n    \"wet\": true,\n    \"note\": \"m\"\n  }\n}\n"));
}

}  // namespace outpost::test::options_loose_test
