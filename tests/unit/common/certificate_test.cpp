#include "common/certificate.h"

#include "common/cipher_suites.h"
#include "tests/support/certificates.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::certificate_test {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("a certificate tells its subject, names and dates", "[certificate]") {
  test::TempDir folder;
  test::make_certificate(folder, "a", "/C=DE/O=Example/CN=ivr",
                         "-days 90 -addext subjectAltName=DNS:IVR.example,DNS:*.example,IP:127.0.0.1");
  auto read = read_certificates(test::file_text(folder.file("a.pem")));
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK(read->front().subject == "C=DE, O=Example, CN=ivr");
  CHECK(read->front().names == std::vector<std::string>{"ivr.example", "*.example"});
  CHECK(read->front().valid_till - read->front().valid_from == 90 * 24 * 3600);
  CHECK(date_text(0) == "1970-01-01");
}

TEST_CASE("without alternative names a certificate is for its common name", "[certificate]") {
  test::TempDir folder;
  test::make_certificate(folder, "a", "/CN=Host.Example");
  CHECK(read_certificates(test::file_text(folder.file("a.pem")))->front().names ==
        std::vector<std::string>{"host.example"});
}

TEST_CASE("what is no certificate or key is refused in words", "[certificate]") {
  test::TempDir folder;
  test::make_certificate(folder, "a", "/CN=a");
  test::make_certificate(folder, "b", "/CN=b");
  std::string certificate = test::file_text(folder.file("a.pem"));
  std::string key = test::file_text(folder.file("a.key"));
  CHECK(check_key(key));
  CHECK(check_pair(certificate, key));
  CHECK(check_pair(certificate, test::file_text(folder.file("b.key"))).error().text ==
        "holds the key of another certificate");
  CHECK(read_certificates("").error().text == "holds no certificate in PEM form");
  CHECK(read_certificates(key).error().text == "holds no certificate in PEM form");
  CHECK(check_key(certificate).error().text == "holds no private key in PEM form");
  std::string damaged = certificate;
  damaged[damaged.size() / 2] = '!';
  CHECK_FALSE(read_certificates(damaged));
  CHECK_FALSE(read_certificates(certificate + damaged));
  std::string lock = "cd '" + folder.path() + "' && openssl pkey -in a.key -aes128 -passout pass:x -out locked.key";
  REQUIRE(std::system(lock.c_str()) == 0);
  CHECK_THAT(check_key(test::file_text(folder.file("locked.key"))).error().text, ContainsSubstring("pass phrase"));
}

TEST_CASE("cipher suites have their IANA names", "[certificate]") {
  auto both = parse_cipher_suites("TLS_AES_128_GCM_SHA256, tls_ecdhe_rsa_with_aes_128_gcm_sha256");
  REQUIRE(both);
  CHECK(both->ids == std::vector<int>{0x1301, 0xC02F});
  CHECK((both->tls_1_2 && both->tls_1_3));
  auto old = parse_cipher_suites("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
  REQUIRE(old);
  CHECK_FALSE(old->tls_1_3);
  CHECK(parse_cipher_suites("")->ids.size() == 9);
  CHECK(parse_cipher_suites("TLS_AES_128_GCM_SHA265").error().text ==
        "\"TLS_AES_128_GCM_SHA265\" is no cipher suite that is spoken here; did you mean TLS_AES_128_GCM_SHA256?");
  // No forward secrecy, no certificate, no encryption, no word.
  CHECK_FALSE(parse_cipher_suites("TLS_RSA_WITH_AES_128_GCM_SHA256"));
  CHECK_FALSE(parse_cipher_suites("TLS_PSK_WITH_AES_128_GCM_SHA256"));
  CHECK_FALSE(parse_cipher_suites("TLS_ECDHE_RSA_WITH_NULL_SHA"));
  CHECK_FALSE(parse_cipher_suites("TLS_AES_128_GCM_SHA256,"));
}

}  // namespace outpost::test::certificate_test
