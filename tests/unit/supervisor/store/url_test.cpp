#include "supervisor/store/url.h"

#include <map>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::url_test {

using namespace outpost::supervisor;

TEST_CASE("no password of a store url is shown", "[store]") {
  for (auto [url, shown] : std::map<std::string, std::string>{
           {"postgresql://u:p@h/db", "postgresql://u:***@h/db"},
           {"postgresql://u:p@h1:1,h2:2/db?sslmode=require", "postgresql://u:***@h1:1,h2:2/db?sslmode=require"},
           {"postgresql://u@h:5432/db", "postgresql://u@h:5432/db"},
           {"postgresql://h:5432/db", "postgresql://h:5432/db"},
           {"postgresql://u:p@ss/w?rd@h/db", "postgresql://u:***@h/db"},
           {"postgresql:///db?host=/run&password=p&user=u", "postgresql:///db?host=/run&password=***&user=u"},
           {"postgresql:///db?sslpassword=p", "postgresql:///db?sslpassword=***"},
           {"postgresql:///db?pass%77ord=p", "postgresql:///db?pass%77ord=***"},
           {"postgres://u:p@/db", "postgres://u:***@/db"},
           {"postgre://u:p@h/db", "postgre://u:***@h/db"},
           {"u:p@h/db", "u:***@h/db"},
           {"sqlite:///a:b@c", "sqlite:///a:b@c"},
       }) {
    CHECK(shown_url(url) == shown);
  }
}

}  // namespace outpost::test::url_test
