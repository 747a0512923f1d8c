#include "common/completion.h"

#include <CLI/CLI.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::completion_test {

using Catch::Matchers::ContainsSubstring;

namespace {

struct Parsed {
  CLI::App app{"A tool.", "tool"};
  std::string file;
  std::string kind;
  std::string name;
  double seconds = 1;
  bool quiet = false;

  Parsed() {
    app.add_option("-o,--output", file, "Where it's put")->type_name("FILE");
    app.add_option("--timeout", seconds, "How long")->check(CLI::Range(0.5, 9.0))->type_name("S");
    app.add_flag("--inner", quiet, "Not for users")->group(kMaintainers);
    CLI::App* add = app.add_subcommand("thing", "Things")->add_subcommand("add-one", "Add [one]: now");
    add->add_option("--kind", kind, "Which")
        ->check(CLI::IsMember(std::vector<std::string>{"red", "blue"}))
        ->type_name("WHAT");
    add->add_option("NAME", name, "Its name")->required();
  }
};

}  // namespace

TEST_CASE("a command line is read from its parser", "[completion]") {
  Parsed parsed;
  CommandTree tree = command_tree(parsed.app);
  REQUIRE(tree.options.size() == 3);
  CHECK(tree.options[1].names == std::vector<std::string>{"-o", "--output"});
  CHECK(tree.options[1].names_file());
  CHECK(tree.options[2].bounds == "0.5 - 9");
  REQUIRE(tree.commands.size() == 1);
  const CommandTree& add = tree.commands[0].commands[0];
  CHECK(add.name == "add-one");
  CHECK(add.options[0].value.empty());
  CHECK(add.options[1].words == std::vector<std::string>{"red", "blue"});
  CHECK(add.options[2].value == "NAME");
  CHECK(add.options[2].required);
}

TEST_CASE("the completion of bash knows commands, options, words and files", "[completion]") {
  Parsed parsed;
  std::string script = bash_completion(command_tree(parsed.app));
  CHECK_THAT(script,
             ContainsSubstring("    '')\n      commands='thing'\n      options='-h --help -o --output --timeout'\n"
                               "      valued='-o --output --timeout'\n"));
  CHECK_THAT(script, ContainsSubstring("    'thing add-one --kind') words='red blue' ;;\n"));
  CHECK_THAT(script, ContainsSubstring("    'thing add-one -o' | 'thing add-one --output') files=yes ;;\n"));
  CHECK_THAT(script, ContainsSubstring("complete -F _tool tool\n"));
}

TEST_CASE("the completion of zsh has a function for each command, and its texts are no syntax", "[completion]") {
  Parsed parsed;
  std::string script = zsh_completion(command_tree(parsed.app));
  CHECK_THAT(script, ContainsSubstring("#compdef tool\n"));
  CHECK_THAT(script, ContainsSubstring("_tool_thing_add_one() {\n  _arguments \\\n"));
  CHECK_THAT(script, ContainsSubstring("'(-o --output)--output=[Where it'\\''s put]:FILE:_files'"));
  CHECK_THAT(script, ContainsSubstring("'(--kind)--kind=[Which]:WHAT:(red blue)'"));
  CHECK_THAT(script, ContainsSubstring("    'add-one:Add [one]: now'\n"));
  CHECK_THAT(script, ContainsSubstring("'1:NAME: '"));
}

}  // namespace outpost::test::completion_test
