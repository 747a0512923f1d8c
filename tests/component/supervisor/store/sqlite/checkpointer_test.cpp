// The WAL is copied beside the commits: it begins anew under commits that never pause, and nothing of it is lost.
#include "supervisor/store/sqlite/checkpointer.h"

#include <fstream>

#include "tests/component/supervisor/store/sqlite/by_hand.h"

namespace outpost::test::checkpointer_test {

using namespace supervisor;

namespace {

constexpr int kPages = 64;
constexpr int kCommitsMax = 100'000;  // for a checkpointer that does nothing

struct Written {
  TempDir directory;
  std::string path = directory.file("records.db");
  Database writer = open();
  int rows = 0;

  Database open() const {
    std::ofstream(path).close();
    return value_of(Database::open(path, Database::Access::read_write, 0));
  }
  Written() { require_ok(writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)", "make a table")); }
  void commit() {
    require_ok(writer.execute("INSERT INTO t VALUES (zeroblob(3000))", "insert"));
    ++rows;
  }
  // What the header of the WAL says it begins with: another number each time that it begins anew.
  [[nodiscard]] std::string salt() const {
    std::ifstream file(path + "-wal", std::ios::binary);
    std::string header(32, '\0');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));
    return header.substr(16, 8);
  }
  [[nodiscard]] std::string counted() const { return rows_of(path, "SELECT count(*) FROM t").front(); }
};

}  // namespace

TEST_CASE("the WAL begins anew under commits that do not pause", "[store][sqlite]") {
  Written file;
  auto checkpointer = value_of(SqliteCheckpointer::start(file.writer, file.path, kPages));
  for (int times = 0; times < 3; ++times) {
    file.commit();
    const std::string before = file.salt();
    while (file.salt() == before && file.rows < kCommitsMax) file.commit();
    REQUIRE(file.salt() != before);
  }
  CHECK(file.counted() == std::to_string(file.rows));
}

TEST_CASE("a WAL that a reader holds is copied later, and commits go on", "[store][sqlite]") {
  Written file;
  auto checkpointer = value_of(SqliteCheckpointer::start(file.writer, file.path, kPages));
  auto reader = value_of(Database::open(file.path, Database::Access::read_only, 0));
  require_ok(reader.execute("BEGIN; SELECT count(*) FROM t", "read"));
  file.commit();
  const std::string before = file.salt();
  while (file.rows < 10 * kPages) file.commit();
  CHECK(file.salt() == before);
  require_ok(reader.execute("COMMIT", "read"));
  while (file.salt() == before && file.rows < kCommitsMax) file.commit();
  CHECK(file.salt() != before);
  CHECK(file.counted() == std::to_string(file.rows));
}

TEST_CASE("a checkpointer that ends while it copies loses nothing", "[store][sqlite]") {
  for (int times = 0; times < 20; ++times) {
    Written file;
    auto checkpointer = value_of(SqliteCheckpointer::start(file.writer, file.path, kPages));
    while (file.rows < kPages) file.commit();
    checkpointer.reset();
    file.commit();
    CHECK(file.counted() == std::to_string(file.rows));
    CHECK(rows_of(file.path, "PRAGMA integrity_check").front() == "ok");
  }
}

}  // namespace outpost::test::checkpointer_test
