#include "supervisor/config/tls_files.h"

#include <sys/stat.h>

#include <fstream>

#include "common/certificate.h"
#include "supervisor/children/http_proxy/configure.h"
#include "supervisor/config/config.h"
#include "tests/support/certificates.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::tls_files_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;

namespace {

using Lines = std::vector<std::string>;

struct Files {
  test::TempDir folder;
  Files() { test::make_certificate(folder, "a", "/CN=a"); }

  // A file with one secure listener on line 2; `more` are options of it.
  std::string config(const std::string& more = "", const std::string& rest = "") {
    std::string path = folder.file("outpost.json");
    std::ofstream(path) << "{\"listeners\": [\n{\"secure\": true, \"certificate\": \"" << folder.file("a.pem")
                        << "\",\n\"key\": \"" << folder.file("a.key") << "\"" << more << "}]" << rest << "}";
    return path;
  }
};

std::string only_error(const ConfigResult& result) {
  REQUIRE_FALSE(result);
  REQUIRE(result.error().size() == 1);
  return result.error().front();
}

Lines errors(const std::string& text) {
  auto parsed = parse_config(text, "f");
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

}  // namespace

TEST_CASE("a key that the service manager hands over is found, as readable as systemd makes it", "[tls]") {
  Files files;
  std::string path = files.folder.file("outpost.json");
  std::ofstream(path) << R"({"listeners": [
{"secure": true, "certificate": "$CREDENTIALS_DIRECTORY/a.pem", "key": "$CREDENTIALS_DIRECTORY/a.key"}]})";
  CHECK_THAT(
      load_config(path).error().front(),
      ContainsSubstring("a.pem cannot be found: the environment of outpostd has no CREDENTIALS_DIRECTORY; valid: "
                        "LoadCredential="));
  setenv("CREDENTIALS_DIRECTORY", files.folder.path().c_str(), 1);
  chmod(files.folder.file("a.key").c_str(), 0440);
  CHECK(load_config(path));
  CHECK(load_config(files.config()));  // the same by its path
  for (mode_t mode : {0444, 0460, 0450}) {
    chmod(files.folder.file("a.key").c_str(), mode);
    CHECK_THAT(only_error(load_config(path)), ContainsSubstring("others than its owner may use it"));
  }
  unsetenv("CREDENTIALS_DIRECTORY");
  chmod(files.folder.file("a.key").c_str(), 0440);
  CHECK_FALSE(load_config(files.config()));
}

TEST_CASE("the proxy is told the contents of the files", "[tls]") {
  Files files;
  test::make_certificate(files.folder, "b", "/CN=b");
  auto loaded = load_config(files.config("", ", \"certificates\": [{\"certificate\": \"" + files.folder.file("b.pem") +
                                                 "\", \"chain\": \"" + files.folder.file("a.pem") + "\", \"key\": \"" +
                                                 files.folder.file("b.key") + "\"}, {}]"));
  REQUIRE(loaded);
  CHECK(loaded->warnings.empty());
  std::vector<std::string> subjects;
  for (const Certificate* one : shown_certificates(loaded->config, "default")) subjects.push_back(one->subject);
  CHECK(subjects == std::vector<std::string>{"CN=a", "CN=b"});
  CHECK(shown_certificates(loaded->config, "another").empty());
  protocol::Configure message = to_proxy(loaded->config, 1, ListenerProtocol::http);
  REQUIRE(message.tls.size() == 1);
  REQUIRE(message.tls[0].certificates.size() == 2);
  std::string a = test::file_text(files.folder.file("a.pem"));
  CHECK(message.tls[0].certificates[0].certificate == a);
  CHECK(message.tls[0].certificates[1].certificate == test::file_text(files.folder.file("b.pem")) + "\n" + a);
  CHECK(message.tls[0].certificates[1].key == test::file_text(files.folder.file("b.key")));
  // No key where people look.
  CHECK(protocol::describe(message).find("PRIVATE") == std::string::npos);
  CHECK(print_config(*loaded).find("PRIVATE") == std::string::npos);
  std::string shown;
  protocol::detail::show(shown, message.tls[0].certificates[0]);
  CHECK_THAT(shown, ContainsSubstring("key=***"));
}

TEST_CASE("a key that others may read is refused", "[tls]") {
  Files files;
  for (mode_t mode : {0640, 0604, 0610, 0601}) {
    chmod(files.folder.file("a.key").c_str(), mode);
    std::string path = files.config();
    CHECK(
        only_error(load_config(path)) ==
        fmt::format("{}:3: listeners[0].key: {} has the mode {:04o}, so others than its owner may use it; valid: 0600 "
                    "or 0400 (chmod 600)",
                    path, files.folder.file("a.key"), mode));
  }
  chmod(files.folder.file("a.key").c_str(), 0400);
  CHECK(load_config(files.config()));
}

TEST_CASE("files that are missing, too large, no file or no PEM are refused", "[tls]") {
  Files files;
  std::string key = files.folder.file("a.key");
  std::ofstream(key) << "nothing";
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("a.key holds no private key in PEM form"));
  std::ofstream(key) << std::string(kTlsFileBytesMax + 1, 'x');
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("a.key has more than 256 KiB"));
  std::filesystem::remove(key);
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("cannot be opened: No such file"));
  std::filesystem::create_directory(key);
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("is no regular file"));
  std::filesystem::remove(key);
  REQUIRE(mkfifo(key.c_str(), 0600) == 0);
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("is no regular file"));
}

