#include "proxy/tls/words.h"

#include <mbedtls/ssl.h>

#include <catch2/catch_test_macros.hpp>

namespace outpost::proxy::tls_words_test {

namespace {

TEST_CASE("an alert is told by its name, or by its number when it has none", "[tls]") {
  CHECK(alert_text(MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA) == "the alert unknown_ca");
  CHECK(alert_text(99) == "alert 99");
}

TEST_CASE("of several faults of a certificate the plainest is told", "[tls]") {
  CHECK(certificate_fault_text(MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_EXPIRED) == "has expired");
  CHECK(certificate_fault_text(0) == "is not valid for a client");
}

TEST_CASE("a server name that is none is not shown", "[tls]") {
  CHECK(server_name_text("").empty());
  CHECK(server_name_text("a.example") == "; server name a.example");
  CHECK(server_name_text("a\nb") == "; the server name is no host name");
}

TEST_CASE("every record that is refused has its alert and its reason", "[tls]") {
  CHECK(alert_for(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE) == MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE);
  CHECK(record_reason(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE).find("KeyUpdate") != std::string::npos);
  CHECK(alert_for(MBEDTLS_ERR_SSL_INVALID_MAC) == MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC);
  CHECK(alert_for(MBEDTLS_ERR_SSL_ALLOC_FAILED) == MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
  CHECK_FALSE(record_reason(MBEDTLS_ERR_SSL_ALLOC_FAILED).empty());
}

}  // namespace

}  // namespace outpost::proxy::tls_words_test
