// A log whose files hold lines and nothing else, as the access log's do.
#include "tests/support/temp_dir.h"
#include "tests/unit/common/log_fixture.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::log_bare_test {

namespace {

Log::Options bare_in(const std::string& directory) {
  Log::Options options = options_in(directory);
  options.bare = true;
  return options;
}

}  // namespace

TEST_CASE("a bare log has no header, and no line of its own for those that were lost", "[log]") {
  TempDir dir;
  auto files = open_files(bare_in(dir.path()));
  files->append("one\n", kStart);
  files->note_loss(7, "the disk was too slow");
  files->append("two\n", kStart);
  files->flush(kStart);
  CHECK(content(files->link_path()) == "one\ntwo\n");
}

TEST_CASE("a bare log holds the lines as they are, without a stamp, and none that is endless", "[log]") {
  TempDir dir;
  {
    auto log = Log::open(bare_in(dir.path()));
    REQUIRE(log);
    (*log)->write_bare("127.0.0.1 - - \"GET / HTTP/1.1\"");
    (*log)->write_bare(std::string(20'000, 'x'));
  }
  CHECK(content(dir.file("outpost.log")) ==
        "127.0.0.1 - - \"GET / HTTP/1.1\"\n" + std::string(std::size_t{16} * 1024, 'x') + "\n");
}

}  // namespace outpost::test::log_bare_test
