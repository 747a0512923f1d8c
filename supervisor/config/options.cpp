// The table of all options, section by section; see config.h.
#include "supervisor/config/config.h"
#include "supervisor/config/option_sections.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

namespace {

void add_services(Options<Config>& options) {
  options.section("service.*", &Config::services,
                  "The services of a mobile node, by the name that clients ask for: service/NAME. A name of its own "
                  "kind are those of running services: no section may look like one.",
                  mobile_service_options(), kMobile);
  options.section("resources", &Config::resources, "Where the numbers are that services give out.", resources_options(),
                  kMobile);
  options.also_called("resource");
  options.section("list.*", &Config::list_groups,
                  "Groups of numbers, as list.LIST.GROUP; the section resources says which LIST is used.",
                  list_group_options(), kMobile);
  options.section("connections", &Config::connections,
                  "Servers of the contact centre, in the order in which they are tried. An entry without any option "
                  "has no effect.",
                  connection_options(), kMobile);
  options.section("ors", &Config::ors, "How services of type ors reach their server.", ors_options(), kMobile);
  options.section("alarms", &Config::alarms,
                  "What the node cannot put right by itself: 2000, a number stands in the groups twice; 2001, a group "
                  "has no free number. outpostctl alarms lists them.",
                  alarms_options(), kMobile, "the counters of admin listeners");
}

void add_push(Options<Config>& options) {
  options.section("push", &Config::push,
                  "How subscribers are told of events. The options of providers and formats are those of subscriptions "
                  "that name no provider.",
                  push_options(), kMobile, "the section webhooks says who is told what happens");
  options.section("push.provider.*", &Config::push_providers,
                  "push.provider.PROVIDER: options of a provider that subscriptions may name; nothing of push holds "
                  "for it. push.provider.event: the format of events for all providers; push.provider.event.GROUP: of "
                  "events whose tag is GROUP or begins with GROUP and a dot; push.provider.PROVIDER.event.GROUP: for "
                  "that provider. Of several that set an option, the one named last counts, and push the least.",
                  push_provider_options(), kMobile);
}

Options<Config> make_options() {
  Options<Config> options;
  options.section("application", &Config::application, "What this Outpost is, and how it serves its clients.",
                  application_options());
  options.section("server-info", &Config::server_info, "The host, and how the proxy is watched.",
                  server_info_options());
  options.section(
      "listeners", &Config::listeners,
      "Where HTTP is served. Without a listener of a protocol its proxy is not started; when the last one is removed, "
      "it ends at once.",
      listener_options());
  options.section("certificates", &Config::certificates,
                  "Further certificates of secure listeners: a client gets the one that has the server name it asked "
                  "for (SNI), or else the listener's own.",
                  certificate_options());
  options.section(
      "http-client", &Config::http_clients,
      "How requests to other servers are made, by a process of their own, the courier: pre-dial validation, call "
      "reports, contact-processed notifications, states of campaign groups, webhooks, and what outpostctl test-call "
      "asks for. Without an entry it is not started, and nothing of it can be switched on.",
      http_client_options(), kOutbound, "the section gms says how requests to other servers are made");
  options.section("webhooks", &Config::webhooks,
                  "Who is told what happens to records, the do-not-call list and the role, by POST requests that "
                  "are kept in the store until they are answered 2xx. An entry without any option has no effect.",
                  webhook_options(), kOutbound);
  options.section("gms", &Config::gms,
                  "How requests to other servers are made, by a process of their own, the courier: to applications of "
                  "ORS, notifications, and what outpostctl test-call asks for.",
                  gms_options(), kMobile, "the section http-client says how requests to other servers are made");
  options.section("server", &Config::node, "What this node is among those that share the store, and to its clients.",
                  node_options(), kMobile, "the section server-info has the name of the host");
  add_services(options);
  add_push(options);
  options.section(
      "sandbox", &Config::sandbox,
      "What the proxies and the courier, which read the bytes of strangers, give up before they take the "
      "first connection or make it. All of it is on; turn a part off to find out whether it is in your way.",
      sandbox_options());
  options.section("log", &Config::log, "The log files of supervisor and proxy.", log_options());
  options.section("store", &Config::store, "The durable store.", store_options());
  options.section("redundancy", &Config::redundancy,
                  "Two supervisors over one store: the primary serves, the backup takes over.", redundancy_options(),
                  kOutbound, "all nodes are active and share the store");
  options.section("control", &Config::control, "The way in for outpostctl.", control_options());
  return options;
}

}  // namespace

const Options<Config>& config_options() {
  static const Options<Config> options = make_options();
  return options;
}

}  // namespace outpost::supervisor
