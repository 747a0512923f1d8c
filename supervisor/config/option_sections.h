// The rows of each section; options.cpp makes one table of them.
#pragma once

#include <vector>

#include "common/options.h"
#include "supervisor/config/config_rows.h"

namespace outpost::supervisor {

std::vector<Option<ApplicationConfig>> application_options();
// The options of the section application that the proxy obeys. What a request may take of time, and of everything else.
std::vector<Option<protocol::ProxyLimits>> http_times();
std::vector<Option<protocol::ProxyLimits>> http_limits();
std::vector<Option<ServerInfoConfig>> server_info_options();
std::vector<Option<ListenerConfig>> listener_options();
std::vector<Option<CertificateConfig>> certificate_options();
std::vector<Option<protocol::SandboxSettings>> sandbox_options();
std::vector<Option<LogConfig>> log_options();
std::vector<Option<StoreConfig>> store_options();
std::vector<Option<RedundancyConfig>> redundancy_options();
std::vector<Option<ControlConfig>> control_options();

}  // namespace outpost::supervisor
