// The kinds of nonsense that a proxy in somebody else's hands may talk: what malicious_child does, and what
// malicious_child_test expects of it.
#pragma once

#include <string_view>

namespace outpost::test {

enum class Expected {
  breach,    // the supervisor calls it a broken protocol
  answered,  // every request gets an answer; the child leaves by itself with status 0
  late,      // the watch ends it
  ended,     // it ends, this way or another
};

struct MaliciousKind {
  std::string_view name;
  Expected expected;
};

inline constexpr MaliciousKind kMaliciousKinds[] = {
    {"random bytes", Expected::breach},
    {"a frame beyond every limit", Expected::breach},
    {"an unknown type", Expected::breach},
    {"a message of the other direction", Expected::breach},
    {"a message of the other direction, later", Expected::breach},
    {"flags", Expected::breach},
    {"a message cut off", Expected::breach},
    {"bytes behind a message", Expected::breach},
    {"a request first", Expected::breach},
    {"Bound first", Expected::breach},
    {"Statistics that nobody asked for", Expected::breach},
    {"Hello twice", Expected::breach},
    {"Hello late", Expected::breach},
    {"a strange version, and on", Expected::breach},
    {"a strange version of a program with an endless name", Expected::ended},
    {"a listener of another name", Expected::breach},
    {"a listener of another address", Expected::breach},
    {"a listener of another port", Expected::breach},
    {"a listener that is secure", Expected::breach},
    {"one listener more", Expected::breach},
    {"no listener", Expected::breach},
    {"a hundred thousand measures", Expected::breach},
    {"Bound twice", Expected::breach},
    {"a request before Start", Expected::breach},
    {"another generation", Expected::breach},
    {"one correlation id for two", Expected::breach},
    {"more requests than the window", Expected::breach},
    {"a call, in another dialect than its own", Expected::breach},
    {"a call larger than any", Expected::breach},
    {"a cancel of no call", Expected::breach},
    {"a request larger than any", Expected::breach},
    {"a request id with a line in it", Expected::breach},
    {"more attributes than any", Expected::breach},
    {"a key longer than any", Expected::breach},
    {"a value of no type", Expected::breach},
    {"a count of four milliards", Expected::breach},
    {"a string that ends elsewhere", Expected::breach},
    {"a flood of Pings", Expected::breach},
    {"a confirmation of nothing", Expected::breach},
    {"a Pong with a payload", Expected::breach},
    {"Failed, and on", Expected::breach},
    {"Failed at length", Expected::ended},
    {"Failed in forged lines", Expected::ended},
    {"absurd Statistics", Expected::ended},
    {"counters of no request", Expected::breach},
    {"a bit turned over", Expected::ended},
    {"a bit turned over, later", Expected::ended},
    {"an unknown resource", Expected::answered},
    {"a request of another resource", Expected::answered},
    {"an unknown request", Expected::answered},
    {"no request at all", Expected::answered},
    {"a key twice", Expected::answered},
    {"NUL", Expected::answered},
    {"no UTF-8", Expected::answered},
    {"values of the other type", Expected::answered},
    {"absurd numbers", Expected::answered},
    {"a strange idempotency key", Expected::answered},
    {"an echo of the answer's own words", Expected::answered},
    {"random attributes", Expected::answered},
    {"exit at once", Expected::ended},
    {"exit behind Hello", Expected::ended},
    {"death by a signal", Expected::ended},
    // These take their time: see malicious_child_test.
    {"half a frame for ever", Expected::late},
    {"half a frame for ever, later", Expected::late},
    {"a byte now and then", Expected::late},
    {"silence", Expected::late},
    {"standing still", Expected::late},
    {"a closed channel and a life after it", Expected::ended},
    {"a grandchild that holds the channel", Expected::ended},
};
inline constexpr std::size_t kSlowKinds = 7;

}  // namespace outpost::test
