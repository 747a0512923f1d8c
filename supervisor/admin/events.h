// Server-sent events for the console: how the supervisor fares, and the lines of its logs. A stream is a held call that
// is answered in pieces; the proxy ends one whose client takes too little.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/io/loop.h"
#include "supervisor/admin/log_tail.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/health.h"

namespace outpost::supervisor {

//   event: status    data: the reply of the command status; each second, and when the role or the health has changed
//   event: log       data: {"log", "lines", "passed_over": bytes}; of the logs that are asked for
class EventStreams {
 public:
  static constexpr std::size_t kStreamsMax = 16;
  static constexpr std::chrono::milliseconds kLook{250};
  static constexpr int kLooksPerStatus = 4;
  // Then a client has to come again, with a token that is still good.
  static constexpr std::chrono::milliseconds kLife{15 * 60 * 1000};

  class Source {
   public:
    [[nodiscard]] virtual Health health() const = 0;
    [[nodiscard]] virtual std::string status() const = 0;
    // The newest file of a log, "supervisor" or what the status calls a child's; empty: there is no such log.
    [[nodiscard]] virtual std::string log_path(std::string_view log) const = 0;

   protected:
    ~Source() = default;
  };

  // Both outlive it.
  EventStreams(Loop& loop, const Source& source);

  // `arguments`: {"log"?: [name ..]}, or nothing. Errc::limit: there are too many; Errc::invalid: arguments. Otherwise
  // the first piece is sent, and more follow until end() or forget().
  Result<> begin(ProxyTraffic::Replies& replies, std::uint64_t correlation, const std::string& arguments);
  void end(const ProxyTraffic::Replies& replies, std::uint64_t correlation);
  void forget(const ProxyTraffic::Replies& replies);
  // Who may read has changed: all have to come again.
  void end_all();

 private:
  struct Stream {
    ProxyTraffic::Replies* replies;
    std::uint64_t correlation;
    std::uint64_t until_ms;
    std::map<std::string, LogTail, std::less<>> logs;
  };

  Result<std::map<std::string, LogTail, std::less<>>> open_logs(const std::string& arguments) const;
  void look();
  static void send(const Stream& stream, std::string text, bool more = true);

  Loop& loop_;
  const Source& source_;
  std::list<Stream> streams_;
  std::string last_health_;
  int looks_ = 0;
  Timer timer_;
};

}  // namespace outpost::supervisor
