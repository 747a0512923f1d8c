// What ORS is sent: forms. Pure. Source: gms.md 1.7.1.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/config/services.h"
#include "supervisor/mobile/services/parameters.h"

namespace outpost::supervisor::mobile {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded, with %20 for blanks.
std::string form_body(const FormFields& fields);

// What starts an application: its SCXML, _data_id, and the effective parameters. _data_id and _service_id are this
// server's to say, whatever the request says; data of users are not sent, the session reads them.
FormFields start_fields(const ServiceSection& section, const Parameters& effective, const std::string& data_id);

// For a log that shows values: through common/log_filter.h, each and all of bounded length.
std::string shown_fields(const FormFields& fields);

}  // namespace outpost::supervisor::mobile
