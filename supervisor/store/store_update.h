// Opening a store that an older program has written: to bring millions of records up to date takes long.
#pragma once

#include <chrono>
#include <string>

#include "common/io/service_manager.h"
#include "common/log.h"
#include "supervisor/log_messages.h"
#include "supervisor/store/sql/schema.h"
#include "supervisor/store/url.h"

namespace outpost::supervisor {

// What `open` returns, which opens the store and brings a schema below `needed` up to date. Log and service manager are
// told before and after. Blocks; on any thread.
template <class Open>
auto open_telling(Log& log, const std::string& url, int needed, const Open& open) -> decltype(open()) {
  auto found = stored_schema(url);
  // A server that does not answer need not be waited for twice; any other error is said better by who opens the store.
  if (!found && found.error().code == Errc::unavailable) return pass(found);
  if (!found || *found == 0 || *found >= needed) return open();
  auto tell = [&](const std::string& text) {
    log.write(log_messages::kStoreUpdate, "{}", text);
    notify_service_manager("STATUS=" + text);
  };
  tell(fmt::format("brings the store {} up to date (schema {} to {}), which takes long when it is large",
                   shown_url(url), *found, schema_version()));
  auto begun = std::chrono::steady_clock::now();
  auto opened = open();
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  if (opened) {
    tell(fmt::format("has brought the store {} up to date (schema {}), in {} ms", shown_url(url), schema_version(),
                     took.count()));
  }
  return opened;
}

}  // namespace outpost::supervisor
