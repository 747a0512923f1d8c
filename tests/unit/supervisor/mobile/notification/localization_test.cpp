#include "supervisor/mobile/notification/localization.h"

#include <fstream>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/temp_dir.h"

namespace outpost::supervisor::mobile::localization_test {

namespace {

using Catch::Matchers::ContainsSubstring;

constexpr std::string_view kFile = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- texts of the bank -->
<messages default="en">
  <message key="ready">
    <text lang="en">Your agent is ready &amp; waits</text>
    <text lang="de">Ihr Berater ist bereit</text>
    <text lang="de-AT"><![CDATA[Ihr <Berater> wartet]]></text>
  </message>
  <message key="bye"><text lang="fr">Au revoir</text></message>
</messages>
)";

Localization read(std::string_view xml) {
  auto made = Localization::parse(xml);
  if (!made) FAIL(made.error().text);
  return *std::move(made);
}

std::string refused(std::string_view xml) {
  auto made = Localization::parse(xml);
  REQUIRE_FALSE(made);
  return made.error().text;
}

std::string root(std::string_view inner) { return "<messages default=\"en\">\n" + std::string(inner) + "</messages>"; }

}  // namespace

TEST_CASE("a text is that of the language, of its primary subtag, of the default, or the key", "[notification]") {
  Localization file = read(kFile);
  CHECK(file.messages() == 2);
  CHECK(file.text("ready", "de-AT") == "Ihr <Berater> wartet");
  CHECK(file.text("ready", "DE_at") == "Ihr <Berater> wartet");
  CHECK(file.text("ready", "de-CH") == "Ihr Berater ist bereit");
  CHECK(file.text("ready", "it") == "Your agent is ready & waits");
  CHECK(file.text("ready", "") == "Your agent is ready & waits");
  CHECK(file.text("bye", "de") == "bye");
  CHECK(file.text("none", "de") == "none");
  CHECK(Localization().text("ready", "en") == "ready");
}

TEST_CASE("entities of the file's own are not expanded", "[notification]") {
  CHECK_THAT(refused("<!DOCTYPE messages [<!ENTITY a \"x\">]>\n" + root("")),
             ContainsSubstring("line 1: a document type is not taken"));
  Localization file = read(root(R"(<message key="k"><text lang="en">&a;</text></message>)"));
  CHECK(file.text("k", "en") == "&a;");
}

TEST_CASE("what is wrong in the file is named with its line", "[notification]") {
  CHECK_THAT(refused(root("<message key=\"k\">")), ContainsSubstring("line 2: "));
  CHECK_THAT(refused("<other/>"), ContainsSubstring("only elements <messages>"));
  CHECK_THAT(refused(root("") + root("")), ContainsSubstring("one element <messages>"));
  CHECK_THAT(refused(root("<text/>")), ContainsSubstring("line 2: only elements <message>"));
  CHECK_THAT(refused(root("<message/>")), ContainsSubstring("line 2: the element <message> needs the attribute key"));
  CHECK_THAT(refused(root("<message key='k'><text/></message>")), ContainsSubstring("needs the attribute lang"));
  CHECK_THAT(refused(root("<message key='k'/>\n<message key='k'/>")), ContainsSubstring("line 3: the key"));
  CHECK_THAT(refused(root("<message key='k'><text lang='EN'/><text lang='en'/></message>")),
             ContainsSubstring("twice"));
  CHECK_THAT(refused(root("<message key='k'><text lang='en'>a<b/></text></message>")),
             ContainsSubstring("nothing but text"));
  CHECK_THAT(refused(""), ContainsSubstring("line 1: "));
  CHECK_THAT(refused("<messages>\xFF</messages>"), ContainsSubstring("UTF-8"));
}

TEST_CASE("a file has a size at most, and the message names it", "[notification]") {
  test::TempDir folder;
  std::string path = folder.file("texts.xml");
  std::ofstream(path) << kFile;
  CHECK(Localization::load(path).value().messages() == 2);
  std::ofstream(path) << kFile << std::string(Localization::kFileBytesMax, ' ');
  auto large = Localization::load(path);
  REQUIRE_FALSE(large);
  CHECK(large.error().text == path + ": it has more than 1 MiB");
  auto none = Localization::load(folder.file("none.xml"));
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().text, ContainsSubstring("none.xml: cannot be opened"));
  CHECK_FALSE(Localization::load(folder.path()));
}

}  // namespace outpost::supervisor::mobile::localization_test
