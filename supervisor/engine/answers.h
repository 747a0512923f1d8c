// Answers: what each attribute of protocol::answers() is filled with. Source: ocs.md 3.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "supervisor/engine/requests/request.h"

namespace outpost::supervisor {

// What an answer speaks of, as far as there is such a thing.
struct Subject {
  const Campaign* campaign = nullptr;
  const CallingList* list = nullptr;
  const CampaignGroup* group = nullptr;
  const Record* record = nullptr;
  const Handle* handle = nullptr;
  std::string_view chain_attribute = {};
  std::string message = {};
};

// What an answer has under this key, whatever was asked for; nothing where the subject has none, or no answer does.
std::optional<protocol::Event::Value> answer_value(std::string_view key, const Scene& scene, const Subject& subject);

// The event with the attributes that its row names: from the subject, else from the request where the row echoes that.
// An echo of the rest of the request is taken out of it, so that is done last.
Result<protocol::Event> make_answer(const RequestContext& context, protocol::AnswerId id, const Subject& subject);
Step<RequestReply> reply_with(const RequestContext& context, protocol::AnswerId id, const Subject& subject);

}  // namespace outpost::supervisor
