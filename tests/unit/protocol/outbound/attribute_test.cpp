#include "protocol/outbound/attribute.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>

namespace outpost::test::attribute_test {

using namespace outpost::protocol;

TEST_CASE("a key knows its attribute, however it was made", "[attribute]") {
  const std::string text = "GSW_PHONE";
  const EventKey keys[] = {"GSW_PHONE", text, std::string_view(text), std::string(text), *find_attribute("GSW_PHONE")};
  for (const EventKey& key : keys) {
    CHECK(key.known() == find_attribute("GSW_PHONE"));
    CHECK(key == keys[0]);
    CHECK(key == "GSW_PHONE");
    CHECK(key == text);
    CHECK(key.size() == text.size());
  }
  for (std::string_view other :
       {"", "GSW_", "GSW_PHONe", "GSW_PHONE ", "gsw_phone", "STATE", "GSW_CUSTOM_FIELD_OF_OURS"}) {
    EventKey key(other);
    CHECK(key.known() == nullptr);
    CHECK(key == other);
    CHECK(key == EventKey(std::string(other)));
    CHECK(key != keys[0]);
    CHECK(key.empty() == other.empty());
  }
}

TEST_CASE("a key that is moved or copied is what it was", "[attribute]") {
  for (std::string_view text : {"", "GSW_PHONE", "STATE", "fifteen letters", "sixteen letters!",
                                "a key that is too long to be held without memory of its own"}) {
    EventKey key(text);
    CHECK(key.text() == text);
    EventKey copy = key;
    EventKey moved = std::move(key);
    CHECK(copy == text);
    CHECK(moved == copy);
    CHECK(moved.known() == copy.known());
    copy = "GSW_FROM";
    CHECK(copy.known() == find_attribute("GSW_FROM"));
    copy = moved;
    CHECK(copy == text);
    EventKey& same = copy;
    copy = same;
    CHECK(copy == text);
    copy = std::move(moved);
    CHECK(copy == text);
  }
}

TEST_CASE("every attribute is found, and nothing near it", "[attribute]") {
  for (const Attribute& row : attributes()) {
    std::string key(row.key);
    CHECK(find_attribute(key) == &row);
    CHECK(find_attribute(key + "_") == nullptr);
    CHECK(find_attribute(key + '\0') == nullptr);
    for (char& c : key) {
      char kept = std::exchange(c, '#');
      CHECK(find_attribute(key) == nullptr);
      c = kept;
    }
  }
}

}  // namespace outpost::test::attribute_test