TEST_CASE("a key must belong to its certificate", "[tls]") {
  Files files;
  test::make_certificate(files.folder, "b", "/CN=b");
  std::filesystem::rename(files.folder.file("b.key"), files.folder.file("a.key"));
  CHECK_THAT(only_error(load_config(files.config())), ContainsSubstring("a.key holds the key of another certificate"));
}

TEST_CASE("dates that matter are warnings", "[tls]") {
  Files files;
  std::string path = files.config();
  auto parsed = parse_config(test::file_text(path), path);
  REQUIRE(parsed);
  auto remarks_at = [&](std::int64_t now) { return read_tls_files(parsed->config, parsed->settings, now).remarks; };
  std::int64_t day = 24 * 3600;
  std::int64_t now = std::time(nullptr);
  CHECK(remarks_at(now + day).empty());
  REQUIRE(remarks_at(now + 70 * day).size() == 1);
  CHECK_THAT(remarks_at(now + 70 * day)[0].text, ContainsSubstring("\"CN=a\" expires on "));
  CHECK(remarks_at(now + 70 * day)[0].line == 2);
  CHECK_THAT(remarks_at(now + 100 * day).at(0).text, ContainsSubstring("\"CN=a\" has expired on "));
  CHECK_THAT(remarks_at(now - day).at(0).text, ContainsSubstring("\"CN=a\" is not valid before "));
}

TEST_CASE("a file that is both certificate and key is shown and watched like two", "[tls]") {
  Files files;
  std::string both = test::file_text(files.folder.file("a.pem")) + test::file_text(files.folder.file("a.key"));
  std::ofstream(files.folder.file("a.key"), std::ios::trunc) << both;
  std::string path = files.folder.file("outpost.json");
  std::ofstream(path) << R"({"listeners": [{"secure": true, "certificate": ")" << files.folder.file("a.key")
                      << R"(", "key": ")" << files.folder.file("a.key") << R"("}]})";
  auto loaded = load_config(path);
  REQUIRE(loaded);
  CHECK(shown_certificates(loaded->config, "default").size() == 1);
  Config before = loaded->config;
  before.tls_files.clear();
  std::int64_t year = 365 * 24 * 3600;
  CHECK(untimely_certificates(before, loaded->config, std::time(nullptr) + 100 * year).size() == 1);
}

TEST_CASE("a certificate out of its time is told when it is new, and not while it stays", "[tls]") {
  Files files;
  std::string path = files.config();
  auto loaded = load_config(path);
  REQUIRE(loaded);
  const Config& config = loaded->config;
  std::int64_t day = 24 * 3600;
  std::int64_t now = std::time(nullptr);
  Config before = config;
  before.tls_files.clear();
  CHECK(untimely_certificates(before, config, now + day).empty());
  CHECK(untimely_certificates(config, config, now + 100 * day).empty());
  auto expired = untimely_certificates(before, config, now + 100 * day);
  REQUIRE(expired.size() == 1);
  CHECK_THAT(expired[0],
             ContainsSubstring("listeners[0].certificate: ") && ContainsSubstring("\"CN=a\" has expired on "));
  auto early = untimely_certificates(before, config, now - day);
  REQUIRE(early.size() == 1);
  CHECK_THAT(early[0], ContainsSubstring("is not valid before "));
}

TEST_CASE("TLS options that make no sense together are errors with their lines", "[tls]") {
  CHECK(errors("{\"listeners\": [\n{\"secure\": true,\n\"ciphers\": \"TLS_AES_128_GCM_SHA265\",\n"
               "\"client-certificates\": \"required\"}]}") ==
        Lines{"f:2: listeners[0].certificate: a secure listener needs one; valid: the path of a PEM file",
              "f:2: listeners[0].key: a secure listener needs one; valid: the path of a PEM file",
              "f:2: listeners[0].client-ca: client-certificates is \"required\", so it is needed; valid: the path of a "
              "PEM file",
              "f:3: listeners[0].ciphers: \"TLS_AES_128_GCM_SHA265\" is no cipher suite that is spoken here; did you "
              "mean TLS_AES_128_GCM_SHA256?"});
  CHECK(
      errors("{\"listeners\": [{\"name\": \"x\"}],\n\"certificates\": [{\n\"listener\": \"x\"}, {\"listener\": "
             "\"y\"},\n{\"certificate\": \"/c\"}]}") ==
      Lines{"f:3: certificates[0].listener: listener \"x\" is not secure; valid: the name of a secure listener, or "
            "empty",
            "f:3: certificates[1].listener: there is no listener \"y\"; valid: the name of a secure listener, or empty",
            "f:4: certificates[2].key: the certificate needs its key"});
}

TEST_CASE("TLS options of a clear listener are remarks", "[tls]") {
  auto parsed = parse_config("{\"listeners\": [{\"key\": \"/k\"}]}", "f");
  REQUIRE(parsed);
  CHECK(parsed->warnings == Lines{"f:1: listeners[0].key: has no effect: secure is false"});
}

TEST_CASE("a file with new content under the old path is a change", "[tls]") {
  Files files;
  std::string path = files.config();
  auto before = load_config(path);
  REQUIRE(before);
  test::make_certificate(files.folder, "a", "/CN=a2");
  auto after = load_config(path);
  REQUIRE(after);
  CHECK(config_changes(before->config, after->config, before->config) ==
        Lines{"listeners[0].certificate: read again, new content, at once",
              "listeners[0].key: read again, new content, at once"});
  CHECK(config_changes(after->config, after->config, after->config).empty());
}

}  // namespace outpost::test::tls_files_test
