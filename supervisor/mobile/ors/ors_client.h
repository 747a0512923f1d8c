// Sessions of ORS applications, over the courier: started, asked, told, ended. Loop thread.
// Source: gms.md 1.7, mobile.md 9.2.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/log.h"
#include "protocol/channel/call.h"
#include "supervisor/children/courier/courier.h"
#include "supervisor/config/config.h"
#include "supervisor/config/services.h"
#include "supervisor/mobile/ors/form.h"
#include "supervisor/mobile/ors/session.h"

namespace outpost::supervisor::mobile {

// What a session said, as it goes back to who asked.
struct OrsAnswer {
  std::uint16_t status = 0;  // 200
  std::string content_type;
  std::string body;
};

// All callbacks are called once, some before the call that they were given to returns; none after the end of the
// client. An error is what the caller is told.
class OrsClient {
 public:
  // Log and courier outlive the client.
  OrsClient(Log& log, Courier& courier, const Config& config);
  ~OrsClient();
  OrsClient(const OrsClient&) = delete;
  OrsClient& operator=(const OrsClient&) = delete;
  void use(const Config& config);

  // Starts the application of a section of type ors and asks its session for gms.start, whose answer is JSON. A session
  // that does not answer that is ended. 500 in the words of protocol::kOrsUnreached when no server was reached.
  using Started = std::function<void(tl::expected<std::pair<OrsSession, OrsAnswer>, protocol::CallReply> outcome)>;
  void start(const ServiceSection& section, const Parameters& effective, const std::string& data_id, Started started);

  // A named request, with the parameters as a form: none is a file, and they fit into 1 MiB, or it is 400 or 413. What
  // is no success of ORS is 500.
  using Answered = std::function<void(tl::expected<OrsAnswer, protocol::CallReply> outcome)>;
  void request(const OrsSession& session, std::string_view name, const std::vector<protocol::CallParameter>& parameters,
               Answered answered);

  // What became of an event. Refused: it would be refused again, as is what can be sent to no server at all.
  enum class Told : std::uint8_t { taken, refused, failed };
  using Heard = std::function<void(Told told)>;
  // Without a base the connections are tried in their order, each once: the next one when a server was not reached, or
  // has no such session.
  void event(const OrsSession& session, std::string_view name, const FormFields& fields, Heard heard);

  // Nobody waits for it.
  void terminate(const OrsSession& session);

  // Posts that have no answer yet.
  [[nodiscard]] std::size_t in_flight() const { return fetches_.size(); }

 private:
  struct Start {
    std::string service;
    std::vector<ServerAddress> servers;  // in the order in which they are tried
    std::size_t tried = 0;
    std::string body;
    OrsSession session;
    Started started;
  };
  struct Notice {
    OrsSession session;
    std::string name;
    std::string body;
    std::vector<ServerAddress> servers;
    std::size_t tried = 0;
    bool failed = false;  // at a server that another time may take it
    Heard heard;
  };

  void try_next(std::uint64_t number);
  void on_start_answer(std::uint64_t number, const protocol::FetchReply& reply);
  void begin(std::uint64_t number);
  void on_begin_answer(std::uint64_t number, protocol::FetchReply reply);
  void fail_start(std::uint64_t number, const std::string& text);
  void end_start(std::uint64_t number, tl::expected<std::pair<OrsSession, OrsAnswer>, protocol::CallReply> outcome);
  void tell_next(std::uint64_t number);
  void on_told(std::uint64_t number, const protocol::FetchReply& reply);
  void end_notice(std::uint64_t number, Told told);
  void post(const std::string& base, std::string url, std::string body, const std::string& cookie, Courier::Done done);
  void note(const std::string& base, const protocol::FetchReply& reply);
  void complain(const std::string& subject, const std::string& text);
  void recover(const std::string& subject);

  Log& log_;
  Courier& courier_;
  std::vector<ServerAddress> connections_;
  std::uint32_t attempts_max_ = 0;
  std::chrono::milliseconds time_{0};
  std::uint64_t last_number_ = 0;
  // Since the configuration came, so that neither grows with every one that there ever was.
  std::map<std::string, std::uint64_t> turns_;    // by service: how often it was started
  std::map<std::string, std::uint64_t> failing_;  // services and servers that fail, and how often since it was said
  std::unordered_map<std::uint64_t, Start> starts_;
  std::unordered_map<std::uint64_t, Notice> notices_;
  std::unordered_map<std::uint64_t, std::uint64_t> fetches_;  // the courier's numbers
};

}  // namespace outpost::supervisor::mobile
