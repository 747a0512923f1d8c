// What malicious_child does, by the names of malicious_kinds.h.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/malicious_peer.h"

namespace outpost::test {

using Act = std::function<void(Peer&)>;
struct Kind {
  std::string_view name;
  Act act;  // what it does before it serves on as if nothing had been
};

inline void say_of_other_direction(Peer& peer) {
  const std::string frames[] = {Peer::frame(Configure{}), Peer::frame(Start{}),  Peer::frame(Answer{}),
                                Peer::frame(Drain{}),     Peer::frame(Refuse{}), Peer::frame(Tokens{}),
                                Peer::frame(CallReply{})};
  peer.raw(frames[peer.number(std::size(frames))]);
}

inline void bound_otherwise(Peer& peer, const std::function<void(Bound&)>& change) {
  peer.greet();
  Bound bound = peer.bound();
  change(bound);
  peer.say(bound);
}

// A request whose event is not what encode() would make of it.
inline void say_event(Peer& peer, std::string_view event) {
  peer.begin();
  std::string payload;
  ByteWriter writer(payload);
  writer.integer<std::uint64_t>(1);
  writer.integer<std::uint32_t>(1);
  writer.string("lists");
  for (int i = 0; i < 3; ++i) writer.string("");  // idempotency key and ids
  payload.append(event);
  peer.raw(Peer::frame(Request::kId, payload, 0, peer.id()));
}

inline void flip(Peer& peer, std::string bytes) {
  for (std::uint64_t n = 1 + peer.number(3); n > 0; --n) {
    char& c = bytes[peer.number(bytes.size())];
    c = static_cast<char>(c ^ (1 << peer.number(8)));
  }
  peer.raw(bytes);
  // Killed for it, or not: what was turned over may be of no weight, or a length that makes the rest wait.
  pollfd entry{kChannel, POLLIN, 0};
  poll(&entry, 1, 50);
  std::_Exit(0);
}

inline void ask_and_leave(Peer& peer, const std::function<void(Request&)>& change) {
  peer.begin();
  Request request = peer.request();
  change(request);
  Answer answer = peer.ask(request);
  // _Exit: no sanitizer has a look first.
  std::_Exit(answer.event.has("GSW_USER_EVENT") ? 0 : 1);
}

inline std::vector<Kind> breaches() {
  return {
      {"random bytes", [](Peer& p) { p.raw(p.bytes(64) + std::string(1 << 16, '\xff')); }},
      {"a frame beyond every limit",
       [](Peer& p) {
         std::string header = Peer::frame(Hello::kId, "");
         static_assert(protocol::kProxyPayloadBytesMax < 2U << 24);
         header[3] = static_cast<char>(2 + p.number(254));
         p.raw(header);
       }},
      {"an unknown type",
       [](Peer& p) { p.raw(Peer::frame(static_cast<std::uint16_t>(100 + p.number(60'000)), p.bytes(p.number(100)))); }},
      {"a message of the other direction", say_of_other_direction},
      {"a message of the other direction, later",
       [](Peer& p) {
         p.begin();
         say_of_other_direction(p);
       }},
      {"flags", [](Peer& p) { p.raw(Peer::frame(Pong::kId, "", static_cast<std::uint16_t>(1 + p.number(65'535)))); }},
      {"a message cut off",
       [](Peer& p) {
         std::string whole;
         encode(Hello{}, whole);
         p.raw(Peer::frame(Hello::kId, whole.substr(0, p.number(whole.size()))));
       }},
      {"bytes behind a message",
       [](Peer& p) {
         std::string whole;
         encode(Hello{}, whole);
         p.raw(Peer::frame(Hello::kId, whole + p.bytes(1 + p.number(50))));
       }},
      {"a request first", [](Peer& p) { p.say(p.request(), p.number(UINT64_MAX)); }},
      {"Bound first", [](Peer& p) { p.say(p.bound()); }},
      {"Statistics that nobody asked for", [](Peer& p) { p.say(Statistics{}); }},
      {"Hello twice",
       [](Peer& p) {
         p.greet();
         p.say(Hello{});
       }},
      {"Hello late",
       [](Peer& p) {
         p.begin();
         p.say(Hello{});
       }},
      {"a strange version, and on",
       [](Peer& p) {
         Hello hello;
         hello.version = static_cast<std::uint32_t>(1'000 + p.number(1'000'000));
         p.say(hello);
         p.await<Refuse>();
         p.say(Hello{});
       }},
      {"a listener of another name",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners[0].name += "\n"; }); }},
      {"a listener of another address",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners[0].address = "10.0.0.1\n2026 forged"; }); }},
      {"a listener of another port",
       [](Peer& p) {
         bool chosen = p.number(2) == 0;
         bound_otherwise(p, [&](Bound& b) { b.listeners[1].port = chosen ? 0 : 1; });
       }},
      {"a listener that is secure",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners[0].secure = !b.listeners[0].secure; }); }},
      {"a listener for other people",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners[0].external = !b.listeners[0].external; }); }},
      {"a listener that redirects",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners[0].redirect_to = "second"; }); }},
      {"one listener more",
       [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners.push_back(b.listeners[0]); }); }},
      {"no listener", [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.listeners.clear(); }); }},
      {"a hundred thousand measures", [](Peer& p) { bound_otherwise(p, [](Bound& b) { b.sandbox.resize(100'000); }); }},
      {"Bound twice",
       [](Peer& p) {
         p.begin();
         p.say(p.bound());
       }},
      {"a request before Start",
       [](Peer& p) {
         p.greet();
         p.say(p.request(), p.id());
       }},
      {"another generation",
       [](Peer& p) {
         p.begin();
         p.say(p.request(), correlation_id(p.configure.generation + 1 + static_cast<std::uint32_t>(p.number(1000)), 1));
       }},
      {"one correlation id for two",
       [](Peer& p) {
         p.begin();
         std::uint64_t id = p.id();
         p.raw(Peer::frame(p.request(), id) + Peer::frame(p.request(), id));
       }},
      {"more requests than the window",
       [](Peer& p) {
         p.begin();
         std::string all;
         for (std::uint32_t i = 0; i <= p.configure.limits.window; ++i) all += Peer::frame(p.request(), p.id());
         p.raw(all);
       }},
      {"a call, in another dialect than its own",
       [](Peer& p) {
         p.begin();
         Call call;
         call.held = p.number(2) == 0;
         p.say(call, p.id());
       }},
      {"a call larger than any",
       [](Peer& p) {
         p.begin();
         Call call;
         call.json = std::string(1'000'000 + p.number(3'000'000), 'x');
         p.say(call, p.id());
       }},
      {"a cancel of no call",
       [](Peer& p) {
         if (p.number(2) == 0) p.begin();
         p.say(CallCancel{}, p.number(UINT64_MAX));
       }},
      {"a request larger than any",
       [](Peer& p) {
         p.begin();
         Request request = p.request();
         request.event.add("X", std::string(1'000'000 + p.number(3'000'000), 'x'));
         p.say(request, p.id());
       }},
      {"a request id with a line in it",
       [](Peer& p) {
         p.begin();
         Request request = p.request();
         (p.number(2) == 0 ? request.ids.request_id : request.ids.traceparent) = "a\n2026-01-01T00:00:00.000 forged";
         p.say(request, p.id());
       }},
      {"more attributes than any",
       [](Peer& p) {
         p.begin();
         Request request = p.request();
         for (std::uint32_t i = 0; i <= Event::kAttributesMax; ++i) request.event.add(std::to_string(i), "");
         p.say(request, p.id());
       }},
      {"a key longer than any",
       [](Peer& p) {
         p.begin();
         Request request = p.request();
         request.event.add(std::string(Event::kKeyBytesMax + 1 + p.number(1000), 'k'), "");
         p.say(request, p.id());
       }},
      {"a value of no type", [](Peer& p) { say_event(p, std::string("\1\0\0\0\1\0\0\0K\2\0\0\0\0\0\0\0\0", 18)); }},
      {"a count of four milliards", [](Peer& p) { say_event(p, "\xff\xff\xff\xff"); }},
      {"a string that ends elsewhere",
       [](Peer& p) { say_event(p, std::string("\1\0\0\0\xff\xff\xff\x7f", 8) + p.bytes(20)); }},
      {"a flood of Pings",
       [](Peer& p) {
         p.begin();
         std::string pings;
         for (int i = 0; i < 20'000; ++i) pings += i % 2 == 0 ? Peer::frame(Ping{}) : Peer::frame(Pong{});
         p.raw(pings);
       }},
      {"a confirmation of nothing",
       [](Peer& p) {
         p.begin();
         p.say(Pong{}, 1'000'000 + p.number(1'000'000));
       }},
      {"a Pong with a payload", [](Peer& p) { p.raw(Peer::frame(Pong::kId, p.bytes(1 + p.number(100)))); }},
      {"Failed, and on",
       [](Peer& p) {
         p.greet();
         p.say(Failed{1, "I fail"});
         p.say(p.bound());
       }},
  };
}

inline std::vector<Kind> requests_of_nonsense() {
  auto set = [](std::string key, Event::Value value) {
    return [key = std::move(key), value = std::move(value)](Peer& p) {
      ask_and_leave(p, [&](Request& r) { r.event.set(key, value); });
    };
  };
  return {
      {"an unknown resource",
       [](Peer& p) { ask_and_leave(p, [&](Request& r) { r.resource = p.bytes(p.number(200)); }); }},
      {"a request of another resource", [](Peer& p) { ask_and_leave(p, [](Request& r) { r.resource = "records"; }); }},
      {"an unknown request", set("GSW_AGENT_REQ_TYPE", "DropEverything")},
      {"no request at all", [](Peer& p) { ask_and_leave(p, [](Request& r) { r.event = {}; }); }},
      {"a key twice", [](Peer& p) { ask_and_leave(p, [](Request& r) { r.event.add("GSW_PHONE", "+2"); }); }},
      {"NUL", set("GSW_PHONE", std::string("+1\0", 3))},
      {"no UTF-8", [](Peer& p) { ask_and_leave(p, [&](Request& r) { r.event.set("STATE", p.bytes(40) + "\xff"); }); }},
      {"values of the other type",
       [](Peer& p) {
         ask_and_leave(p, [](Request& r) {
           r.event.set("GSW_PHONE", std::int64_t{7});
           r.event.set("GSW_ATTEMPTS", "many");
         });
       }},
      {"absurd numbers",
       [](Peer& p) {
         ask_and_leave(p, [&](Request& r) {
           const std::int64_t numbers[] = {INT64_MIN, INT64_MAX, -1, INT32_MIN, 86'401};
           for (const char* key : {"GSW_FROM", "GSW_UNTIL", "GSW_ATTEMPTS", "GSW_CHAIN_ID", "GSW_RECORD_TYPE"}) {
             if (p.number(2) == 0) r.event.set(key, numbers[p.number(std::size(numbers))]);
           }
           r.connection = p.number(UINT64_MAX);
         });
       }},
      {"a strange idempotency key",
       [](Peer& p) { ask_and_leave(p, [&](Request& r) { r.idempotency_key = p.bytes(1 + p.number(2'000)); }); }},
      {"an echo of the answer's own words",
       [](Peer& p) {
         ask_and_leave(p, [&](Request& r) {
           r.event.add("GSW_ERROR_NUMBER", static_cast<std::int64_t>(p.number(UINT64_MAX)));
           r.event.add("GSW_USER_EVENT", p.bytes(20));
         });
       }},
      {"random attributes",
       [](Peer& p) {
         ask_and_leave(p, [&](Request& r) {
           for (std::uint64_t n = p.number(600); n > 0; --n) r.event.add(p.bytes(p.number(20)), p.bytes(p.number(20)));
         });
       }},
  };
}

inline std::vector<Kind> ends() {
  return {
      {"a strange version of a program with an endless name",
       [](Peer& p) {
         Hello hello;
         hello.version = 1'000;
         hello.program = std::string(1'000'000 + p.number(3'000'000), '\n');
         p.say(hello);
         p.await<Refuse>();
         std::_Exit(13);
       }},
      {"Failed at length",
       [](Peer& p) {
         p.greet();
         p.say(Failed{1, std::string(1'000'000 + p.number(3'000'000), '\x1b')});
         std::_Exit(1);
       }},
      {"Failed in forged lines",
       [](Peer& p) {
         p.say(Failed{1, "\r\n2026-01-01T00:00:00.000 Std 40003 stopped\x1b[2J\xe2\x80\xa8\n\tgone"});
         std::_Exit(1);
       }},
      {"absurd Statistics",
       [](Peer& p) {
         p.begin();
         Statistics statistics;
         auto absurd = [&](auto& value) {
           if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) value = UINT64_MAX - p.number(9);
         };
         std::apply([&](const auto&... f) { (absurd(statistics.*(f.member)), ...); }, Statistics::fields());
         p.raw(Peer::frame(Pong{}) + Peer::frame(statistics));
         std::_Exit(0);
       }},
      {"counters of no request",
       [](Peer& p) {
         p.begin();
         Statistics statistics;
         statistics.requests.set_rows(1'000 + p.number(5));
         if (p.number(2) == 0) statistics.requests.durations.clear();
         p.raw(Peer::frame(Pong{}) + Peer::frame(statistics));
       }},
      {"a bit turned over", [](Peer& p) { flip(p, Peer::frame(Hello{}) + Peer::frame(Pong{})); }},
      {"a bit turned over, later",
       [](Peer& p) {
         p.begin();
         std::string talk;
         for (int i = 0; i < 5; ++i) talk += Peer::frame(p.request(), p.id()) + Peer::frame(Ping{});
         flip(p, talk);
       }},
      {"exit at once", [](Peer& p) { std::_Exit(static_cast<int>(p.number(256))); }},
      {"exit behind Hello",
       [](Peer& p) {
         p.greet();
         std::_Exit(0);
       }},
      {"death by a signal",
       [](Peer& p) {
         if (p.number(2) == 0) p.begin();
         raise(SIGKILL);
       }},
      {"half a frame for ever",
       [](Peer& p) {
         p.raw(Peer::frame(Hello{}).substr(0, 1 + p.number(16)));
         linger();
       }},
      {"half a frame for ever, later",
       [](Peer& p) {
         p.begin();
         p.raw(Peer::frame(p.request(), p.id()).substr(0, 20));
         linger();
       }},
      {"a byte now and then",
       [](Peer& p) {
         p.begin();
         std::string header = Peer::frame(Request::kId, "");
         header[2] = '\x20';  // 2 MiB are to come
         p.raw(header);
         for (;;) {
           p.raw("x");
           usleep(10'000);
         }
       }},
      {"silence",
       [](Peer& p) {
         if (p.number(2) == 0) p.begin();
         linger();
       }},
      {"standing still",
       [](Peer& p) {
         p.begin();
         raise(SIGSTOP);
         linger();
       }},
      {"a closed channel and a life after it",
       [](Peer& p) {
         p.begin();
         close(kChannel);
         linger();
       }},
      {"a grandchild that holds the channel",
       [](Peer& p) {
         p.begin();
         if (fork() != 0) std::_Exit(0);
         alarm(5);
         linger();
       }},
  };
}

}  // namespace outpost::test
