// How large integers get, in options, requests, answers, imports and exports alike.
#pragma once

#include <cstdint>

namespace outpost {

// The largest integer, and negated the smallest: what any reader of JSON carries exactly (RFC 7493 2.2), so that what
// one answer holds the next request can send back. Attributes and columns are narrower by their rows. Assumption: in
// place of the 32 bits of ocs.md 2.1, which end in 2038 where a time is meant.
inline constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

// The last time, in seconds since 1970 UTC: the end of 30 December 9999, a day before MM/DD/YYYY ends, so that every
// time has such a form in every zone.
inline constexpr std::int64_t kEpochMax = 253'402'214'399;

// The last DBID that an object can be given: an integer of ocs.md 2.1. Requests may name a larger one, of no object.
inline constexpr std::int64_t kDbidMax = 2'147'483'647;

// Daily windows are counted in seconds from midnight to here (ocs.md 3.2).
inline constexpr std::int32_t kDaySeconds = 24 * 60 * 60;

}  // namespace outpost
