// outpostctl services, service, resources, subscriptions, publish, alarms: what a mobile node does for callers, and
// what a person has to see to.
#include "supervisor/ctl/commands/commands.h"

#include <fmt/core.h>

#include <chrono>

#include "common/text.h"
#include "supervisor/ctl/commands/options.h"
#include "supervisor/ctl/commands/show.h"
#include "supervisor/ctl/view/progress.h"
#include "supervisor/ctl/view/reply.h"
#include "supervisor/ctl/view/values.h"

namespace outpost::supervisor::ctl {

namespace {

std::string or_dash(const JsonValue& item, std::string_view key) {
  std::string text = text_of(item, key);
  return text.empty() ? "-" : text;
}

std::string duration_of(const JsonValue& item, std::string_view key) {
  return human_duration(std::chrono::duration<double>(static_cast<double>(integer_of(item, key))));
}

// A code is for its caller alone.
std::string code_of(const JsonValue& item, std::string_view key) { return flag_of(item, key) ? "yes" : "-"; }

std::string state_of(const JsonValue& resource, std::string_view key) {
  std::string owner = text_of(resource, key);
  if (!owner.empty()) return owner;
  return text_of(resource, "strategy") == "RANDOM" ? "anybody" : "free";
}

std::string strategy_of(const JsonValue& resource, std::string_view key) {
  std::string strategy = text_of(resource, key);
  return strategy.empty() ? "not configured any more" : strategy;
}

void add_line(std::string& text, std::string_view title, const std::string& value) {
  text += fmt::format("{:<10} {}\n", title, value.empty() ? "-" : printable(value));
}

std::string show_service(const JsonValue& service) {
  std::string text;
  add_line(text, "service", text_of(service, "id"));
  add_line(text, "name", text_of(service, "name"));
  add_line(text, "type", text_of(service, "type"));
  add_line(text, "data", text_of(service, "area"));
  add_line(text, "created", time_of(service, "created_at"));
  add_line(text, "left", duration_of(service, "left"));
  add_line(text, "phone", text_of(service, "phone"));
  add_line(text, "number", text_of(service, "number"));
  if (!text_of(service, "number").empty()) {
    add_line(text, "group", text_of(service, "group"));
    add_line(text, "booked on", text_of(service, "booked_on"));
    add_line(text, "for", duration_of(service, "access_left"));
    add_line(text, "code", flag_of(service, "has_code") ? "yes" : "no");
  }
  if (!text_of(service, "ors_base").empty()) {
    add_line(text, "ORS", text_of(service, "ors_base"));
    add_line(text, "cookie", flag_of(service, "has_ors_cookie") ? "yes" : "no");
  }
  return text;
}

std::string show_published(const JsonValue& reply) {
  return fmt::format("event {} is on its way to whoever subscribed to its tag\n", printable(text_of(reply, "id")));
}

Command services() {
  std::vector<Option> own = {json_option(),
                             watch_option(),
                             {.names = "--name",
                              .text = "Only services of this section service.NAME",
                              .target = &Arguments::service_name,
                              .sent = "name"}};
  return {.name = "services",
          .text = "Show services of callers that live, on all nodes of a mobile service",
          .options = together(own, paging_options()),
          .footer = "CODE: whether the caller has one. DATA: the id of the area of storage with the caller's data.",
          .sends = "services",
          .listing = {"services",
                      {{"ID", "id"},
                       {"NAME", "name"},
                       {"TYPE", "type"},
                       {"NUMBER", "number", or_dash},
                       {"CODE", "has_code", code_of},
                       {"CREATED", "created_at", time_of},
                       {"LEFT", "left", duration_of, Table::Align::right},
                       {"DATA", "area"}},
                      true}};
}

Command service() {
  return {.name = "service",
          .text = "Show one service of a caller",
          .options = {json_option(), watch_option(), {"ID", "Its id", &Arguments::service_id, "id", true}},
          .footer = "Its access code and the caller's phone are not shown, only whether there are any.",
          .sends = "service",
          .view = show_service};
}

Command resources() {
  return {.name = "resources",
          .text = "Show the numbers that services of a mobile node give out, and who has them",
          .options = {json_option(), watch_option(), {"GROUP", "Only those of this group", &Arguments::group, "group"}},
          .footer =
              "Numbers of a group with the strategy LOCAL are those of this node; of RANDOM nobody has one for\n"
              "himself. Up to 5,000 are shown.",
          .sends = "resources",
          .listing = {"resources",
                      {{"GROUP", "group"},
                       {"STRATEGY", "strategy", strategy_of},
                       {"VALUE", "value"},
                       {"OWNER", "owner", state_of},
                       {"UNTIL", "until", time_of}}}};
}

Command subscriptions() {
  std::vector<Option> own = {json_option(), watch_option()};
  return {.name = "subscriptions",
          .text = "Show who is told of events of a mobile service",
          .options = together(own, paging_options()),
          .footer = "TO: of an address its host; other devices are not shown.",
          .sends = "subscriptions",
          .listing = {"subscriptions",
                      {{"ID", "id"},
                       {"SUBSCRIBER", "subscriber"},
                       {"TYPE", "type"},
                       {"FILTER", "filter"},
                       {"TO", "device"},
                       {"PROVIDER", "provider", or_dash},
                       {"LEFT", "left", duration_of, Table::Align::right}},
                      true}};
}

Command publish() {
  return {.name = "publish",
          .text = "Publish an event: whoever subscribed to its tag is told",
          .options = {json_option(),
                      {"TAG", "Such as shop.open: filters of subscriptions are compared with it", &Arguments::tag,
                       "tag", true},
                      {"MESSAGE", "What is said", &Arguments::message, "message", true},
                      {"--parsed", "MESSAGE is JSON, and is passed on as such", &Arguments::parsed, "parsed"},
                      {.names = "--localized",
                       .text = "MESSAGE is a key of the localisation file: each is told in his language",
                       .target = &Arguments::localized,
                       .sent = "localized",
                       .excludes = {"--parsed"}}},
          .sends = "publish",
          .view = show_published};
}

Command alarms() {
  return {.name = "alarms",
          .text = "Show the alarms of a mobile node that are raised",
          .options = {json_option(), watch_option()},
          .footer = "2000: a number is configured twice. 2001: a group has no free number.",
          .sends = "alarms",
          .listing = {"alarms",
                      {{"EVENT", "event", text_of, Table::Align::right},
                       {"ABOUT", "subject", or_dash},
                       {"SINCE", "raised_at", time_of},
                       {"TEXT", "text"}}}};
}

}  // namespace

std::vector<Command> service_commands() {
  return {services(), service(), resources(), subscriptions(), publish(), alarms()};
}

}  // namespace outpost::supervisor::ctl
