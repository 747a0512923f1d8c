#include "supervisor/children/courier/configure.h"

#include <algorithm>

#include "supervisor/config/http_client.h"

namespace outpost::supervisor {

namespace {

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

protocol::CourierConfigure to_courier(const Config& config, std::uint32_t generation) {
  protocol::CourierConfigure message;
  message.generation = generation;
  message.sandbox = config.sandbox;
  message.channel_timeout_ms = static_cast<std::uint32_t>(config.channel_timeout().count());
  message.log.level = config.log.level;
  message.log.segment_bytes = config.log.segment_size;
  message.log.segment_hours = config.log.segment_hours;
  for (const HttpClientConfig& client : config.http_clients) {
    message.clients.push_back(fetch_client(config, client));
    if (client.ca.empty()) message.system_ca = file_of(config, kSystemCa).content;
  }
  return message;
}

}  // namespace outpost::supervisor
