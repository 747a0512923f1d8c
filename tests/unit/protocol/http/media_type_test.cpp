#include "protocol/http/media_type.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace outpost::protocol::media_type_test {

TEST_CASE("a header value has a main word and parameters", "[media_type]") {
  CHECK(main_value(" multipart/form-data ; boundary=x") == "multipart/form-data");
  CHECK(main_value("").empty());
  CHECK(parameter_of("a/b; boundary=x", "boundary") == "x");
  CHECK(parameter_of("a/b;Boundary=\"x;y\" ; z=1", "boundary") == "x;y");
  CHECK(parameter_of("a/b;Boundary=\"x;y\" ; z=1", "Z") == "1");
  CHECK(parameter_of("form-data; name=\"a\\\"b\"", "name") == "a\"b");
  CHECK(parameter_of("form-data; filename=\"C:\\dir\\f.txt\"", "filename") == "C:\\dir\\f.txt");
  CHECK(parameter_of("form-data; name=\"\"", "name") == "");
  CHECK_FALSE(parameter_of("form-data; name=\"a", "name"));
  CHECK_FALSE(parameter_of("form-data; filename*=UTF-8''x", "filename"));
  CHECK_FALSE(parameter_of("form-data", "name"));
  CHECK_FALSE(parameter_of("form-data; name", "name"));
}

TEST_CASE("a media type is two words with parameters, in ASCII", "[media_type]") {
  CHECK(is_media_type("image/jpeg"));
  CHECK(is_media_type("text/plain;charset=UTF-8"));
  CHECK(is_media_type("text/plain; charset=\"utf-8\""));
  auto text = GENERATE("", "image", "image/", "/jpeg", "image/jp eg", "a/b\r\nX: y", "a/b\xC3\xA9", "a/b;", "a/b;c",
                       "a/b; c=\"d", "a/b/c", "<a>/b");
  CAPTURE(text);
  CHECK_FALSE(is_media_type(text));
  CHECK_FALSE(is_media_type("a/" + std::string(300, 'b')));
}

}  // namespace outpost::protocol::media_type_test
