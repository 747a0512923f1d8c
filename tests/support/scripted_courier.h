// A courier that keeps what is asked of it until the test answers.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/children/courier/courier.h"

#include <catch2/catch_test_macros.hpp>

namespace outpost::test {

class ScriptedCourier final : public supervisor::Courier {
 public:
  std::uint64_t fetch(supervisor::FetchRequest request, Done done) override {
    requests.push_back(std::move(request));
    waiting_.emplace_back(requests.size(), std::move(done));
    return requests.size();
  }
  void cancel(std::uint64_t number) override {
    std::erase_if(waiting_, [&](const auto& one) { return one.first == number; });
  }

  // Of the one that waits for longest.
  void answer(protocol::FetchReply reply) {
    REQUIRE(!waiting_.empty());
    Done done = std::move(waiting_.front().second);
    waiting_.pop_front();
    done(std::move(reply));
  }
  void answer(std::uint16_t status, std::string body, std::vector<protocol::FetchHeader> headers = {}) {
    protocol::FetchReply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.headers = std::move(headers);
    answer(std::move(reply));
  }
  void fail(protocol::FetchOutcome outcome, std::uint32_t connected_us = 0) {
    protocol::FetchReply reply;
    reply.outcome = outcome;
    reply.text = "as the test says";
    reply.times.connected_us = connected_us;
    answer(std::move(reply));
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::string last_url() const { return requests.empty() ? "" : requests.back().url; }

  std::vector<supervisor::FetchRequest> requests;

 private:
  std::deque<std::pair<std::uint64_t, Done>> waiting_;
};

}  // namespace outpost::test
