#include "supervisor/ctl/files/csv_form.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::csv_form_test {

using namespace outpost::supervisor::ctl;
using namespace std::string_view_literals;

TEST_CASE("a file in another encoding is told by what it looks like, and the option that reads it", "[ctl][csv]") {
  auto says = [](std::string_view head, std::string_view part) {
    INFO(encoding_doubt(head));
    return encoding_doubt(head).find(part) != std::string::npos;
  };
  CHECK(says("\xFF\xFEp\0h\0"sv, "is UTF-16: --encoding UTF-16 "));
  CHECK(says("\xFE\xFF\0p\0h"sv, "is UTF-16: --encoding UTF-16 "));
  CHECK(says("\xFF\xFE\0\0p\0\0\0"sv, "is UTF-32: --encoding UTF-32 "));
  CHECK(says("p\0h\0o\0n\0e\0\n\0"sv, "--encoding UTF-16LE"));
  CHECK(says("\0p\0h\0o\0n\0e\0\n"sv, "--encoding UTF-16BE"));
  CHECK(says("pr\xE9nom,phone\n", "--encoding WINDOWS-1252"));
  CHECK(says("PK\x03\x04rest", "save it as CSV"));
  CHECK(says("\x1F\x8B\x08", "unpack it"));
}

TEST_CASE("text in UTF-8 is not doubted, with a byte-order mark or without, and whatever its rows hold", "[ctl][csv]") {
  CHECK(encoding_doubt("phone,pr\xC3\xA9nom\n\xE9\n").empty());
  CHECK(encoding_doubt("\xEF\xBB\xBFphone\n").empty());
  CHECK(encoding_doubt("").empty());
}

TEST_CASE("another delimiter, a sep= line and lines that end with CR are told", "[ctl][csv]") {
  auto says = [](std::string_view head, char delimiter, std::string_view part) {
    INFO(form_doubt(head, delimiter));
    return form_doubt(head, delimiter).find(part) != std::string::npos;
  };
  CHECK(says("phone;customer_id\n1;2\n", ',', "is separated by ;: --delimiter ';' reads it"));
  CHECK(says("phone\tcustomer_id\n", ',', "is separated by tab: --delimiter tab reads it"));
  CHECK(says("\xEF\xBB\xBFphone|customer_id\r\n", ',', "is separated by |: --delimiter '|' reads it"));
  CHECK(says("phone,customer_id\n", ';', "is separated by ,: no --delimiter reads it"));
  CHECK(says("sep=;\r\nphone;customer_id\n", ',', "`sep=` line: --delimiter ';'"));
  CHECK(says("\"sep=\t\"\r\nphone\tcustomer_id\n", ',', "`sep=` line: --delimiter tab"));
  CHECK(says("phone,customer_id\r1,2\r3,4\r", ',', "end with CR"));
}

TEST_CASE("a file of the form that was said is not doubted", "[ctl][csv]") {
  CHECK(form_doubt("phone,customer_id;x\n", ',').empty());
  CHECK(form_doubt("phone\n+1;2\n", ',').empty());
  CHECK(form_doubt("\"phone;of\"\n", ',').empty());
  CHECK(form_doubt("phone;customer_id\n", ';').empty());
  CHECK(form_doubt("sep=;\nphone;customer_id\n", ';').empty());
  CHECK(form_doubt("sep=,\nphone\n", ',').empty());
  CHECK(form_doubt("phone\r\n1\r\n", ',').empty());
  CHECK(form_doubt("phone\r", ',').empty());
  CHECK(form_doubt("", ',').empty());
}

}  // namespace outpost::test::csv_form_test
