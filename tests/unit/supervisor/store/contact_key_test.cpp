#include "supervisor/store/contact_key.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::contact_key_test {

using namespace outpost::supervisor;

namespace {

std::string phone(std::string_view value) { return contact_key(ContactKind::phone, value); }
std::string customer(std::string_view value) { return contact_key(ContactKind::customer_id, value); }

}  // namespace

TEST_CASE("numbers that a person reads as the same compare alike", "[contact_key]") {
  for (const char* same :
       {"+15552001\xc2\xa0", "\xe2\x80\xaa+15552001\xe2\x80\xac", " +15552001", "+1-555-2001", "+1 (555) 2001",
        "+1\xe2\x80\x91"
        "555\xe2\x88\x92"
        "2001",
        "+1.555.2001", "(+1) 555/2001",
        "\xef\xbc\x8b\xef\xbc\x91"
        "5552001",
        "\xef\xb9\xa2"
        "15552001",
        "\xef\xbb\xbf+15552001",
        "+1\xe3\x83\xbb"
        "555\xe3\x80\x80"
        "2001",
        "\xf0\x9f\x93\x9e +15552001", "++15552001", "tel:+15552001",
        "+1\xe3\x83\xbc"
        "555\xef\xbd\xb0"
        "2001",
        "+\xd9\xa1"
        "555\xdb\xb2"
        "001"}) {
    INFO(same);
    CHECK(phone(same) == "+15552001");
  }
  CHECK(is_same_contact(ContactKind::phone, "(555) 555-2006", "5555552006"));
  CHECK(is_same_contact(ContactKind::phone, "1-800-FLOWERS", "1800flowers"));
}

TEST_CASE("a number compares alike with and without a character that cannot be seen", "[contact_key]") {
  for (std::string plain : {"+15552001", "+1 (555) 2001", "1+555+2001", "++1-555", "*31#555", "#", "  5 ", "+",
                            "-5\x7f", "5552001x12", "tel:+1-555", "a-b", "5@x", "Ext-5"}) {
    INFO(plain);
    CHECK(phone(plain) == phone("\xe2\x80\x8b" + plain));
    CHECK(phone(plain) == phone(plain + "\xe2\x80\x8b"));
  }
}

TEST_CASE("numbers that a person reads as different stay different", "[contact_key]") {
  CHECK(phone("15552001") != phone("+15552001"));
  CHECK(phone("1+5552001") == "15552001");  // only in front does a plus say something
  CHECK(phone("*15552001") != phone("15552001"));
  CHECK(phone("#31#5552001") == "#31#5552001");
  CHECK(phone("5552001x12") == "5552001x12");
  CHECK(phone("5552001") != phone("5552010"));
  CHECK(phone("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("a name that begins with a letter is an address", "[contact_key]") {
  CHECK_FALSE(is_same_contact(ContactKind::phone, "john_smith", "johnsmith"));
  CHECK(is_same_contact(ContactKind::phone, "John_Smith\xc2\xa0", "john_smith"));
}

TEST_CASE("punctuation of an address carries meaning, what cannot be seen does not", "[contact_key]") {
  CHECK(phone(" Ada.Lovelace@Example.org\xe2\x80\x8b") == "ada.lovelace@example.org");
  CHECK(phone("a.b@x") != phone("ab@x"));
  CHECK(phone("a-b@x") != phone("ab@x"));
  CHECK(phone("sip:+1-555@host") == "sip:+1-555@host");
}

TEST_CASE("a contact of punctuation only, or that cannot be seen, is like itself alone", "[contact_key]") {
  CHECK(phone(" -- ") == "--");
  CHECK(phone("--") != phone("---"));
  CHECK(phone("  ") == "  ");
  CHECK(phone("\xe2\x80\x8b") != phone(" "));
  CHECK(phone("").empty());
}

TEST_CASE("customer ids compare as they are but for what cannot be seen around them", "[contact_key]") {
  CHECK(customer(" C-7\xc2\xa0\xe2\x80\x8b") == "C-7");
  CHECK(customer("C 7") == "C 7");
  CHECK(customer("c-7") != customer("C-7"));
  CHECK(customer("C7") != customer("C-7"));
  CHECK(customer(" \xe2\x80\x8b").empty());
}

TEST_CASE("a key is no longer than its value and is its own key", "[contact_key]") {
  for (std::string value : {std::string(128, '7'), std::string("+1 (555) \xef\xbc\x91"), std::string("A@B.C"),
                            std::string("--"), std::string("\xff\xfe 1")}) {
    CHECK(phone(value).size() <= value.size());
    CHECK(phone(phone(value)) == phone(value));
    CHECK(customer(customer(value)) == customer(value));
  }
}

}  // namespace outpost::test::contact_key_test
