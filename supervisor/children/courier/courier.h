// What a service asks of the courier: to send a request to another server, and to say what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/channel/courier.h"

namespace outpost::supervisor {

struct FetchRequest {
  std::string client;  // name of an entry of http-client, or "gms" of a mobile node; empty for the first
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"; each takes the place of the client's of the same name
  std::string body;
  // For all of it, in which waiting for the courier counts; 0 for the client's http-response-timeout.
  std::chrono::milliseconds time{0};
  // Longest time without a byte of it or of the answer, once there is a connection; 0 for the client's.
  std::chrono::milliseconds stall{0};
  std::size_t answer_bytes_max = protocol::kAnswerBytesMax;
};

class Courier {
 public:
  using Done = std::function<void(protocol::FetchReply reply)>;

  // `done` is called once, on the loop thread, after this has returned and at the latest some seconds after the time is
  // over. An outcome says what is known: a request whose courier has died is `lost`, and only its caller knows
  // whether it may be sent again (protocol::may_have_arrived). While the courier is on its way a request waits for it,
  // and one that a courier did not take before its end waits for the next; where none is to run it is `unavailable`.
  // Returns a number for cancel().
  virtual std::uint64_t fetch(FetchRequest request, Done done) = 0;
  // `done` is not called any more. Nothing for one that is over.
  virtual void cancel(std::uint64_t number) = 0;

 protected:
  ~Courier() = default;
};

}  // namespace outpost::supervisor
