#include "protocol/mobile/routes.h"

#include "common/percent_encode.h"

namespace outpost::protocol {

namespace {

constexpr auto kOpenRow = RouteExposure::open;
constexpr auto kInternalRow = RouteExposure::internal;
constexpr auto kNamedRow = RouteExposure::by_name;
constexpr auto kNoBody = RouteBody::none;
constexpr auto kFormBody = RouteBody::parameters;
constexpr auto kJsonBody = RouteBody::json;

constexpr MobileRow kMobileRows[] = {
    {MobileRoute::storage_create, "POST", "storage[/{ttl}]", kOpenRow, kFormBody, "storage", "storage-create",
     "Stores the parameters in a new area for ttl seconds, 30 when none is said, and replies with its id."},
    {MobileRoute::storage_update, "POST", "storage/{id}/{ttl}", kOpenRow, kFormBody, "storage", "storage-update",
     "Adds or replaces values of an area, which lives for ttl seconds from now on."},
    {MobileRoute::storage_get, "GET", "storage/{id}", kOpenRow, kNoBody, "storage", "storage-get",
     "All values of an area as one JSON object of strings; that of a file is its URL."},
    {MobileRoute::storage_get_key, "GET", "storage/{id}/{key}", kOpenRow, kNoBody, "storage", "storage-get-key",
     "One value: a text as text/plain, a file as an attachment of its own type."},
    {MobileRoute::storage_get_binary, "GET", "storage/binary/{id}/{key}", kOpenRow, kNoBody, "storage",
     "storage-get-binary", "The bytes of one value: a file as before, a text as application/octet-stream."},
    {MobileRoute::storage_delete, "DELETE", "storage/{id}", kOpenRow, kNoBody, "storage", "storage-delete",
     "Removes an area with all its values."},
    {MobileRoute::storage_delete_key, "DELETE", "storage/{id}/{key}", kOpenRow, kNoBody, "storage",
     "storage-delete-key", "Removes one value; the area keeps its time."},
    {MobileRoute::custom_put, "POST", "storage/custom/{customId}[/{ttl}]", kOpenRow, kFormBody, "storage", "custom-put",
     "Stores the parameters under a name of the client's own, in the place of all that was there.", true},
    {MobileRoute::custom_get, "GET", "storage/custom/{customId}", kOpenRow, kNoBody, "storage", "custom-get",
     "All values of the user's area of this name.", true},
    {MobileRoute::custom_get_key, "GET", "storage/custom/{customId}/{key}", kOpenRow, kNoBody, "storage",
     "custom-get-key", "One value of it.", true},
    {MobileRoute::custom_delete, "DELETE", "storage/custom/{customId}", kOpenRow, kNoBody, "storage", "custom-delete",
     "Removes the area.", true},
    {MobileRoute::custom_delete_key, "DELETE", "storage/custom/{customId}/{key}", kOpenRow, kNoBody, "storage",
     "custom-delete-key", "Removes one value of it.", true},
    {MobileRoute::node, "GET", "node", kInternalRow, kNoBody, "node", "node",
     "Health for a balancer: 200 and ONLINE, or 503 and OFFLINE."},
    {MobileRoute::node_status, "GET", "admin/node/status", kInternalRow, kNoBody, "node", "node-status",
     "ONLINE or OFFLINE, always with 200."},
    {MobileRoute::node_change, "POST", "admin/node/changestatus/{status}", kInternalRow, kNoBody, "admin",
     "node-change", "Sets the node ONLINE or OFFLINE; one that is OFFLINE goes on serving, its health says no."},
    {MobileRoute::counters, "GET", "admin/counters", kInternalRow, kNoBody, "admin", "counters",
     "The node's counters as JSON."},
    {MobileRoute::service_create, "POST", "service/{name}", kNamedRow, kFormBody, "service", "service-create",
     "Creates and starts a service: its section is service.NAME, and what it answers is the service's own."},
    {MobileRoute::service_show, "GET", "service/{name}", kNamedRow, kNoBody, "service", "service-show",
     "The state of a running service, by its id. With the name of a service the same as POST, with the parameters of "
     "the query."},
    {MobileRoute::service_delete, "DELETE", "service/{id}", kNamedRow, kNoBody, "service", "service-delete",
     "Ends a service: its numbers are free again, its data are gone."},
    {MobileRoute::service_update, "POST", "service/{id}/update", kOpenRow, kFormBody, "service", "service-update",
     "Adds or replaces user data of a running service."},
    {MobileRoute::service_request, "POST", "service/{id}/{request}", kOpenRow, kFormBody, "service", "service-request",
     "A request of this name to a running service of type ors."},
    {MobileRoute::service_request_named, "POST", "service/{id}/request/{request}", kOpenRow, kFormBody, "service",
     "service-request-named", "The same."},
    {MobileRoute::service_request_plain, "POST", "service/{id}/request", kOpenRow, kFormBody, "service",
     "service-request-plain", "The same; the parameter _request is its name."},
    {MobileRoute::service_storage_put, "POST", "service/{id}/storage", kOpenRow, kFormBody, "service",
     "service-storage-put", "Adds or replaces user data of a running service."},
    {MobileRoute::service_storage_get, "GET", "service/{id}/storage", kOpenRow, kNoBody, "service",
     "service-storage-get", "All user data of a running service, as of an area of storage."},
    {MobileRoute::service_storage_get_key, "GET", "service/{id}/storage/{key}", kOpenRow, kNoBody, "service",
     "service-storage-get-key", "One value of them."},
    {MobileRoute::service_storage_get_binary, "GET", "service/{id}/storage/binary/{key}", kOpenRow, kNoBody, "service",
     "service-storage-get-binary", "The bytes of one value of them."},
    {MobileRoute::service_storage_delete_key, "DELETE", "service/{id}/storage/{key}", kOpenRow, kNoBody, "service",
     "service-storage-delete-key", "Removes one value of them."},
    {MobileRoute::subscription_create, "POST", "notification/subscription", kOpenRow, kJsonBody, "notification",
     "subscription-create", "Has events delivered whose tag a filter matches, and replies with the subscription's id."},
    {MobileRoute::subscription_get, "GET", "notification/subscription/{id}", kOpenRow, kNoBody, "notification",
     "subscription-get", "A subscription, with the seconds that are left of it and without its credentials."},
    {MobileRoute::subscription_delete, "DELETE", "notification/subscription/{id}", kOpenRow, kNoBody, "notification",
     "subscription-delete", "Ends a subscription."},
    {MobileRoute::publish, "POST", "notification/publish", kInternalRow, kJsonBody, "notification", "publish",
     "Takes an event, replies with its id, and delivers it to all subscriptions that match."},
};

constexpr bool are_in_order() {
  std::size_t place = 0;
  for (const MobileRow& row : kMobileRows) {
    if (row.place() != place++) return false;
  }
  return place == static_cast<std::size_t>(kLastMobileRoute) + 1;
}
static_assert(are_in_order());

// `between`: what stands between id and key.
std::string value_path(std::string_view folder, std::string_view id, std::string_view key,
                       std::string_view between = "/") {
  std::string path(kMobilePrefix);
  path += folder;
  append_percent_encoded(path, id);
  path += between;
  append_percent_encoded(path, key);
  return path;
}

}  // namespace

std::span<const MobileRow> mobile_rows() { return kMobileRows; }

std::string binary_path(std::string_view id, std::string_view key) { return value_path("storage/binary/", id, key); }

std::string custom_path(std::string_view id, std::string_view key) { return value_path("storage/custom/", id, key); }

std::string service_binary_path(std::string_view id, std::string_view key) {
  return value_path("service/", id, key, "/storage/binary/");
}

}  // namespace outpost::protocol
