// How the engines' statements are asked: what sql_services.h and sql_state.h have in common. Included by these alone.
// An engine runs statements:
//
//   Result<> write(StateSql, bind)                      one that changes the store, and whose answer nobody waits for
//   Result<std::int64_t> change(StateSql, bind, each)   how many rows it changed; each(row) for each that it returns
//   Result<> read(StateSql, bind, each)                 each(row) for each row
//   Result<> read_locked(StateSql, bind, each)          the same; the rows are locked until the transaction ends
//
// `bind` and `row` are those of store/sql/binding.h.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"
#include "supervisor/mobile/state/columns.h"
#include "supervisor/mobile/state/state_store.h"
#include "supervisor/mobile/state/statements.h"
#include "supervisor/store/sql/binding.h"

namespace outpost::supervisor {

template <class Engine>
class SqlAsking : public StateStore {
 public:
  [[nodiscard]] std::uint64_t writes() const noexcept final { return writes_; }

 protected:
  static std::int64_t ms(std::chrono::milliseconds ttl) { return ttl.count(); }

  // PostgreSQL takes no other text. It is found out here, for the store is not what failed then.
  static Result<> plain(std::initializer_list<std::string_view> texts) {
    for (std::string_view text : texts) {
      if (!is_plain_text(text)) return fail(Errc::invalid, "a text is not valid UTF-8 or holds a NUL character");
    }
    return {};
  }
  // All texts of a row.
  template <class Row>
  static Result<> plain_row(const Row& row) {
    Result<> good;
    for_each_column(row, [&](std::string_view, const auto& value) {
      if constexpr (std::convertible_to<decltype(value), std::string_view>) {
        if (good) good = plain({value});
      }
    });
    return good;
  }

  template <class Bind>
  Result<> write(StateSql id, Bind&& bind) {
    return engine().write(id, bind);
  }
  template <class Bind>
  Result<std::int64_t> change(StateSql id, Bind&& bind) {
    return engine().change(id, bind, [](auto&) {});
  }
  template <class Bind>
  Result<bool> changes(StateSql id, Bind&& bind) {
    Result<std::int64_t> changed = change(id, bind);
    if (!changed) return pass(changed);
    return *changed != 0;
  }
  // What the only row that it changed returns.
  template <class Bind>
  Result<std::optional<std::string>> changed_text(StateSql id, Bind&& bind) {
    std::optional<std::string> found;
    Result<std::int64_t> changed = engine().change(id, bind, [&](auto& row) { found.emplace(row.text(0)); });
    if (!changed) return pass(changed);
    return found;
  }

  template <class Bind, class Each>
  Result<> read(StateSql id, Bind&& bind, Each&& each) {
    return engine().read(id, bind, each);
  }
  template <class Row, class Bind>
  Result<std::vector<Row>> all(StateSql id, Bind&& bind) {
    std::vector<Row> rows;
    Result<> done = engine().read(id, bind, [&](auto& row) { rows.push_back(whole_row<Row>(row)); });
    if (!done) return pass(done);
    return rows;
  }
  template <class Row, class Bind>
  Result<std::optional<Row>> one(StateSql id, Bind&& bind) {
    std::optional<Row> found;
    Result<> done = engine().read(id, bind, [&](auto& row) { found = whole_row<Row>(row); });
    if (!done) return pass(done);
    return found;
  }
  template <class Row, class Bind>
  Result<std::optional<Row>> one_locked(StateSql id, Bind&& bind) {
    std::optional<Row> found;
    Result<> done = engine().read_locked(id, bind, [&](auto& row) { found = whole_row<Row>(row); });
    if (!done) return pass(done);
    return found;
  }
  // The only column of the only row.
  template <class Bind>
  Result<std::int64_t> number(StateSql id, Bind&& bind) {
    std::int64_t value = 0;
    Result<> done = engine().read(id, bind, [&](auto& row) { value = row.integer(0); });
    if (!done) return pass(done);
    return value;
  }

  std::uint64_t writes_ = 0;

 private:
  [[nodiscard]] Engine& engine() { return static_cast<Engine&>(*this); }

  template <class Row, class From>
  static Row whole_row(From& from) {
    Row row = row_of<Row>(from);
    if constexpr (HasTimeLeft<Row>) {
      static const int kBehind = column_count<Row>();
      row.left_ms = from.integer(kBehind);
    }
    return row;
  }
};

}  // namespace outpost::supervisor
