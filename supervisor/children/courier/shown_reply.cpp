#include "supervisor/children/courier/shown_reply.h"

#include "common/text.h"

namespace outpost::supervisor {

namespace {

void write_times(JsonWriter& out, const protocol::FetchTimes& times) {
  out.key("times_us").begin_object();
  out.member("resolved", times.resolved_us).member("connected", times.connected_us);
  out.member("secured", times.secured_us).member("first_byte", times.first_byte_us);
  out.member("total", times.total_us).end_object();
}

}  // namespace

void write_fetch_reply(JsonWriter& out, const protocol::FetchReply& reply) {
  out.member("outcome", word_of(reply.outcome));
  if (reply.outcome == protocol::FetchOutcome::answered) {
    out.member("status", unsigned{reply.status}).member("http_version", unsigned{reply.http_version});
    out.key("headers").begin_array();
    for (const auto& header : reply.headers) {
      out.begin_object().member("name", header.name).member("value", header.value).end_object();
    }
    out.end_array().member("body_bytes", std::uint64_t{reply.body.size()});
    if (is_plain_text(reply.body)) out.member("body", reply.body);
  } else {
    out.member("meaning", protocol::meaning_of(reply.outcome)).member("text", reply.text);
    out.member("may_have_arrived", protocol::may_have_arrived(reply.outcome));
  }
  if (!reply.address.empty()) out.member("address", reply.address).member("reused", reply.reused);
  write_times(out, reply.times);
}

}  // namespace outpost::supervisor
