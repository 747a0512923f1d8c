// What is to be told to other servers in SqlStore. Part of sql_store.h.
#pragma once

#include <string>
#include <vector>

#include "supervisor/store/sql/sql_store.h"

namespace outpost::supervisor {

template <class Engine, class Cache>
Result<std::vector<std::string>> SqlStore<Engine, Cache>::outbox_destinations() {
  std::vector<std::string> names;
  std::string last;
  for (bool more = true; more;) {
    more = false;
    Result<> read = engine().read(Sql::next_outbox_destination, bind_values(last), [&](auto& row) {
      names.emplace_back(row.text(0));
      more = true;
      return false;
    });
    if (!read) return pass(read);
    if (more) last = names.back();
  }
  return names;
}

}  // namespace outpost::supervisor
