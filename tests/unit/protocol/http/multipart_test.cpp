#include "protocol/http/multipart.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace outpost::protocol::multipart_test {

namespace {

using Catch::Matchers::ContainsSubstring;
using Fields = std::vector<FormField>;

constexpr std::string_view kType = "multipart/form-data; boundary=XY";

// A part of the header lines and the content.
std::string part(const std::string& header, const std::string& content) {
  return "--XY\r\n" + header + "\r\n\r\n" + content + "\r\n";
}
std::string text_part(const std::string& name, const std::string& content) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", content);
}

std::optional<FormError> read(std::string_view body, Fields& fields, const FormLimits& limits = {},
                              std::string_view type = kType) {
  static const PartCharsets kCharsets = PartCharsets::open();
  return read_multipart(body, type, kCharsets, limits, fields);
}

Fields fields_of(const std::string& body, std::string_view type = kType) {
  Fields fields;
  if (auto error = read(body, fields, {}, type)) FAIL(error->text);
  return fields;
}

FormError refused(const std::string& body, const FormLimits& limits = {}, std::string_view type = kType) {
  Fields fields;
  auto error = read(body, fields, limits, type);
  REQUIRE(error);
  return *error;
}

}  // namespace

TEST_CASE("texts and files of a form", "[multipart]") {
  std::string body = text_part("name", "Ann") +
                     part(
                         "Content-Disposition: form-data; name=\"photo\"; filename=\"me.jpg\"\r\n"
                         "Content-Type: image/jpeg",
                         std::string("\0\r\n--X\xFF", 8)) +
                     text_part("empty", "") + "--XY--\r\n";
  CHECK(fields_of(body) == Fields{{"name", "Ann"},
                                  {"photo", std::string("\0\r\n--X\xFF", 8), true, "me.jpg", "image/jpeg"},
                                  {"empty", ""}});
}

TEST_CASE("what stands before the first boundary and behind the last means nothing", "[multipart]") {
  CHECK(fields_of("preamble\r\n" + text_part("a", "1") + "--XY--\r\nepilogue --XY") == Fields{{"a", "1"}});
  CHECK(fields_of("--XY--").empty());
  CHECK(fields_of("--XY \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XY--") == Fields{{"a", "1"}});
}

TEST_CASE("a part may be empty with its header's end as the boundary's line", "[multipart]") {
  CHECK(fields_of("--XY\r\nContent-Disposition: form-data; name=a\r\n\r\n--XY--") == Fields{{"a", ""}});
}

TEST_CASE("names may be quoted, and header names are written in any case", "[multipart]") {
  CHECK(fields_of(part("content-disposition:FORM-DATA;NAME=\"a\\\"b\"", "1") + "--XY--") == Fields{{"a\"b", "1"}});
  CHECK(fields_of(text_part("a", "1") + "--XY--", "multipart/form-data; charset=UTF-8; boundary=\"XY\"").size() == 1);
}

TEST_CASE("a file name is without its folders, and filename* is ignored", "[multipart]") {
  auto name = [](const std::string& parameters) {
    Fields fields = fields_of(part("Content-Disposition: form-data; name=f; " + parameters, "1") + "--XY--");
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].is_file);
    return fields[0].file_name;
  };
  CHECK(name("filename=\"C:\\dir\\a.txt\"") == "a.txt");
  CHECK(name("filename=\"../../etc/passwd\"") == "passwd");
  CHECK(name("filename=\"a.txt\"; filename*=UTF-8''b.txt") == "a.txt");
  CHECK(name("filename=\"\"").empty());
  CHECK(name("filename=\"\xC3\xA9.txt\"") == "\xC3\xA9.txt");
}

TEST_CASE("the empty file of a form where none was chosen is left out", "[multipart]") {
  std::string body = part(
      "Content-Disposition: form-data; name=f; filename=\"\"\r\n"
      "Content-Type: application/octet-stream",
      "");
  CHECK(fields_of(body + "--XY--").empty());
}

