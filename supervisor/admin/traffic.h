// What comes through the admin proxy: health, metrics and control commands, of a closed table
// (protocol/admin/resources.h). The proxy is believed nothing but that a token was asked for: whether a listener may
// change something is looked up here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/log.h"
#include "protocol/admin/resources.h"
#include "supervisor/admin/events.h"
#include "supervisor/children/http_proxy/traffic.h"
#include "supervisor/control/table.h"
#include "supervisor/metrics/exposition.h"

namespace outpost::supervisor {

class AdminTraffic final : public ProxyTraffic {
 public:
  // Commands that are under way at once: what is asked here must leave room for outpostctl and for clients.
  static constexpr std::size_t kCommandsMax = 32;
  // Scrapes that wait at once, apart from these: while a store hangs they must leave room for commands.
  static constexpr std::size_t kScrapesMax = 16;

  class Host : public EventStreams::Source {
   public:
    // A JSON object: {"text"}, the options with their values and where these come from.
    [[nodiscard]] virtual std::string configuration() const = 0;
    // Whether the configuration lets a listener take what changes something.
    [[nodiscard]] virtual bool may_write(const std::string& listener) const = 0;
    // All that can be measured, as text. Answered within some seconds.
    virtual void metrics(MetricsFormat format, std::function<void(std::string)> respond) = 0;

   protected:
    ~Host() = default;
  };

  // All outlive the traffic.
  AdminTraffic(Loop& loop, Log& log, Host& host) : log_(log), host_(host), events_(loop, host) {}
  // Before anything comes. The table outlives what comes.
  void set_table(const ControlTable& table) { table_ = &table; }

  Result<> on_message(std::uint64_t correlation, protocol::ClientRequest message, Replies& replies) override;
  void on_cancel(std::uint64_t correlation, const Replies& replies) override;
  void on_gone(const Replies& replies) override;
  // Who may read has changed.
  void end_events() { events_.end_all(); }

 private:
  // What a command runs for: its session goes with the call, and what the command waits for with that.
  struct Waiting {
    Replies* replies;
    std::uint64_t correlation;
    std::shared_ptr<ControlSession> session;
  };

  // The metrics in one form. Who asks while they are being collected gets them as well.
  struct Scrape {
    bool under_way = false;
    std::vector<Waiting> waiting;
  };

  void answer(const protocol::AdminRow& row, const protocol::Call& call, const Waiting& waiting);
  void scrape(MetricsFormat format, const Waiting& waiting);
  void scraped(MetricsFormat format, const std::string& text);
  void command(const protocol::AdminRow& row, const protocol::Call& call, Waiting waiting);
  void begin_events(const protocol::Call& call, const Waiting& waiting);
  void reply(std::uint64_t id, protocol::CallReply reply);

  Log& log_;
  Host& host_;
  EventStreams events_;
  const ControlTable* table_ = nullptr;
  std::uint64_t last_id_ = 0;
  std::map<MetricsFormat, Scrape> scrapes_;
  std::map<std::uint64_t, Waiting> waiting_;  // by a number of our own: a proxy may use an id again
};

}  // namespace outpost::supervisor
