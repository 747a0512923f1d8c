#include "supervisor/children/courier/configure.h"

#include <algorithm>

#include "supervisor/config/http_client.h"

namespace outpost::supervisor {

namespace {

// For all of a request of which its caller does not say how long: no option bounds that, but bytes have to come.
constexpr std::uint32_t kNodeResponseSeconds = 60;

CourierClient client_of_node(const GmsConfig& gms) {
  CourierClient client;
  client.name = kNodeClient;
  client.allow = gms.allow_targets;
  client.deny = gms.deny_targets;
  client.ca = gms.ca_file;
  client.ports = gms.client_port_range;
  client.connect_timeout = gms.connection_timeout;
  client.response_timeout = kNodeResponseSeconds;
  client.stall_timeout = gms.socket_timeout;
  client.pool_size = gms.max_connections_per_route;
  client.connections_max = gms.max_connections_total;
  return client;
}

protocol::FetchClient fetch_client(const Config& config, const HttpClientConfig& client) {
  protocol::FetchClient sent;
  sent.name = client.name;
  sent.proxy = client.proxy;
  sent.headers = protocol::header_lines(client.custom_headers);
  sent.user_agent = client.user_agent;
  sent.allow = client.allow;
  sent.deny = client.deny;
  sent.requests_per_server_max = std::min(client.pool_size, client.connections_max);
  sent.requests_max = client.connections_max;
  if (auto ports = read_ports(client.ports)) {
    sent.port_low = ports->low;
    sent.port_high = ports->high;
  }
  sent.minimum_version = client.minimum_version;
  sent.ca = file_of(config, client.ca).content;
  if (!client.certificate.empty()) sent.certificate = pair_of(config, client);
  return sent;
}

}  // namespace

std::vector<CourierClient> courier_clients(const Config& config) {
  std::vector<CourierClient> clients;
  if (config.application.type == ApplicationType::mobile) {
    clients.push_back(client_of_node(config.gms));
    return clients;
  }
  for (const HttpClientConfig& client : config.http_clients) clients.push_back({client});
  return clients;
}

protocol::CourierConfigure to_courier(const Config& config, std::uint32_t generation) {
  protocol::CourierConfigure message;
  message.generation = generation;
  message.sandbox = config.sandbox;
  message.channel_timeout_ms = static_cast<std::uint32_t>(config.channel_timeout().count());
  message.log.level = config.log.level;
  message.log.segment_bytes = config.log.segment_size;
  message.log.segment_hours = config.log.segment_hours;
  for (const CourierClient& client : courier_clients(config)) {
    message.clients.push_back(fetch_client(config, client));
    if (client.ca.empty()) message.system_ca = file_of(config, kSystemCa).content;
  }
  return message;
}

}  // namespace outpost::supervisor
