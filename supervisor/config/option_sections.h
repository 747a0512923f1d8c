// The rows of each section; options.cpp makes one table of them.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

std::vector<Option<ApplicationConfig>> application_options();
// The options of the section application that the proxy obeys: bounds, and what is none.
std::vector<Option<protocol::ProxyLimits>> http_limits();
std::vector<Option<protocol::HttpSettings>> http_settings();
// The options of the section application about what goes out, and which of them a campaign group may have too.
std::vector<Option<OutwardConfig>> outward_options();
std::vector<Option<OutwardConfig>> group_options();
std::vector<Option<ServerInfoConfig>> server_info_options();
std::vector<Option<GmsConfig>> gms_options();
std::vector<Option<NodeConfig>> node_options();
std::vector<Option<ServiceConfig>> mobile_service_options();
std::vector<Option<ResourcesConfig>> resources_options();
std::vector<Option<ListGroupConfig>> list_group_options();
std::vector<Option<ConnectionConfig>> connection_options();
std::vector<Option<OrsConfig>> ors_options();
std::vector<Option<AlarmsConfig>> alarms_options();
std::vector<Option<PushConfig>> push_options();
std::vector<Option<PushSectionConfig>> push_provider_options();
std::vector<Option<ListenerConfig>> listener_options();
std::vector<Option<CertificateConfig>> certificate_options();
std::vector<Option<HttpClientConfig>> http_client_options();
std::vector<Option<WebhookConfig>> webhook_options();
std::vector<Option<protocol::SandboxSettings>> sandbox_options();
std::vector<Option<LogConfig>> log_options();
std::vector<Option<StoreConfig>> store_options();
std::vector<Option<RedundancyConfig>> redundancy_options();
std::vector<Option<ControlConfig>> control_options();

// The rows of one section that stand in several lists.
template <class Section>
std::vector<Option<Section>> joined(std::initializer_list<std::vector<Option<Section>>> lists) {
  std::vector<Option<Section>> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::ranges::sort(all, {}, [](const auto& option) { return option.row.name; });
  return all;
}

// Rows of one type of application.
template <class Section>
std::vector<Option<Section>> only_for(std::string_view type, std::vector<Option<Section>> options) {
  for (Option<Section>& option : options) option.row.facts.type = type;
  return options;
}

}  // namespace outpost::supervisor
