#include "supervisor/mobile/counters.h"

#include "common/json.h"

namespace outpost::supervisor::mobile {

void write_counters(JsonWriter& out, const NodeFigures& figures) {
  out.key("node").begin_object().member("id", figures.node_id).member("uptime", figures.uptime_s);
  out.member("status", figures.status).end_object();
  out.key("storage").begin_object().member("areas", figures.areas).member("expired", figures.expired).end_object();
  const protocol::Statistics& proxy = figures.proxy;
  out.key("proxy").begin_object().member("requests", figures.requests).member("refused", figures.refused);
  out.member("in_flight", figures.in_flight).member("bytes_in_work", figures.bytes_in_work);
  out.member("connections", proxy.connections).member("connections_total", proxy.connections_total);
  out.member("held", proxy.held).member("body_bytes", proxy.body_bytes);
  out.member("rate_limited", proxy.rate_limited).member("unauthorized", proxy.unauthorized);
  out.member("responses_2xx", proxy.responses_2xx).member("responses_4xx", proxy.responses_4xx);
  out.member("responses_5xx", proxy.responses_5xx).end_object();
  out.key("store").begin_object().member("works", figures.store.works).member("queue", figures.store.queued);
  out.member("busy_us", figures.store.busy_us).end_object();
}

}  // namespace outpost::supervisor::mobile
