#include "protocol/mobile/manual.h"

#include <fmt/core.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "protocol/channel/courier.h"
#include "protocol/mobile/errors.h"
#include "protocol/mobile/limits.h"
#include "protocol/mobile/manual_services.h"
#include "protocol/mobile/routes.h"

namespace outpost::protocol {

namespace {

constexpr std::string_view kOpening = R"(# A mobile node of Outpost

Made by `outpostd --print-mobile-manual`.

An outpostd whose configuration says `application.type: "mobile"` is a mobile node: apps, web pages and agents' desktops reach the
contact centre through it. All nodes are active, any of them serves any request, and what one has acknowledged every other finds,
since they share one store. A node starts from [mobile.sample.json](mobile.sample.json); every option is in [OPTIONS.md](OPTIONS.md).

## Storage

Texts and files live in an area, for as many seconds as the client says. The examples have `A` as the base address of a node
(`A=http://127.0.0.1:8080`) and `B` as that of another.

```
id=$(curl -s -F name=Ann -F photo=@me.jpg $A/genesys/1/storage/600 | jq -r .id)    # a text and a file, for ten minutes
curl -s $B/genesys/1/storage/$id                           # {"name":"Ann","photo":"/genesys/1/storage/binary/..."}
curl -s $B/genesys/1/storage/$id/name                      # Ann
curl -s $B/genesys/1/storage/binary/$id/photo -o copy.jpg  # the bytes of the file
curl -s -d 'name=Ann B.&note=call+back' $A/genesys/1/storage/$id/600   # adds and replaces; ten minutes from now on
curl -s -H 'Content-Type: application/json' -d '{"order":{"no":7}}' $A/genesys/1/storage/$id/600    # the same as JSON
curl -s -X DELETE $A/genesys/1/storage/$id/note            # one value; without the key, the whole area
```

- An area is gone when its time is over, on every node, whatever clocks they have. Without a time, or with one that is none, it
  lives for 30 seconds. Whoever knows the id may read and write the area.
- The values are those of the query, of a form (`application/x-www-form-urlencoded`, `multipart/form-data`) or of a JSON object
  (`application/json`), of which numbers, true and false become texts, null is left out, and what is nested becomes compact JSON text. The
  body wins over the query, the last of a name over the others. Names that begin with `_` are for services and refused here.
- The URL of a file is relative, or begins with `server.external_url_base`. A file comes back with its own type and name, as an
  attachment.

An area may have a name of the client's own. It belongs to the user whom the header `gms_user` names, and each POST replaces it:

```
curl -s -H 'gms_user: ann' -d theme=dark $A/genesys/1/storage/custom/settings/3600
curl -s -H 'gms_user: ann' $B/genesys/1/storage/custom/settings/theme
```

## Notifications

Whoever wants to hear of events subscribes to their tags; whoever has something to tell publishes it. Both speak JSON:

```
JSON='Content-Type: application/json'
curl -s -H "$JSON" -d '{"subscriberId":"crm","filter":"order.*","expire":3600,
  "notificationDetails":{"type":"httpcb","deviceId":"http://crm.example/hook"}}' $A/genesys/1/notification/subscription
curl -s -H "$JSON" -d '{"tag":"order.new","message":"Ann ordered"}' $B/genesys/1/notification/publish
```

- In a filter `*` stands for any run of characters; all else stands for itself, and the whole tag has to match. An event goes to all
  subscriptions that match, on whichever node they were made. A subscription lives for `expire` seconds, without it for
  `push.defaultSubscriptionExpiration`; one that came through an external listener for 86,400 s at most.
- `message` is a string or other JSON. With `"mediaType":"localizestring"` it is the key of a text in the file
  `push.localizationFileLocation`, which comes in the language that the subscription's property `language` names.
- `push.pushEnabled` names the types that are delivered:

| type | `deviceId` | what it gets | delivered when |
|---|---|---|---|
| `httpcb` | URL, plain HTTP | POST of the message as text/plain, or as application/json when it was no string; `"authorization":"user:password"` of the subscription as Basic | 200 |
| `orscb` | id of an ORS session | its event `notification.event`, or that of the property `event`, with `tag`, `message`, `subscriptionId` | 2xx |
| `comet` | `gms_user` | nothing yet: it counts as failed | |

- An event is answered with its id once it is queued. A delivery that fails is tried again after 1, 2 and 4 seconds and then given up with
  a line in the log; one that the target refuses (4xx but 408 and 429) or whose address is denied, at once. The body of an answer means
  nothing, and no callback has longer than `gms.http.connection_timeout` and 10 s. What is on its way is lost with the process.
- Where 10,000 deliveries wait, publish is 503. A target that takes nothing has a part of them: what is more for it is given up at once.
- Through an external listener nobody publishes, and subscriptions of the types `httpcb` and `orscb` are refused (403), for they make this
  node post to any address and to any session; `gms.http.deny_targets` holds for all of them.

The file of texts is XML in UTF-8, at most 1 MiB, without a document type. A text is that of the language, else of its first part (`de` of
`de-AT`), else of the default, else the key itself:

```
<messages default="en">
  <message key="ready"><text lang="en">Your agent is ready</text><text lang="de">Ihr Berater ist bereit</text></message>
</messages>
```

## Behind a balancer

`GET /genesys/1/node` is 200 and `ONLINE`, or 503 and `OFFLINE`: when the node was told so (`outpostctl node offline`, or
`POST /genesys/1/admin/node/changestatus/OFFLINE`), while it stops, and when its store does not answer. A node that is OFFLINE goes on
serving: it is the balancer that sends nobody any more. Where tokens or a password are asked for, let the balancer ask the port of
an admin listener (`/readyz`) instead.

Any node serves any request, so nothing needs to stay at one node but sessions. For those the first answer sets the cookie
`JSESSIONID=<id>.<route>`, where the route is `server.worker_name`; a cookie of another node is taken and set anew with the
same id. `server.sticky_cookie_names` has the names, `server.secure_cookie` keeps them to TLS. A session id in the URL
(`;jsessionid=...`) is cut off.

## Who may ask what

- A listener with `exposure: "external"` is for customers' machines: through it only the open rows of the table below are served,
  and those that are open by name where the section of the service does not say `external: false`; the others are 403. Any other listener
  serves all.
- `server.cross_origin` names the origins whose pages a browser may let call, with the user's cookies. Preflights are answered without a
  token.
- With `server.username` and `server.password` each request needs that pair (Basic). With `application.authentication: "token"` it needs
  a token (Bearer), or that pair where there is one. A token may be for some of the APIs and requests below (`--resources`,
  `--requests`); one for all APIs is not for `admin`, which it has to name.

## Logs

Names that begin with `XXX` are in no log, nor are their values; of names that begin with `MMM`, and of those of passwords, tokens and
keys, `MMM` is shown for the value. That holds for parameters, members of JSON at any depth and keys of storage. The data themselves
are stored and given back as they are. Values of all other names are shown at level debug alone, names and sizes at trace. A path is
logged as its row below.
)";

template <class... Args>
void append(std::string& out, fmt::format_string<Args...> text, Args&&... args) {
  fmt::format_to(std::back_inserter(out), text, std::forward<Args>(args)...);
}

std::string_view exposure_text(RouteExposure exposure) {
  switch (exposure) {
    case RouteExposure::open: return "yes";
    case RouteExposure::internal: return "no";
    case RouteExposure::by_name: return "by name";
  }
  return "";
}

std::string_view body_text(RouteBody body) {
  switch (body) {
    case RouteBody::none: return "";
    case RouteBody::parameters: return "form or JSON object";
    case RouteBody::json: return "JSON";
  }
  return "";
}

void add_mobile_routes(std::string& out) {
  append(out,
         "\n## Routes\n\nBelow `{}`. What stands in brackets may be left out. HEAD is served where GET is; another "
         "method than "
         "those of a path is 405, with Allow. Runs of `/` count as one, one at the end is ignored.\n\n"
         "| method | path | API | request | through an external listener | body | what it does "
         "|\n|---|---|---|---|---|---|---|\n",
         kMobilePrefix);
  for (const MobileRow& row : mobile_rows()) {
    append(out, "| {} | `{}` | {} | {} | {} | {} | {}{} |\n", row.method, row.pattern, row.api, row.name,
           exposure_text(row.exposure), body_text(row.body), row.text, row.needs_user ? " Needs gms_user." : "");
  }
}

void add_mobile_errors(std::string& out) {
  append(out,
         "\n## Errors\n\nEvery answer that is no success, but that of `{}node`, is JSON with two strings, `exception` "
         "and `message`.\n\n"
         "| status | exception | when |\n|---|---|---|\n",
         kMobilePrefix);
  for (const MobileError& error : mobile_errors()) {
    append(out, "| {} | {} | {} |\n", error.status, error.exception, error.text);
  }
  append(out, "| other | {} | what HTTP itself refuses, as 408 and 431 |\n", exception_of(0));
}

void add_mobile_limits(std::string& out) {
  append(out, "\n## Limits\n\n| what | at most |\n|---|---|\n");
  append(out, "| a body | `application.http-max-body` |\n");
  append(out, "| all bodies at once | `application.http-max-bodies`; beyond it 503 |\n");
  append(out, "| parameters of a request, values of an area | {} |\n", kMobileParametersMax);
  append(out, "| a name | {} bytes |\n", kMobileNameBytesMax);
  append(out, "| files of a request | {} |\n", kMobileFilesMax);
  append(out, "| the header of a part of a multipart body | {} |\n", human_bytes(kMobilePartHeaderBytesMax));
  append(out, "| a JSON body of a notification | {}, {} levels of nesting |\n", human_bytes(kMobileJsonBytesMax),
         kMobileJsonDepthMax);
  append(out, "| gms_user | {} bytes |\n", kMobileUserBytesMax);
  append(out, "| a number, a phone number | {} bytes |\n", kNumberBytesMax);
  append(out, "| another parameter of a service | {} |\n", human_bytes(kServiceParameterBytesMax));
  append(out, "| what is sent on to ORS, as a form | {} |\n", human_bytes(kFetchBodyBytesMax));
  append(out, "| an answer of ORS | {} |\n", human_bytes(kAnswerBytesMax));
  append(out, "| texts of an area, as JSON | {} |\n", human_bytes(kAreaTextBytesMax));
  append(out, "| files of an area | {} |\n", human_bytes(kAreaFileBytesMax));
  append(out, "| a ttl | {} seconds; a longer one is cut |\n", kTtlMax);
}

}  // namespace

std::string mobile_manual() {
  std::string out(kOpening);
  out += services_manual();
  add_mobile_routes(out);
  add_mobile_errors(out);
  add_mobile_limits(out);
  return out;
}

}  // namespace outpost::protocol
