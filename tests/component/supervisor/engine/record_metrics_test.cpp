// What a scrape asks of a real store.
#include "supervisor/engine/record_metrics.h"

#include "common/json.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/metrics/exposition.h"
#include "tests/component/supervisor/store/conformance.h"

#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::test::store_record_metrics_test {

using namespace outpost::supervisor;

namespace {

constexpr std::int64_t kLists = 1'000;

std::string catalogue() {
  JsonWriter out;
  out.begin_object().key("tenants").begin_array();
  out.begin_object().member("dbid", 1).member("name", "Resources").end_object().end_array();
  out.key("calling-lists").begin_array();
  for (std::int64_t i = 1; i <= kLists; ++i) {
    out.begin_object().member("dbid", i).member("name", fmt::format("list-{}", i)).member("tenant", "Resources");
    out.end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace

TEST_CASE("a scrape has every one of 1,000 lists, and what each holds", "[store][metrics]") {
  EVERY_ENGINE(engine);
  auto store = engine.writer();
  JsonWriter arguments;
  arguments.begin_object().member("text", catalogue()).member("dry_run", false).end_object();
  auto parsed = parse_json(arguments.take());
  in_transaction(*store, [&] { require_ok(run_apply(*store, *parsed)); });
  std::vector<Record> records;
  for (std::int64_t i = 1; i <= kLists; i += 100) {
    Record record = some_record(i);
    record.list_dbid = i;
    record.record_status = i == 1 ? 3 : 1;
    records.push_back(record);
  }
  insert_all(*store, records);

  RecordFigures figures = value_of(read_record_figures(*engine.open(OpenMode::reader)));
  MetricsWriter out(MetricsFormat::prometheus);
  write_record_metrics(out, &figures);
  const std::string text = out.text();
  for (std::int64_t i = 1; i <= kLists; ++i) {
    bool holds = i % 100 == 1;
    std::string ready =
        fmt::format("outpost_records{{list=\"list-{}\",status=\"Ready\"}} {}\n", i, holds && i != 1 ? 1 : 0);
    if (text.find(ready) == text.npos) FAIL("there is no " << ready);
  }
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("outpost_records{list=\"list-1\",status=\"Updated\"} 1\n"));
}

}  // namespace outpost::test::store_record_metrics_test
