#include "supervisor/record_rules.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::int32_t kNoType = 0;
constexpr std::int32_t kMobile = 4;
constexpr std::int32_t kEmail = 10;
constexpr std::int32_t kMessaging = 11;

}  // namespace

TEST_CASE("a contact that cannot be seen is refused, whatever its type", "[record_rules]") {
  for (std::int32_t type = 0; type <= kMessaging; ++type) {
    for (const char* blank : {"   ", "\xe2\x80\x8b", "\xc2\xa0\xe2\x80\xaa"}) {
      CHECK_THAT(contact_problem(type, blank), ContainsSubstring("must not be blank"));
    }
    CHECK_THAT(contact_problem(type, ""), ContainsSubstring("must not be empty"));
  }
}

TEST_CASE("a contact with control characters is refused, whatever its type", "[record_rules]") {
  for (std::int32_t type = 0; type <= kMessaging; ++type) {
    for (const char* bad : {"+1555\n0100", "+1555\t0100", "+15550100\r", "a@b\xe2\x80\xa8",
                            "\xc2\x85"
                            "1",
                            "1\x7f"}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("control characters"));
    }
  }
}

TEST_CASE("what a spreadsheet made of a phone number is refused with what it looks like", "[record_rules]") {
  for (std::int32_t type : {kNoType, 1, kMobile, 9}) {
    for (const char* bad : {"1.55502E+10", "1,55502e+10", "2E+10", "1.5E10", " +1.55502E+10 ",
                            "\xc2\xa0"
                            "1E-5"}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("shortened"));
    }
    for (const char* bad : {"15550213.0", "15550213.00", "15550213,0", "+15550213.0", "15550213.0 "}) {
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("decimals"));
    }
    for (const char* bad : {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#BEZUG!",
                            "#NV", "#N/D", "#\xd0\x9d/\xd0\x94", "#GETTING_DATA", "#n/a", " #N/A", "Err:502"}) {
      INFO(bad);
      CHECK_THAT(contact_problem(type, bad), ContainsSubstring("error value"));
    }
    CHECK_THAT(contact_problem(type, "########"), ContainsSubstring("too narrow"));
    CHECK_THAT(contact_problem(type, "=\"+15550100\""), ContainsSubstring("formula"));
  }
}

TEST_CASE("phones that people write are taken", "[record_rules]") {
  for (const char* good : {"+15550100", "(555) 555-2006", "555.0213", "01.23.45.67.89", "+1 555 0100 ext. 12", "1800E5",
                           "1-800-FLOWERS", "#31#15550100", "*67", "#LAW", "15,550,213", "\xe2\x80\xaa+1\xe2\x80\xac",
                           "\xef\xbc\x8b\xef\xbc\x91", "ada@example.org", "a1", "0"}) {
    INFO(good);
    CHECK(contact_problem(kMobile, good).empty());
    CHECK(contact_problem(kNoType, good).empty());
  }
}

TEST_CASE("addresses are free text", "[record_rules]") {
  for (std::int32_t type : {kEmail, kMessaging}) {
    for (const char* good : {"1.5E+10", "15550213.0", "#N/A", "=x", "###", "ada@example.org", "live:ada"}) {
      CHECK(contact_problem(type, good).empty());
    }
  }
}

TEST_CASE("an identifier must show something", "[record_rules]") {
  CHECK(identifier_problem("C7").empty());
  CHECK(identifier_problem(" C7").empty());
  CHECK_THAT(identifier_problem("\xe2\x80\x8b"), ContainsSubstring("must not be blank"));
  CHECK_THAT(identifier_problem(""), ContainsSubstring("must not be empty"));
}
