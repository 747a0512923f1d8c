#include "protocol/outbound/record_columns.h"

#include <limits>
#include <set>
#include <type_traits>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::record_columns_test {

using namespace outpost::protocol;

namespace {

template <class T>
bool is_bounded(const RecordColumn& column) {
  if constexpr (std::is_same_v<T, std::string>) {
    return column.bytes_max > 0 || column.reach == RecordColumn::Reach::stored;
  } else {
    bool in_range = column.high > 0 && column.high <= std::numeric_limits<T>::max();
    return in_range != (column.enumeration != nullptr);
  }
}

}  // namespace

TEST_CASE("each column of a record has a name of its own and says what is valid in it", "[vocabulary]") {
  std::set<std::string_view> names;
#define X(type, member, initial, name, ...) \
  INFO(name);                               \
  CHECK(names.insert(name).second);         \
  CHECK(is_bounded<type>(*find_record_column(name)));
  OUTPOST_RECORD_COLUMNS(X)
#undef X
}

}  // namespace outpost::test::record_columns_test
