// Request handlers: one function each, beside the rows of protocol/outbound/requests.h. Source: ocs.md 3.3, 3.4
// and 4.6.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/integers.h"
#include "common/log.h"
#include "protocol/outbound/event.h"
#include "protocol/outbound/requests.h"
#include "protocol/outbound/transitions.h"
#include "protocol/outbound/vocabulary.h"
#include "supervisor/engine/catalogue.h"
#include "supervisor/engine/outward/outward.h"
#include "supervisor/engine/outward/verdict.h"
#include "supervisor/engine/sessions.h"
#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

struct EngineSettings {
  std::string application_name;
  std::int64_t application_dbid = 0;
  std::string tenant;  // name of the one that is meant when a request names none; empty: any
  // "http://host:port" as clients reach the proxy, for GSW_RECORD_URI (ocs.md 1.2); empty while no port is open. Called
  // on the engine's thread.
  std::function<std::string()> record_uri_base;
  std::chrono::seconds idempotency_retention{kDaySeconds};
  std::chrono::seconds session_timeout{30 * 60};
  std::chrono::seconds missed_callback_timeout{kDaySeconds};
  UnknownFields unknown_fields = UnknownFields::report;  // of lists that say nothing else
  Outward outward = {};                                  // what is told to other servers
  // Takes log lines; may be empty. Called on the engine's thread. Texts name attributes, never their values.
  std::function<void(LogMessage, std::string)> log;
};

// --- How a request ends ----------------------------------------------------------------------------------------------

// Why a request stops: the client's doing, which becomes an Error event, or the store's, which passes up.
class Stop {
 public:
  Stop(protocol::RequestError refusal) : why(std::move(refusal)) {}
  Stop(Error failure) : why(std::move(failure)) {}

  std::variant<protocol::RequestError, Error> why;
};

template <class T = void>
class [[nodiscard]] Step : public tl::expected<T, Stop> {
 public:
  using tl::expected<T, Stop>::expected;
};

template <class... Args>
[[nodiscard]] tl::unexpected<Stop> refuse(protocol::ErrorNumber number, fmt::format_string<Args...> text,
                                          Args&&... args) {
  return tl::unexpected(Stop(protocol::RequestError{number, fmt::format(text, std::forward<Args>(args)...)}));
}

struct RequestReply {
  protocol::Event event = {};
  std::vector<protocol::Event> records = {};  // of ChainedRecordsDataEnd
  bool changed = true;                        // whether a request that is not safe wrote to the store
  bool replayed = false;                      // the answer was kept: nothing was done anew
  // There is no event yet: what is to be asked before. Its verdict comes by end_validation().
  std::optional<Validation> validation = {};
};

class UnknownFieldWatch;

// --- What a handler is given -----------------------------------------------------------------------------------------

// Whose turn it is in previews. Any value is right, it only spreads the work; so it may live outside the store.
struct PreviewTurns {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> credit;  // of a list in a campaign: campaign, list
  // Where the next search begins in a queue of more windows than one request looks into: list, queue.
  std::map<std::pair<std::int64_t, DialQueue>, DialWindow> cursor;
};

// Among what and when something happens, whether a request asked for it or not.
struct Scene {
  const CatalogueIndex& catalogue;
  const EngineSettings& settings;
  std::int64_t now;  // epoch seconds

  void log(LogMessage message, std::string text) const {
    if (settings.log) settings.log(message, std::move(text));
  }
};

struct RequestContext : Scene {
  RecordStore& store;
  PreviewTurns& turns;
  Sessions& sessions;
  const protocol::RequestRow& row;
  protocol::Event& event;  // values in canonical form, keys distinct, UTF-8 throughout
  UnknownFieldWatch& unknown_watch;
  ValidationCounts& validations;
  // Whose Desktop session the request belongs to: set by requests of an agent and by those on what an agent holds.
  std::string agent = {};
  // What of the request is not stored, for GSW_UNKNOWN_FIELDS of the answer: set by settle_unknown_fields().
  std::string unknown_fields = {};
};

using RequestHandler = Step<RequestReply> (*)(RequestContext&);

// A request whose record was validated, and goes on.
struct Validated {
  std::int64_t handle = 0;
  Verdict verdict;
  std::uint32_t refused = 0;                      // records that the same request was refused before
  bool has_time = true;                           // to try another
  std::vector<Foresight::Contact> contacts = {};  // as in Validation
};
// Records that one request may be refused.
inline constexpr std::uint32_t kRefusedMax = 100;
// Hands the record out, or ends its handle, and tries the next when it is refused: then there may be a validation
// again.
Step<RequestReply> end_validation(RequestContext& context, const Validated& validated);

// One for each row of OUTPOST_REQUESTS, of the name of its id.
RequestHandler handler_of(protocol::RequestId id) noexcept;

#define X(id, ...) Step<RequestReply> id(RequestContext& context);
OUTPOST_REQUESTS(X)
#undef X

// --- What handlers share ---------------------------------------------------------------------------------------------

constexpr bool is_custom(std::string_view key) { return !key.starts_with("GSW_"); }
// The tenant that the request names by GSW_TENANT_DBID or GSW_TENANT_NAME, else the configured one; nullptr when there
// is neither.
Step<const Tenant*> named_tenant(const RequestContext& context);
// The campaign of GSW_CAMPAIGN_NAME; nullptr when it is absent.
Step<const Campaign*> named_campaign(const RequestContext& context);

// A record that is held by a handle, and where it belongs.
struct Held {
  Handle handle;
  Record stored;  // as it is in the store
  Record record;  // as the request makes it
  const CallingList* list;
  const Campaign* campaign;
};
// The record of GSW_RECORD_HANDLE, with every attribute that names it once more in agreement.
Step<Held> target_record(RequestContext& context);
// Ends the handle, by the request or by what else is named: the record becomes what the transition makes of it, its
// chain is free again.
Step<> finish(RequestContext& context, Held& held, protocol::TransitionId transition, std::string_view by = {});
// What the request says about the target must be what the handle says, and its fields such as the list takes.
Step<> check_held(RequestContext& context, const Held& held);
// What UpdateCallCompletionStats may change, from the request into the record; false when the request has nothing of
// it.
Step<bool> read_update(RequestContext& context, Held& held);
// Whether nobody of the record's contact may be called.
Result<bool> is_listed(RecordStore& store, const CallingList& list, const Record& record);

struct GroupTarget {
  const CampaignGroup* group;
  const Campaign* campaign;
};
Step<GroupTarget> target_group(RequestContext& context);

// GSW_PHONE, GSW_PHONE_TYPE, GSW_TZ_NAME, GSW_FROM, GSW_UNTIL as far as they are there.
Step<> read_contact(const RequestContext& context, Record& record);
// GSW_DATE_TIME, meant on the record's own wall clock; the record is left alone when it is absent.
Step<> read_schedule(const RequestContext& context, Record& record);
// The due time of a callback must not be in the past (see record_rules.h).
Step<> check_schedule(const RequestContext& context, const Record& record);
// Puts the custom fields of the request into the record, over those it has; settle_unknown_fields() has left those that
// are to be stored. Returns whether there were any to put.
Step<bool> read_custom(const RequestContext& context, const CallingList& list, Record& record);

// Type, status and result as the transition and, where it lets the request say them, the request make them.
void apply(protocol::TransitionId transition, const protocol::Event& request, std::int64_t now, Record& record);

}  // namespace outpost::supervisor
