-- wrk: every request adds a record with a phone number of its own, in the shape of the known production client.
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

local serial = 0
function request()
  serial = serial + 1
  local body = string.format(
    '{"GSW_PHONE":"+1%d%09d","GSW_PHONE_TYPE":"4","GSW_TZ_NAME":"PST","GSW_CAMPAIGN_NAME":"Spring","STATE":"CA","GSW_AGENT_ID":null}',
    number, serial)
  return wrk.format("POST", path, {["Host"] = "127.0.0.1"}, body)
end

function init(args)
  path = args[1] or "/lists/Spring_2024?req=AddRecord"
end


function done(summary, latency)
  io.write(string.format("RESULT requests=%d duration_us=%d p50_us=%d p99_us=%d non2xx=%d socket_errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
