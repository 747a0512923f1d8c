#include "supervisor/engine/scrape.h"

#include <memory>
#include <string>
#include <utility>

namespace outpost::supervisor {

void StoreScrape::ask(Done done) {
  if (waiting_.empty()) timer_.start(kWaitMax);
  waiting_.push_back(std::move(done));
  if (!under_way_) read();
}

void StoreScrape::read() {
  under_way_ = true;
  auto figures = std::make_shared<RecordFigures>();
  engine_.read(
      [figures](RecordStore& store) -> Result<std::string> {
        auto read = read_record_figures(store);
        if (!read) return pass(read);
        *figures = std::move(*read);
        return std::string();
      },
      [this, figures](const Result<std::string>& outcome) {
        under_way_ = false;
        tell(outcome ? figures.get() : nullptr);
      });
}

void StoreScrape::tell(const RecordFigures* figures) {
  timer_.stop();
  for (Done& done : std::exchange(waiting_, {})) done(figures);
}

}  // namespace outpost::supervisor
