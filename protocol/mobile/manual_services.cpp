#include "protocol/mobile/manual_services.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kServices = R"(
## Services

A service is a section `service.NAME` of the configuration. POST `service/NAME` creates one that lives for `ttl` seconds; its reply names it,
and by its id it is asked, changed and ended. Names that begin with `_` are parameters, all others are the caller's own data: they
are stored as an area that lives as long, files included. What the section says counts before what a request says, except for
`_booking_expiration_timeout`.

```json
"service.request-interaction": { "type": "builtin", "service": "request-interaction", "ttl": 60, "resource_group": "Support", "provide_code": true },
"service.match-interaction":   { "type": "builtin", "service": "match-interaction", "delete_match": true },
"service.request-access":      { "type": "builtin", "service": "request-access", "resource_group": "Support" },
"service.callback":            { "type": "ors", "service": "http://apps.example/callback.scxml", "ttl": 3600 },
"list.GMS_Resources.Support":  { "_allocation_strategy": "CLUSTER", "_booking_expiration_time": 30, "a": "1-888-call-me1", "b": "1-888-call-me2" },
"connections": [ { "name": "ors1", "type": "ors", "host": "ors1.example" } ]
```

| builtin | who asks it | parameters | reply |
|---|---|---|---|
| request-interaction | a customer's application | `_phone_number`, `_provide_code`, `_resource_group`, `_access_code_length` (3 to 18, else 6), `_booking_expiration_timeout` (5 to 1800) | `_id`, `_access_number`, `_access_code` if one was asked for, `_expiration_time`; all strings |
| match-interaction | the routing side, when the number was dialled | `_access_number`; `_access_code`, `_phone_number` where they are known; `_return_data`, `_return_multiple_matches`, `_delete_service` | `_id` and `_data_id`, and the data if asked for; 404 where nobody waits |
| request-access | an application, for its own service | `_id`, and those of request-interaction | as of request-interaction |

```
curl -s -d _phone_number=5550199 -d city=Ulm $A/genesys/1/service/request-interaction
curl -s -d _access_number=1-888-call-me1 -d _access_code=013742 $B/genesys/1/service/match-interaction
curl -s $B/genesys/1/storage/DATA_ID
curl -s -d city=Bern $A/genesys/1/service/ID/update
curl -s -X DELETE $A/genesys/1/service/ID       # its number is free at once
```

Numbers are compared without blanks, `-`, `(`, `)` and `.`, letters in either case. Several that match: the newest, unless all are asked for (100 at
most). Who matches takes the number: a second match is 404. With `delete_match` the service is gone then; its data stay until their
time is over. Data of more than 1 MiB are not returned with a match, but read from storage.

**Groups of numbers.** RANDOM gives any value to anybody and books nothing; LOCAL books a value on this node, CLUSTER on all. Of those that
are free the one comes that rests for longest. Access data live as long as the booking or the service, whichever ends first. Where nothing is
free, `_backup_resource` is given out, or else the answer is 500; alarm 2001 is raised either way, and cleared by the next booking. Alarm 2000: a
value stands twice. `outpostctl alarms` shows them, `alarms.command` is run with the event, `raised` or `cleared`, and a text.

**Applications.** A service of type ors is a session of an application on an orchestration server: it is started with the effective parameters and
`_data_id`, asked for `gms.start`, and what it answers is the reply as it is. The id of the service is that of the session. Requests
(`service/ID/NAME`) go to the server that started it, with its cookie; DELETE ends the session. Servers are `connections` of type ors, or the
option `ors` of the service, tried `linear` or `circular`; one that cannot be reached is followed by the next, `ors.max_ors_request_attempts` tries in
all, and then the answer is 500 and no data are left. A start that was sent and not answered in time is not sent again.

**Who may ask.** A section's `external` says whether customers reach it by name: by default they do, but not match-interaction and request-access. Its
`username` and `password` take the place of the node's pair for this service, also where it is asked by its id. A service whose section has left the
configuration, or was never in that of this node, is served by its id to nobody; whoever has its number and code matches it all the same. Names
that begin with `a2c-` are 404, with the name of today.
)";

}  // namespace

std::string_view services_manual() { return kServices; }

}  // namespace outpost::protocol
