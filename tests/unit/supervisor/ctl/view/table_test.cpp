#include "supervisor/ctl/view/table.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::table_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("table columns are aligned by what a terminal shows", "[ctl][table]") {
  Table table({{"ID", Table::Align::right}, {"NAME"}, {"X"}});
  table.add({"7", "Zoë", "a"});
  table.add({"123", "Bob Fictional"});
  CHECK(table.take() == " ID  NAME           X\n  7  Zoë            a\n123  Bob Fictional\n");
  table.add({"1", "x", "y"});
  CHECK(table.take() == "  1  x              y\n");
}

TEST_CASE("a cell cannot command the terminal", "[ctl][table]") {
  Table table({{""}});
  table.add({"\x1b[2Jgone\nnext"});
  CHECK(table.take() == "\\x1B[2Jgone\\x0Anext\n");
}

}  // namespace outpost::test::table_test
