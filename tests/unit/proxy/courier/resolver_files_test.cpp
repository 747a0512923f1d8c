#include "proxy/courier/resolver_files.h"

#include <cstdio>
#include <fstream>

#include "tests/support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test::courier_resolver_files_test {

TEST_CASE("a file of the resolver that was replaced, made or removed is noticed", "[courier]") {
  test::TempDir dir;
  std::string one = dir.file("resolv.conf");
  std::string two = dir.file("hosts");
  std::ofstream(one) << "a";
  const char* paths[] = {one.c_str(), two.c_str()};
  courier::ResolverFiles files(paths);
  CHECK_FALSE(files.replaced());
  std::ofstream(one) << "written in its place";
  CHECK_FALSE(files.replaced());
  std::ofstream(one + ".new") << "b";
  REQUIRE(std::rename((one + ".new").c_str(), one.c_str()) == 0);
  CHECK(files.replaced());
  CHECK_FALSE(courier::ResolverFiles(paths).replaced());
  courier::ResolverFiles again(paths);
  std::ofstream(two) << "c";
  CHECK(again.replaced());
}

}  // namespace outpost::test::courier_resolver_files_test
