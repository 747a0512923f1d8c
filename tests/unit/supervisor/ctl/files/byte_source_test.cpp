#include "supervisor/ctl/files/byte_source.h"

#include <fstream>

#include "supervisor/ctl/files/file.h"
#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::byte_source_test {

using namespace outpost::supervisor::ctl;

TEST_CASE("the fingerprint of a file follows its bytes, not its name", "[ctl][file]") {
  test::TempDir dir;
  auto print = [&](const char* name, const std::string& bytes) {
    std::ofstream(dir.file(name), std::ios::binary) << bytes;
    auto file = File::open_source(dir.file(name));
    REQUIRE(file);
    FileSource source(file->fd(), 0, bytes.size());
    auto made = fingerprint(source);
    REQUIRE(made);
    CHECK(made->bytes == bytes.size());
    return made->text;
  };
  CHECK(print("a", "") == "csv-0-cbf29ce484222325");
  CHECK(print("a", "a") == "csv-1-af63dc4c8601ec8c");
  std::string large(3'000'000, 'x');
  std::string first = print("a", large);
  CHECK(print("b", large) == first);
  large[1'500'000] = 'y';
  CHECK(print("b", large) != first);
}

}  // namespace outpost::test::byte_source_test
