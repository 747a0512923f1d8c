-- wrk: every request adds a record with a phone number of its own, in the shape of the known production client; 300 bytes
-- in all. For Webdis the same JSON is the value of a Redis command.
local thread_number = 0
function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

local headers = { ["Host"] = "127.0.0.1", ["Content-Type"] = "application/json" }
local serial = 0
function request()
  serial = serial + 1
  local body = string.format(prefix ..
    '{"GSW_PHONE":"' .. plus .. '1%s%d%08d","GSW_PHONE_TYPE":"4","GSW_TZ_NAME":"PST","GSW_CAMPAIGN_NAME":"Spring",' ..
    '"STATE":"CA","GSW_AGENT_ID":null,"CONTACT_LAST_NAME":"Castellanos","VAR_005":"Gold"}', series, number, serial)
  if webdis then body = string.gsub(body, "@", string.format("%s.%d.%d", series, number, serial), 1) end
  return wrk.format("POST", path, headers, body)
end

-- Arguments: a number that no other run against this server has, and the word webdis.
function init(args)
  series = args[1] or "0"
  webdis = args[2] == "webdis"
  path = webdis and "/" or "/lists/Spring_2024?req=AddRecord"
  prefix = webdis and "SET/record:@/" or ""
  plus = webdis and "%%2B" or "+"
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d duration_us=%d p50_us=%d p99_us=%d non2xx=%d socket_errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
