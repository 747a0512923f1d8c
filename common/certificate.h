// X.509 certificates and private keys as PEM texts: what they are, and whether they fit together. No file is opened.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"

namespace outpost {

// Makes the cryptography ready; it must have succeeded before any other use of it. Repeated calls cost nothing. The
// only thing it asks of the system, now and later, is random bytes by getrandom().
Result<> start_crypto();

struct Certificate {
  std::string subject;             // "C=DE, O=Example, CN=ivr"; printable
  std::vector<std::string> names;  // DNS names it was issued for, in lower case: of the SAN, or without one the CN
  std::int64_t valid_from = 0;     // seconds since 1970 UTC
  std::int64_t valid_till = 0;
};

// All certificates of a text, at least one. An error is the rest of a sentence: "holds no certificate in PEM form".
Result<std::vector<Certificate>> read_certificates(const std::string& pem);

// Whether the text is a private key that can be used, and that of the first certificate. The same form of errors.
Result<> check_key(const std::string& key_pem);
Result<> check_pair(const std::string& certificate_pem, const std::string& key_pem);

// "2026-01-02", in UTC.
std::string date_text(std::int64_t seconds);

}  // namespace outpost
