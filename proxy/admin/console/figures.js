// Rates and latencies out of counters that only rise: differences between samples of the status.

/** @typedef {{at: number, status: any}} Sample */
/** @typedef {{le_ms: number, count: number}} Bucket count: of those that took at most so long */

const GAP_S = 10; // more between two samples is a connection that was cut; between two steps, a counter that stands

/**
 * Change per second at each sample; nothing where a counter began anew or the connection was cut. What a proxy counts comes
 * every few seconds: a step is spread over the samples since the one before, and after long enough without one there is none.
 * @param {Sample[]} history
 */
export function rates(history, counter) {
  const found = history.map(() => null);
  const spread = (from, till, value) => found.fill(value, from + 1, till + 1);
  let step = 0;
  for (let index = 1; index < history.length; index += 1) {
    const [before, after] = [history[index - 1], history[index]];
    if (after.at - before.at > GAP_S || rate(before, after, counter) === null) {
      step = index;
    } else if (counter(after.status) !== counter(history[step].status)) {
      const quiet = step;
      while (after.at - history[step].at > GAP_S) step += 1;
      spread(quiet, step, 0);
      spread(step, index, rate(history[step], after, counter));
      step = index;
    } else {
      const quiet = after.at - history[step].at > GAP_S;
      spread(quiet && found[index - 1] !== 0 ? step : index - 1, index, quiet ? 0 : found[step]);
    }
  }
  return found;
}

/** @returns {number|null} */
export function rate(before, after, counter) {
  const [then, now] = [counter(before.status), counter(after.status)];
  const seconds = after.at - before.at;
  if (now === undefined || then === undefined || seconds < 0.05 || now < then) return null;
  return (now - then) / seconds;
}

/** What came between two histograms; nothing when the later one began anew, or there is none. @returns {Bucket[]|null} */
export function between(before, after) {
  if (!before || !after || after.count < before.count || after.buckets.length !== before.buckets.length) return null;
  const buckets = after.buckets.map(({ le_ms, count }, index) => ({ le_ms: bound(le_ms), count: count - before.buckets[index].count }));
  // What took longer than the last bound has no bucket of its own.
  if (buckets.at(-1)?.le_ms !== Infinity) buckets.push({ le_ms: Infinity, count: after.count - before.count });
  return buckets;
}

const bound = (le_ms) => (typeof le_ms === "number" ? le_ms : Infinity);

/**
 * The bound that a share of all stays within: what a histogram knows, and no more.
 * @param {Bucket[]|null} buckets by rising bound
 * @param {number} share 0 to 1
 * @returns {number|null} milliseconds, Infinity when it is above all bounds, nothing where there was nothing
 */
export function quantile(buckets, share) {
  const all = buckets?.at(-1)?.count ?? 0;
  if (all <= 0) return null;
  const rank = Math.max(1, Math.ceil(share * all));
  return buckets.find((one) => one.count >= rank)?.le_ms ?? Infinity;
}

/** The histogram of a sample; undefined where the server tells none. */
export const duration = (sample) => sample.status.requests.duration;
const WINDOW_S = 10; // of a point in the chart: in one second there may be a request or two, whose p99 says nothing

/** For each sample what `share` of the requests in the seconds before it took at most. @param {Sample[]} history */
export function latencies(history, share) {
  let first = 0;
  return history.map((sample) => {
    while (sample.at - history[first].at > WINDOW_S) first += 1;
    return quantile(between(duration(history[first]), duration(sample)), share);
  });
}

/** The oldest sample of the last seconds. @param {Sample[]} history */
export function ago(history, seconds) {
  const from = (history.at(-1)?.at ?? 0) - seconds;
  return history.find((sample) => sample.at >= from);
}

/** The last bound of a histogram, which is all that is known of what took longer. */
const highest = (buckets) => buckets?.filter((one) => one.le_ms !== Infinity).at(-1)?.le_ms;

/** @param {number|null} ms a bound @param {Bucket[]|null} [buckets] */
export function atMost(ms, buckets) {
  if (ms === null) return "–";
  if (ms === Infinity) return `> ${milliseconds(highest(buckets) ?? 0)}`;
  return `≤ ${milliseconds(ms)}`;
}

export function milliseconds(ms) {
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  return `${Number((ms / 1000).toPrecision(3))} s`;
}
