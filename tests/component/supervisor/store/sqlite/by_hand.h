// What SQLite itself says of a file, past the engine.
#pragma once

#include <sqlite3.h>

#include <string>
#include <vector>

#include "tests/component/supervisor/store/engines.h"

namespace outpost::test {

// Rows of a statement, columns joined, by SQLite itself: nothing of the engine is between.
inline std::vector<std::string> rows_of(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  std::vector<std::string> rows;
  char* error = nullptr;
  int code = sqlite3_exec(
      database, sql.c_str(),
      [](void* out, int n, char** values, char**) {
        std::string row;
        for (int i = 0; i < n; ++i) row += std::string(i ? "|" : "") + (values[i] ? values[i] : "");
        static_cast<std::vector<std::string>*>(out)->push_back(row);
        return 0;
      },
      &rows, &error);
  INFO(sql << ": " << (error ? error : ""));
  REQUIRE(code == SQLITE_OK);
  sqlite3_close(database);
  return rows;
}

}  // namespace outpost::test
