#include "protocol/mobile/routes.h"

#include "common/percent_encode.h"

namespace outpost::protocol {

namespace {

constexpr auto kOpenRow = RouteExposure::open;
constexpr auto kInternalRow = RouteExposure::internal;
constexpr auto kNoBody = RouteBody::none;
constexpr auto kFormBody = RouteBody::parameters;

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
};

constexpr bool are_in_order() {
  std::size_t place = 0;
  for (const MobileRow& row : kMobileRows) {
    if (row.place() != place++) return false;
  }
  return true;
}
static_assert(are_in_order());

std::string value_path(std::string_view folder, std::string_view id, std::string_view key) {
  std::string path(kMobilePrefix);
  path += folder;
  append_percent_encoded(path, id);
  path += '/';
  append_percent_encoded(path, key);
  return path;
}

}  // namespace

std::span<const MobileRow> mobile_rows() { return kMobileRows; }

std::string binary_path(std::string_view id, std::string_view key) { return value_path("storage/binary/", id, key); }

std::string custom_path(std::string_view id, std::string_view key) { return value_path("storage/custom/", id, key); }

}  // namespace outpost::protocol