TEST_CASE("a type that is none is not kept", "[multipart]") {
  Fields fields =
      fields_of(part("Content-Disposition: form-data; name=f; filename=a\r\nContent-Type: <script>", "1") + "--XY--");
  REQUIRE(fields.size() == 1);
  CHECK(fields[0].content_type.empty());
}

TEST_CASE("a text may name its character set", "[multipart]") {
  auto text = [](const std::string& charset, const std::string& content) {
    return fields_of(
               part("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=" + charset, content) +
               "--XY--")
        .at(0)
        .value;
  };
  CHECK(text("utf-8", "\xC3\xA9") == "\xC3\xA9");
  CHECK(text("us-ascii", "e") == "e");
  CHECK(text("iso-8859-1", "\xE9") == "\xC3\xA9");
  CHECK(text("\"Windows-1252\"", "\x80") == "\xE2\x82\xAC");
}

TEST_CASE("a text that is none in its character set, and a set that is not known, are refused", "[multipart]") {
  CHECK(refused(text_part("a", "\xE9") + "--XY--").status == 400);
  CHECK(refused(text_part("a", std::string("\0", 1)) + "--XY--").status == 400);
  FormError error = refused(
      part("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=klingon", "1") + "--XY--");
  CHECK(error.status == 400);
  CHECK_THAT(error.text, ContainsSubstring("UTF-8, US-ASCII, ISO-8859-1"));
}

TEST_CASE("a multipart body that is cut off anywhere is refused", "[multipart]") {
  std::string whole =
      text_part("a", "1") + part("Content-Disposition: form-data; name=\"f\"; filename=\"x\"", "abc") + "--XY--";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK(refused(whole.substr(0, n)).status == 400);
  }
}

TEST_CASE("malformed multipart is refused", "[multipart]") {
  CHECK(refused(part("Content-Disposition: attachment; name=a", "1") + "--XY--").status == 400);
  CHECK(refused(part("Content-Disposition: form-data", "1") + "--XY--").status == 400);
  CHECK(refused(part("X-Other: 1", "1") + "--XY--").status == 400);
  CHECK(refused("--XY\r\n\r\n1\r\n--XY--").status == 400);
  CHECK(refused("--XYZ\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XYZ--").status == 400);
  CHECK(refused(text_part("", "1") + "--XY--").text == "a parameter must have a name");
  CHECK_THAT(
      refused(part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "MQ==") + "--XY--")
          .text,
      ContainsSubstring("7bit, 8bit or binary"));
  CHECK(refused(part("Content-Disposition: form-data; name=f; filename=\"a\tb\"", "1") + "--XY--").status == 400);
  CHECK(refused(part("Content-Disposition: form-data; name=f; filename=\"\xFF\"", "1") + "--XY--").status == 400);
}

TEST_CASE("a multipart body needs a boundary that is one", "[multipart]") {
  auto type = GENERATE(as<std::string>{}, "multipart/form-data",
                       "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a<b\"",
                       "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=" + std::string(71, 'a'));
  CAPTURE(type);
  CHECK_THAT(refused("--a--", {}, type).text, ContainsSubstring("a boundary of 1 to 70 characters"));
}

TEST_CASE("the limits of a multipart body are named", "[multipart]") {
  std::string file = part("Content-Disposition: form-data; name=f; filename=x", "1");
  FormError files = refused(file + file + "--XY--", {.files_max = 1});
  CHECK(files.status == 400);
  CHECK(files.text == "there must be at most 1 files");
  CHECK(refused(text_part("a", "1") + text_part("b", "1") + "--XY--", {.fields_max = 1}).status == 400);
  FormError header = refused(text_part(std::string(9000, 'a'), "1") + "--XY--");
  CHECK(header.status == 413);
  CHECK(header.text == "the header of a part must have at most 8192 bytes");
  CHECK(refused(text_part(std::string(256, 'a'), "1") + "--XY--").status == 400);
  CHECK(refused(part("Content-Disposition: form-data; name=f; filename=" + std::string(256, 'a'), "1") + "--XY--")
            .status == 400);
}

}  // namespace outpost::protocol::multipart_test
