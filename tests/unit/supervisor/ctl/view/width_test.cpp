#include "supervisor/ctl/view/width.h"

#include "supervisor/ctl/view/table.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::width_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("a text is as wide as a terminal shows it", "[ctl][width]") {
  CHECK(display_width("Zoë") == 3);
  CHECK(display_width("世界") == 4);
  CHECK(display_width("한국어") == 6);
  CHECK(display_width("Zoe\u0308") == 3);       // a combining mark
  CHECK(display_width("a\u200B\u202Eb") == 2);  // what cannot be seen
  CHECK(display_width("\U0001F600") == 2);      // an emoji
  CHECK(display_width("\xFF") == 1);            // no UTF-8
  CHECK(display_width("\x1b[36mbar\x1b[0m") == 3);
}

TEST_CASE("wide characters keep columns aligned", "[ctl][width]") {
  Table table({{"NAME"}, {"X"}});
  table.add({"世界", "a"});
  table.add({"Zoe\u0308", "b"});
  CHECK(table.take() == "NAME  X\n世界  a\nZoe\u0308   b\n");
}

TEST_CASE("a line is cut between characters, and its colour ends", "[ctl][width]") {
  CHECK(cut_to_width("abc", 3) == "abc");
  CHECK(cut_to_width("abc", 2) == "ab");
  CHECK(cut_to_width("a世界", 2) == "a");
  CHECK(cut_to_width("a世界", 3) == "a世");
  CHECK(cut_to_width("e\u0308x", 1) == "e\u0308");
  CHECK(cut_to_width("\x1b[36mabc\x1b[0m", 2) == "\x1b[36mab\x1b[0m");
}

TEST_CASE("a text that is too long says how much is missing", "[ctl][width]") {
  CHECK(fit("one\ntwo\nthree\n", 80, 3) == "one\ntwo\nthree\n");
  CHECK(fit("one\ntwo\nthree\n", 2, 80) == "on\ntw\nth\n");
  CHECK(fit("one\ntwo\nthree\nfour\n", 80, 3) == "one\ntwo\n... 2 more lines\n");
  CHECK(fit("one\ntwo\n", 80, 1) == "... 2 more lines\n");
}

}  // namespace outpost::test::width_test
