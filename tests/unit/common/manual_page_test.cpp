#include "common/manual_page.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::manual_page_test {

using Catch::Matchers::ContainsSubstring;

namespace {

PageFacts facts() {
  PageFacts facts;
  facts.name = "tool";
  facts.section = "1";
  facts.about = "a tool";
  facts.paragraphs = {"It does things. Then it ends.", ".Dangerous at a line's beginning, and \\ within."};
  facts.lists = {{"EXIT STATUS", {{"0", "done"}}}};
  facts.see_also = {"one 1", "two 8"};
  return facts;
}

CommandTree tree() {
  CommandTree tree{"tool", "", "", {{.names = {"-o", "--output"}, .value = "FILE", .text = "Where to"}}, {}};
  CommandTree add{"add", "Add one", "A footer that is\nbroken.\nAnother one.", {}, {}};
  add.options.push_back({.names = {"-h", "--help"}, .text = "Help"});
  add.options.push_back(
      {.names = {"--kind"}, .value = "WHAT", .words = {"a", "b"}, .text = "Which", .default_value = "a"});
  add.options.push_back({.value = "NAME", .text = "Its name", .required = true, .repeats = true});
  tree.commands.push_back({"thing", "Things", "", {}, {add}});
  return tree;
}

struct Main {
  std::string text = "\"x\\";
};
struct Config {
  Main main;
};

}  // namespace

TEST_CASE("a page of a command line has each command under its full name", "[manual]") {
  std::string page = command_page(facts(), tree());
  CHECK_THAT(page, ContainsSubstring(".Dt TOOL 1\n"));
  CHECK_THAT(page, ContainsSubstring(".It Fl \"\\&o\" , Fl \"\\&-output\" Ar \"\\&FILE\"\nWhere to.\n"));
  CHECK_THAT(page, ContainsSubstring(".Ss \"\\&thing add\"\n"));
  CHECK_THAT(page, ContainsSubstring(".Op Ar options\n.Ar \"\\&NAME\" ...\n"));
  CHECK_THAT(page, ContainsSubstring("Which.\nValid: a, b.\nDefault: a.\n"));
  CHECK_THAT(page, ContainsSubstring(".Sh EXIT STATUS\n.Bl -tag -width Ds\n.It \"\\&0\"\ndone\n.El\n"));
  CHECK_THAT(page, ContainsSubstring(".Xr one 1 ,\n.Xr two 8\n"));
}

TEST_CASE("a command's help is said once, and a footer is no longer broken for a terminal", "[manual]") {
  std::string page = command_page(facts(), tree());
  CHECK_THAT(page, !ContainsSubstring("\nHelp.\n"));
  CHECK_THAT(page, ContainsSubstring(".Pp\nA footer that is broken.\n.Pp\nAnother one.\n"));
}

TEST_CASE("nothing in a text is markup, and a sentence begins a line", "[manual]") {
  std::string page = command_page(facts(), tree());
  CHECK_THAT(page, ContainsSubstring("\nIt does things.\nThen it ends.\n"));
  CHECK_THAT(page, ContainsSubstring("\n\\&.Dangerous at a line's beginning, and \\e within.\n"));
}

TEST_CASE("a page of options has defaults, valid values and when a change takes effect", "[manual]") {
  Options<Config> options;
  options.section("main", &Config::main, "The main part.",
                  {option("text", &Main::text, {.high = 5, .takes_effect = TakesEffect::at_once, .text = "A text."})});
  std::string page = options_page(facts(), options.table());
  CHECK_THAT(page, ContainsSubstring(".Ss \"\\&main\"\nThe main part.\n"));
  CHECK_THAT(page, ContainsSubstring(".It Cm \"\\&text\"\nA text.\nDefault: \"\\e\"x\\e\\e\".\nValid: "));
  CHECK_THAT(page, ContainsSubstring("\nTakes effect at once.\n"));
}

}  // namespace outpost::test::manual_page_test
