// What the bodies of requests to other servers hold: JSON objects of attributes, in UTF-8. The keys of each are one
// table in bodies.cpp. Source: ocs.md 6.4 to 6.6.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/config/outward.h"
#include "supervisor/engine/answers.h"

namespace outpost::supervisor {

// What a body says beside its subject.
struct BodyExtras {
  std::int64_t sequence = 0;  // GSW_HIST_SEQUENCE_NUM
  std::string tenant_ccid = {};
  const Tenant* tenant = nullptr;
};

// Of 6.4: the properties of the record that is to be validated.
Result<std::string> validation_body(const Scene& scene, const Subject& subject);
// Of 6.5: an attempt that starts (sequence 0), and how it ended (1).
Result<std::string> history_body(const Scene& scene, const Subject& subject, const BodyExtras& extras);
// Of 6.6.
Result<std::string> contact_processed_body(const Scene& scene, const Subject& subject);
// Ours: an event in the form of Standard Webhooks. Of a record.
Result<std::string> webhook_body(const Scene& scene, WebhookEvent event, const Subject& subject);
// `data` is a JSON object.
std::string webhook_body(WebhookEvent event, std::int64_t now, std::string_view data);

}  // namespace outpost::supervisor
