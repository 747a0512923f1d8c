// token-add, token-list, token-revoke over the record store: a token is limited to what the outbound service serves.
#include "protocol/admin/resources.h"
#include "protocol/outbound/requests.h"
#include "supervisor/control/commands/arguments.h"
#include "supervisor/control/tokens/commands.h"

namespace outpost::supervisor {

namespace {

// An alias of the resource type that people write without its mark.
constexpr std::string_view kCustomerIdsAlias = "customerids";

const TokenScopes& outbound_scopes() {
  static const TokenScopes scopes = [] {
    TokenScopes all;
    for (const protocol::RequestRow& row : protocol::requests()) {
      bool has_alias = row.resource == protocol::Resource::customer_ids;
      all.push_back({protocol::to_string(row.resource), row.request, false,
                     has_alias ? kCustomerIdsAlias : std::string_view(), row.alias});
    }
    for (std::string_view request : {protocol::kAdminRead, protocol::kAdminWrite}) {
      all.push_back({protocol::kAdminResource, request, true});
    }
    return all;
  }();
  return scopes;
}

}  // namespace

Result<std::string> run_token_add(RecordStore& store, const JsonValue& arguments, std::int64_t now) {
  return add_token(store, outbound_scopes(), arguments, now);
}

Result<std::string> run_token_list(RecordStore& store, const JsonValue&) { return list_tokens(store); }

Result<std::string> run_token_revoke(RecordStore& store, const JsonValue& arguments) {
  return revoke_token(store, arguments);
}

}  // namespace outpost::supervisor
