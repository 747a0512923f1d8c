// What is known of one record in the order of time: what the store keeps, what was seen, and what comes next.

/** @typedef {{at: number, kind: "kept"|"seen"|"next", title: string, text: string}} Moment at: ms since the epoch, Infinity: now and on */

const STATUSES = {
  1: "waits until a preview takes it", 2: "an agent has it", 3: "done", 4: "its agent was lost after a call result; not offered again",
  5: "cancelled", 6: "an agent reported an error", 7: "another number of the chain was reached", 8: "the agent missed the callback",
};

/** What a status means. */
export function meaning(record) {
  if (record.record_status === 1 && record.handle) return "its chain is held: an agent has another number of it";
  return STATUSES[record.record_status] ?? "";
}

/** Seconds since midnight in a zone of the tz database; nothing when the browser does not know it. */
export function secondOfDay(ms, zone) {
  try {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(ms);
    const part = (type) => Number(parts.find((one) => one.type === type).value);
    return part("hour") * 3600 + part("minute") * 60 + part("second");
  } catch {
    return undefined;
  }
}

/** When the daily window is open at `ms` or next after it. */
export function nextOpening(ms, { daily_from: from, daily_till: till }, zone) {
  const second = secondOfDay(ms, zone);
  if (second === undefined) return undefined;
  if (second >= from && second < till) return ms;
  const wait = second < from ? from - second : 86_400 - second + from;
  const there = ms + wait * 1000;
  const off = secondOfDay(there, zone) - from; // the clocks may change in that night
  return there - (Math.abs(off) <= 7200 ? off * 1000 : 0);
}

function upcoming(record, { zone, enabled, now }) {
  if (record.record_status !== 1 || record.handle) return [];
  const from = nextOpening(Math.max(now, record.dial_sched_time * 1000), record, zone);
  if (from === undefined) return [];
  const text = enabled === false ? "Not while its list is off." : "If a group that calls its list runs then.";
  return [{ at: from <= now ? Infinity : from, kind: "next", title: "A preview may take it", text }];
}

function called(record, names, whose) {
  if (!record.call_time) return [];
  return [{ at: record.call_time * 1000, kind: "kept", title: `Called${whose}`,
    text: `Attempt ${record.attempt}; result as it stands now: ${names.show("call_result", record.call_result)}.` }];
}

function holding(handle, objects) {
  if (!handle) return [];
  const [group, campaign] = [objects.group(handle.group_id), objects.campaign(handle.campaign_id)];
  const by = [group && `group ${group}`, campaign && `campaign ${campaign}`, `handle ${handle.handle}`].filter(Boolean).join(", ");
  const agent = handle.agent_id || "somebody who gave no name";
  const taken = { at: handle.opened_at * 1000, kind: "kept", title: `Taken by ${agent}`, text: `By ${by}. It is still held.` };
  if (handle.touched_at === handle.opened_at) return [taken];
  return [taken, { at: handle.touched_at * 1000, kind: "kept", title: `Last request of ${agent} about it`, text: "" }];
}

function due(record, now) {
  const at = record.dial_sched_time * 1000;
  if (!at) return [];
  const whom = record.agent_id ? `For agent ${record.agent_id}.` : "";
  return [{ at, kind: at > now ? "next" : "kept", title: at > now ? "Due" : "Was due", text: whom }];
}

/**
 * @param {{record: any, handle: any, chain: any[]}} known as the server told it last
 * @param {Moment[]} seen what changed while somebody looked
 * @param {any} names @param {any} objects @param {{zone: string, enabled: boolean, now: number}} place
 * @returns {Moment[]} the latest first
 */
export function timeline({ record, handle, chain }, seen, names, objects, place) {
  const others = chain.filter((one) => one.record_id !== record.record_id).flatMap((one) => called(one, names, `: ${one.contact_info}, of the same chain`));
  return [...upcoming(record, place), ...due(record, place.now), ...holding(handle, objects), ...called(record, names, ""), ...others, ...seen]
    .sort((a, b) => b.at - a.at);
}
