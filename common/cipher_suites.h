// Cipher suites of TLS 1.2 and 1.3 by their IANA names.
#pragma once

#include <string_view>
#include <vector>

#include "common/error.h"

namespace outpost {

struct CipherSuites {
  std::vector<int> ids;  // IANA numbers in the order of preference
  bool tls_1_2 = false;  // whether some are for this version
  bool tls_1_3 = false;
};

// "TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"; empty for the default, which has forward secrecy and
// authenticated encryption only. What a server with a certificate cannot speak is unknown here, and so are suites
// without encryption. The error names the word and the nearest that is right.
Result<CipherSuites> parse_cipher_suites(std::string_view text);

}  // namespace outpost
