// Certificates and keys that a test makes for itself with the openssl program.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temp_dir.h"

namespace outpost::test {

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// NAME.pem and NAME.key in `folder`, signed by itself. `options` are those of openssl req, e.g. "-days 10".
inline void make_certificate(const TempDir& folder, const std::string& name, const std::string& subject,
                             const std::string& options = "-days 90") {
  std::string command = "cd '" + folder.path() +
                        "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '" + subject +
                        "' -keyout " + name + ".key -out " + name + ".pem " + options + " 2>openssl.txt && chmod 600 " +
                        name + ".key";
  must(std::system(command.c_str()) == 0, "openssl made no certificate");
}

}  // namespace outpost::test
