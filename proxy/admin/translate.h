// Admin requests to the rows of protocol/admin/resources.h and the arguments of commands: pure functions, the heart of
// the admin dialect.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/admin/resources.h"
#include "protocol/http/http1.h"
#include "proxy/http/dialect.h"
#include "proxy/http/refusal.h"

namespace outpost::proxy {

// Why a request is answered at once. `refusal.status` may be that of OPTIONS, which has no body.
struct AdminRefusal {
  Refusal refusal;
  std::string_view allow = {};  // a constant
};

struct AdminRoute {
  const protocol::AdminRow* row = nullptr;
  std::string query;  // as it was sent
};

// What the head alone decides: target, method, Host, Expect, content coding.
tl::expected<AdminRoute, AdminRefusal> find_admin_route(const protocol::HttpRequest& request,
                                                        Dialect::Transport transport);

// The arguments as a JSON object: of what reads from the query; of what writes the body, as it came, empty for none.
tl::expected<std::string, AdminRefusal> admin_arguments(const AdminRoute& route, const std::string& body);

}  // namespace outpost::proxy
