#include "supervisor/config/services.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/supervisor/config/mobile_file.h"

namespace outpost::test::services_test {

using namespace outpost::supervisor;
using Catch::Matchers::ContainsSubstring;
using Parameters = std::map<std::string, std::string, std::less<>>;

namespace {

// Of a file with one section service.s.
ServiceSection section(std::string_view options) {
  return service_sections(load_mobile(fmt::format(R"("service.s": {{{}}})", options)).config).at("s");
}

Lines errors_of(std::string_view options) { return mobile_errors(fmt::format(R"("service.s": {{{}}})", options)); }
Lines warnings_of(std::string_view options) { return mobile_warnings(fmt::format(R"("service.s": {{{}}})", options)); }

constexpr std::string_view kRequest = R"("type": "builtin", "service": "request-interaction")";
constexpr std::string_view kOrs = R"("type": "ors", "service": "http://apps/a.scxml")";

}  // namespace

TEST_CASE("a builtin service has what its section says", "[config][services]") {
  ServiceSection one = section(R"("type": "builtin", "service": "match-interaction", "delete_match": true, "ttl": 60)");
  CHECK(one.name == "s");
  CHECK(one.type == ServiceType::builtin);
  CHECK(one.builtin == Builtin::match_interaction);
  CHECK_FALSE(one.external);
  CHECK(one.username.empty());
  CHECK(one.parameters ==
        Parameters{{"_type", "builtin"}, {"_service", "match-interaction"}, {"_delete_match", "true"}, {"_ttl", "60"}});
}

TEST_CASE("a service of ORS has its application and its servers", "[config][services]") {
  ServiceSection one = section(std::string(kOrs) + R"(, "ors": "a, b:81, https://[::1]:82/")");
  CHECK(one.type == ServiceType::ors);
  CHECK(one.scxml == "http://apps/a.scxml");
  CHECK(one.ors == std::vector<ServerAddress>{{false, "a", 7'210}, {false, "b", 81}, {true, "::1", 82}});
  CHECK(one.strategy == OrsStrategy::circular);
  CHECK(one.external);
  CHECK_FALSE(one.parameters.contains("_ors"));
  CHECK(section(std::string(kOrs) + R"(, "ors_lb_strategy": "linear")").strategy == OrsStrategy::linear);
  CHECK(section(kOrs).ors.empty());
}

TEST_CASE("who reaches a service is said by what it is, or by its option", "[config][services]") {
  auto external = [](std::string_view builtin, std::string_view option) {
    return section(fmt::format(R"("type": "builtin", "service": "{}"{})", builtin, option)).external;
  };
  CHECK(external("request-interaction", ""));
  CHECK_FALSE(external("match-interaction", ""));
  CHECK_FALSE(external("request-access", ""));
  CHECK_FALSE(external("request-interaction", R"(, "external": false)"));
  CHECK(external("match-interaction", R"(, "external": "True")"));
}

TEST_CASE("a value is given as text, as a number or as true and false", "[config][services]") {
  for (std::string_view given : {R"("ttl": 60, "provide_code": true)", R"("ttl": "60", "provide_code": "TRUE")",
                                 R"("ttl": "0060", "provide_code": "true")"}) {
    CAPTURE(given);
    ServiceSection one = section(fmt::format("{}, {}", kRequest, given));
    CHECK(one.parameters.at("_ttl") == "60");
    CHECK(one.parameters.at("_provide_code") == "true");
  }
}

TEST_CASE("both spellings are one option, of which the one without the underscore counts", "[config][services]") {
  ServiceSection one = section(R"("_type": "builtin", "_service": "request-access", "_ttl": 5, "ttl": 6)");
  CHECK(one.builtin == Builtin::request_access);
  CHECK(one.parameters.at("_ttl") == "6");
  CHECK(warnings_of(R"("_type": "builtin", "_service": "request-access",
"_ttl": 5, "ttl": 6)") == Lines{"f.json:3: service.s._ttl: has no effect, for ttl is there too"});
  CHECK(warnings_of(std::string(kRequest) + R"(, "_x": 1, "x": 2)") ==
        Lines{"f.json:2: service.s._x: has no effect, for x is there too"});
  // What is given with the value that it has anyway is there too.
  CHECK(errors_of(std::string(kRequest) + R"(, "_ttl": "0")").size() == 1);
}

TEST_CASE("further options are parameters", "[config][services]") {
  ServiceSection one = section(std::string(kOrs) + R"(, "colour": "red", "_size": 4, "a": 1, "_a": 2, "on": false)");
  CHECK(one.parameters == Parameters{{"_type", "ors"},
                                     {"_service", "http://apps/a.scxml"},
                                     {"_colour", "red"},
                                     {"_size", "4"},
                                     {"_a", "1"},
                                     {"_on", "false"}});
}

TEST_CASE("each wrong option of a service has its sentence", "[config][services]") {
  constexpr std::string_view kBuiltins =
      "request-interaction, match-interaction or request-access (request-chat and chat-sync come in a later version)";
  auto [options, error] = GENERATE_COPY(table<std::string, std::string>({
      {R"("service": "request-access")", "type: a service must have one; valid: builtin or ors"},
      {R"("type": "chat", "service": "x")", "type: \"chat\" is not one of the words it may be; valid: builtin or ors"},
      {R"("type": "builtin")", fmt::format("service: a service must have one; valid: {}, or for type ors the address "
                                           "of its application",
                                           kBuiltins)},
      {R"("type": "builtin", "_service": "query")",
       fmt::format("_service: \"query\" is no builtin service; valid: {}", kBuiltins)},
      {R"("type": "ors", "service": "file:///a")",
       "service: \"file:///a\" is no address of http or https; valid: the http or https address of an SCXML "
       "application"},
      {R"("type": "ors", "service": "http://u:p@a/")",
       "service: \"http://***@a/\" holds a user or password, which would be shown; valid: the http or https address "
       "of an SCXML application"},
      {std::string(kOrs) + R"(, "ors": "a,,b")",
       "ors: \"a,,b\" has an item that is no address of a server; valid: addresses as HOST, HOST:PORT or "
       "https://HOST:PORT with commas between them, or empty"},
      {std::string(kOrs) + R"(, "ors_lb_strategy": "random")",
       "ors_lb_strategy: \"random\" is not one of the words it may be; valid: linear, circular, or empty"},
      {std::string(kRequest) + R"(, "access_code_length": 2)",
       "access_code_length: 2 is out of range; valid: 3 to 18, or empty"},
      {std::string(kRequest) + R"(, "_access_code_length": "19")",
       "_access_code_length: \"19\" is out of range; valid: 3 to 18, or empty"},
      {std::string(kRequest) + R"(, "booking_expiration_timeout": 4)",
       "booking_expiration_timeout: 4 is out of range; valid: 5 to 1800 seconds, or empty"},
      {std::string(kRequest) + R"(, "booking_expiration_timeout": "1801")",
       "booking_expiration_timeout: \"1801\" is out of range; valid: 5 to 1800 seconds, or empty"},
      {std::string(kRequest) + R"(, "ttl": 0)", "ttl: 0 is out of range; valid: 1 to 31536000 seconds, or empty"},
      {std::string(kRequest) + R"(, "ttl": "soon")",
       "ttl: \"soon\" is no whole number; valid: 1 to 31536000 seconds, or empty"},
      {std::string(kRequest) + R"(, "ttl": 1.5)", "ttl: 1.5 is not a string; valid: 1 to 31536000 seconds, or empty"},
      {std::string(kRequest) + R"(, "provide_code": 1)", "provide_code: 1 is neither; valid: true or false, or empty"},
      {std::string(kRequest) + R"(, "username": "u")",
       "password: a username needs its password; valid: both or neither"},
      {std::string(kRequest) + R"(, "password": "p")",
       "username: a password needs its username; valid: both or neither"},
      {std::string(kRequest) + R"(, "_password": "topsecret")",
       "_password: there is no such option; did you mean password?"},
      {std::string(kRequest) + R"(, "_external": true)", "_external: there is no such option; did you mean external?"},
  }));
  CAPTURE(options);
  CHECK(errors_of(options) == Lines{"f.json:2: service.s." + error});
}

TEST_CASE("all that is wrong with services is said at once, each with its line", "[config][services]") {
  CHECK(mobile_errors(R"("service.a": 7,
"service.b": {},
"service.c": {"type": "builtin",
"service": "request-interaction",
"ttl": -1})") == Lines{"f.json:2: service.a: an integer is wrong here; valid: an object of options",
                       "f.json:3: service.b.type: a service must have one; valid: builtin or ors",
                       "f.json:3: service.b.service: a service must have one; valid: request-interaction, "
                       "match-interaction or request-access (request-chat and chat-sync come in a later version), or "
                       "for type ors the address of its application",
                       "f.json:6: service.c.ttl: -1 is out of range; valid: 1 to 31536000 seconds, or empty"});
}

TEST_CASE("no section has a name that the id of a service may have", "[config][services]") {
  for (const char* name : {"12-6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f6", "6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f6",
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"}) {
    CAPTURE(name);
    CHECK(looks_like_service_id(name));
    CHECK(mobile_errors(fmt::format(R"("service.{}": {{{}}})", name, kRequest)) ==
          Lines{fmt::format("f.json:2: service.{}: that is what ids of running services look like; valid: another name",
                            name)});
  }
  for (const char* name : {"", "-6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f6", "a-6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f6",
                           "6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f", "12", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234a", "request-interaction"}) {
    CAPTURE(name);
    CHECK_FALSE(looks_like_service_id(name));
  }
  CHECK(looks_like_service_id("ABCDEFGHIJKLMNOPQRSTUVWXYZ01234~"));
  CHECK(mobile_errors(fmt::format(R"("service.a2c-request-interaction": {{{}}})", kRequest)) ==
        Lines{"f.json:2: service.a2c-request-interaction: a name of old; valid: service.request-interaction"});
  CHECK(mobile_errors(fmt::format(R"("service.a b": {{{}}})", kRequest)).size() == 1);
}

TEST_CASE("what a service will not do is a remark", "[config][services]") {
  CHECK(warnings_of(std::string(kRequest) + R"(,
"resource_group": "Sales")") ==
        Lines{"f.json:3: service.s.resource_group: no list has the group Sales, so requests are refused"});
  CHECK(mobile_warnings(fmt::format(R"("service.s": {{{}, "resource_group": "Sales"}},
                                       "list.GMS_Resources.Sales": {{"a": "1"}})",
                                    kRequest))
            .empty());
  // That of another list is none.
  CHECK(mobile_warnings(fmt::format(R"("service.s": {{{}, "_resource_group": "Sales"}},
"resources": {{"resources_list_name": "Mine"}}, "list.GMS_Resources.Sales": {{"a": "1"}},
"list.Mine.Support": {{"a": "1"}})",
                                    kRequest)) ==
        Lines{"f.json:2: service.s._resource_group: no list has the group Sales, so requests are refused"});
  CHECK(warnings_of(std::string(kOrs) + R"(, "resource_group": "Sales")").empty());
  CHECK(warnings_of(std::string(kRequest) + R"(, "ors": "a")") ==
        Lines{"f.json:2: service.s.ors: has no effect, for the service is no application of ORS"});
  CHECK(warnings_of(std::string(kRequest) + R"(, "resorce_group": "Sales")") ==
        Lines{"f.json:2: service.s.resorce_group: is a parameter of the service and no option; did you mean "
              "resource_group?"});
}

TEST_CASE("secrets of a service are never shown", "[config][services]") {
  auto with = [](std::string_view secret) {
    return load_mobile(fmt::format(R"("service.s": {{{0}, "username": "u", "password": "{1}", "_api_key": "{1}",
                                                     "colour": "{1}"}})",
                                   kRequest, secret));
  };
  LoadedConfig before = with("one");
  std::string printed = print_config(before);
  CHECK_THAT(printed,
             ContainsSubstring("service.s.password = \"***\"") || ContainsSubstring("service.s.password = ***"));
  CHECK_THAT(printed, ContainsSubstring("service.s._api_key = ***"));
  CHECK_THAT(printed, ContainsSubstring("service.s.colour = \"one\""));
  CHECK(config_changes(before.config, with("two").config, before.config) ==
        Lines{"service.s._api_key: *** -> ***, at once", "service.s.colour: \"one\" -> \"two\", at once",
              "service.s.password: *** -> ***, at once"});
}

TEST_CASE("a changed service takes effect at once", "[config][services]") {
  auto with = [](std::string_view sections) { return load_mobile(sections).config; };
  Config before = with(fmt::format(R"("service.s": {{{}, "ttl": 30}}, "service.gone": {{{}}})", kRequest, kRequest));
  Config after = with(fmt::format(R"("service.s": {{{}, "ttl": 60}}, "service.came": {{{}}})", kRequest, kRequest));
  CHECK(config_changes(before, after, before) == Lines{"service.gone: removed, at once",
                                                       "service.s.ttl: \"30\" -> \"60\", at once",
                                                       "service.came: added, at once"});
  CHECK(service_sections(config_in_force(before, after)).at("s").parameters.at("_ttl") == "60");
}

TEST_CASE("names of older releases lead to those of today", "[config][services]") {
  CHECK(name_of_today("a2c-request-interaction") == "request-interaction");
  CHECK(name_of_today("a2c-match-interaction") == "match-interaction");
  CHECK(name_of_today("a2c-request-access") == "request-access");
  CHECK(name_of_today("a2c-request-chat") == "request-chat");
  for (const char* none : {"", "a2c-", "a2c-other", "request-interaction", "A2C-request-access"}) {
    CAPTURE(none);
    CHECK(name_of_today(none).empty());
  }
}

}  // namespace outpost::test::services_test
