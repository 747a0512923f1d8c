#include "common/digest.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::digest_test {

TEST_CASE("SHA-256 of known texts", "[digest]") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("equal bytes give a full mask, any difference an empty one", "[digest]") {
  std::string a = sha256("a");
  CHECK(equal_mask(a, a) == 0xFFFFFFFFU);
  CHECK(equal_mask("", "") == 0xFFFFFFFFU);
  CHECK(equal_mask(a, a.substr(1)) == 0);
  for (std::size_t i = 0; i < a.size() * 8; ++i) {
    std::string b = a;
    b[i / 8] = static_cast<char>(b[i / 8] ^ (1 << (i % 8)));
    CHECK(equal_mask(a, b) == 0);
  }
}

TEST_CASE("HMAC of known texts, RFC 4231", "[digest]") {
  CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("base64 as in RFC 4648", "[digest]") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("\xfb\xff") == "+/8=");
}

TEST_CASE("base64url as in RFC 4648", "[digest]") {
  CHECK(base64url("") == "");
  CHECK(base64url("f") == "Zg");
  CHECK(base64url("fo") == "Zm8");
  CHECK(base64url("foo") == "Zm9v");
  CHECK(base64url("foobar") == "Zm9vYmFy");
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(base64url(std::string(32, 'x')).size() == 43);
}

TEST_CASE("base64 is read with padding or without", "[digest]") {
  CHECK(of_base64("") == "");
  CHECK(of_base64("Zg==") == "f");
  CHECK(of_base64("Zg") == "f");
  CHECK(of_base64("Zm8=") == "fo");
  CHECK(of_base64("Zm9v") == "foo");
  CHECK(of_base64("+/8") == "\xfb\xff");
  for (const char* wrong : {"Z", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "Z===", "=", "Zm-v", "Zm9v ", "Zh==", "Zg==Zg"}) {
    INFO(wrong);
    CHECK_FALSE(of_base64(wrong));
  }
}

TEST_CASE("hexadecimal digits there and back", "[digest]") {
  CHECK(of_hex(to_hex(std::string("\0\x7f\xff", 3))) == std::string("\0\x7f\xff", 3));
  for (const char* wrong : {"0", "0g", "AB", "0x", "00 0"}) CHECK(of_hex(wrong).empty());
}

TEST_CASE("random bytes differ", "[digest]") {
  auto a = random_bytes(32);
  auto b = random_bytes(32);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->size() == 32);
  CHECK(*a != *b);
}

}  // namespace outpost::test::digest_test
