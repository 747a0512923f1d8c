// What a mobile node serves, one row each, below /genesys/1. The proxy knows a path by it, the engine what was asked,
// the manual what there is. Pure. Source: mobile.md 5.1, gms.md 1 to 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace outpost::protocol {

// In the order of the table: a row's place is Call.route.
enum class MobileRoute : std::uint16_t {
  storage_create,
  storage_update,
  storage_get,
  storage_get_key,
  storage_get_binary,
  storage_delete,
  storage_delete_key,
  custom_put,
  custom_get,
  custom_get_key,
  custom_delete,
  custom_delete_key,
  node,
  node_status,
  node_change,
  counters,
  service_create,
  service_show,
  service_delete,
  service_update,
  service_request,
  service_request_named,
  service_request_plain,
  service_storage_put,
  service_storage_get,
  service_storage_get_key,
  service_storage_get_binary,
  service_storage_delete_key,
  subscription_create,
  subscription_get,
  subscription_delete,
  publish,
};
// The last of them.
inline constexpr MobileRoute kLastMobileRoute = MobileRoute::publish;

// Who may ask through a listener whose exposure is external.
enum class RouteExposure : std::uint8_t {
  open,      // everybody
  internal,  // nobody
  by_name,   // everybody, where what the path names is open to them: the engine knows that, the proxy lets it pass
};

enum class RouteBody : std::uint8_t {
  none,        // a body is ignored
  parameters,  // a form, or a JSON object: one list of parameters, with those of the query
  json,        // one JSON text, which travels as it is; the query is ignored
};

struct MobileRow {
  MobileRoute route;
  std::string_view method;  // GET stands for HEAD too
  // "storage/{id}/{key}": segments, of which those in braces are captured; "[/{ttl}]" at its end may be left out, and
  // is captured as an empty text then.
  std::string_view pattern;
  RouteExposure exposure;
  RouteBody body;
  std::string_view api;   // what a token must be for (--resources)
  std::string_view name;  // and the request (--requests)
  std::string_view text;  // one sentence for the manual
  // Whether the header gms_user must be there.
  bool needs_user = false;

  [[nodiscard]] constexpr std::size_t place() const { return static_cast<std::size_t>(route); }
};

std::span<const MobileRow> mobile_rows();

// What stands before a pattern in a path: the web context and the only version of these interfaces.
inline constexpr std::string_view kMobilePrefix = "/genesys/1/";

// A whole path of the public interface: "/genesys/1/storage/binary/ID/KEY", with what must be encoded.
std::string binary_path(std::string_view id, std::string_view key);
// The same for a value of a custom area: "/genesys/1/storage/custom/ID/KEY".
std::string custom_path(std::string_view id, std::string_view key);

// The same for a value of a service's data: "/genesys/1/service/ID/storage/binary/KEY".
std::string service_binary_path(std::string_view id, std::string_view key);

}  // namespace outpost::protocol
