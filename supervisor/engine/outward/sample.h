// A sample of what goes out over HTTP: as the real thing, about somebody who does not exist. For a person who wants to
// see what a server makes of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/error.h"
#include "protocol/channel/courier.h"
#include "supervisor/engine/outward/outward.h"
#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

struct Sample {
  Address address;
  std::string body;
  OutwardConfig options;  // that hold for it
  bool switched_on = true;
};

// `name`: validation, history, contact-processed, campaigngroup-states or the name of a webhook, "webhook:NAME" for one
// that is called as they are. `group`: name or DBID of a campaign group whose options and names are to be used; empty
// for those of the application and made-up names. Errc::not_found, invalid: the sentence says what there is.
Result<Sample> make_sample(std::string_view name, std::string_view group, const Scene& scene,
                           std::span<const Statistic> statistics);

// What this would mean for the real thing.
std::string meaning_of_answer(const Sample& sample, const protocol::FetchReply& reply);

}  // namespace outpost::supervisor
