// The Service API: services that are created, found again and ended, what is asked of them, and their data. Each
// handler answers once. Loop thread. Source: gms.md 1, mobile.md 8.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/log.h"
#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/config/resources.h"
#include "supervisor/config/services.h"
#include "supervisor/mobile/alarms.h"
#include "supervisor/mobile/notification/notifications.h"
#include "supervisor/mobile/ors/ors_client.h"
#include "supervisor/mobile/replies.h"
#include "supervisor/mobile/services/builtins.h"
#include "supervisor/mobile/services/parameters.h"
#include "supervisor/mobile/state/state_threads.h"
#include "supervisor/mobile/storage_api.h"
#include "supervisor/mobile/store_watch.h"

namespace outpost {
class JsonWriter;
}

namespace outpost::supervisor {
class MetricsWriter;
}

namespace outpost::supervisor::mobile {

class ServiceApi {
 public:
  // What it works with; all outlive it, and so do the threads' works, which use it.
  struct Parts {
    Log& log;
    StateThreads& threads;
    StoreWatch& watch;
    StorageApi& storage;
    OrsClient& ors;
    Notifications& notifications;
    Alarms& alarms;
  };
  // How many live, by the name of their section.
  using NameCounts = std::vector<std::pair<std::string, std::int64_t>>;

  ServiceApi(const Parts& parts, const Config& config);
  // The next call goes by it; services that live keep what they were created with.
  void use(const Config& config);

  void create(protocol::Call call, Respond respond);
  // A name creates, an id is shown.
  void show(protocol::Call call, Respond respond);
  void remove(protocol::Call call, Respond respond);
  void update(protocol::Call call, Respond respond);
  // captures[1] is the name of the request.
  void request(protocol::Call call, Respond respond);
  // The name is the parameter _request.
  void request_plain(protocol::Call call, Respond respond);

  // The data of a service: its area, by the service's id.
  void put_data(protocol::Call call, Respond respond);
  void get_data(protocol::Call call, Respond respond);
  void get_data_key(protocol::Call call, Respond respond);
  void get_data_binary(protocol::Call call, Respond respond);
  void remove_data_key(protocol::Call call, Respond respond);

  // The groups of numbers as they are configured.
  [[nodiscard]] const Resources& resources() const { return resources_; }
  // Members "services" and "resources" of the open object, with what lives and is booked by the store's word.
  void write_counters(JsonWriter& out, const NameCounts& live, const std::vector<GroupCount>& groups) const;
  void write_metrics(MetricsWriter& out, const NameCounts& live, const std::vector<GroupCount>& groups) const;

 private:
  struct Counts {
    std::uint64_t created = 0;
    std::uint64_t failed = 0;
  };
  // What one section, and one group, has in the counters.
  struct ShownService {
    std::string name;
    Counts counts;
    std::int64_t live = 0;
  };
  struct ShownGroup {
    std::string name;
    std::int64_t total = 0;
    std::int64_t booked = 0;
  };
  struct Creation;
  using CreationPtr = std::shared_ptr<Creation>;
  using Work = std::function<Result<>(StateStore& store, ServiceOutcome& outcome)>;
  using Found = std::function<void(StateService service, protocol::Call call, Respond respond)>;

  // Whether the section of this name keeps the call's listener out.
  [[nodiscard]] bool is_hidden(const protocol::Call& call, std::string_view name) const;
  [[nodiscard]] std::optional<protocol::CallReply> caller_refusal(const protocol::Call& call,
                                                                  std::string_view name) const;
  void create_of(const ServiceSection& section, protocol::Call call, Respond respond);
  void create_builtin(const CreationPtr& creation, Respond respond);
  void create_interaction(const CreationPtr& creation, Respond respond);
  void match(const CreationPtr& creation, Respond respond);
  void give_access(const CreationPtr& creation, Respond respond);
  void create_session(const CreationPtr& creation, Respond respond);
  void start_session(const CreationPtr& creation, Respond respond);
  void keep_session(const CreationPtr& creation, const OrsSession& session, OrsAnswer answer, Respond respond);
  void give_up(const CreationPtr& creation, protocol::CallReply reply, Respond respond);
  std::optional<protocol::CallReply> wish_of(const Creation& creation, AccessWish& wish);
  std::optional<protocol::CallReply> take_data(Creation& creation);

  void work(const std::string& key, const CreationPtr& creation, Work work, Respond respond);
  void note_access(const ServiceOutcome& outcome, std::uint64_t round);
  // Reads the service of captures[0], whose caller may ask it; a reply says why there is none.
  void find(protocol::Call call, Respond respond, Found found);
  void with_area(protocol::Call call, Respond respond,
                 std::function<void(StorageApi& storage, protocol::Call call, Respond respond)> then);
  [[nodiscard]] protocol::CallReply unknown_reply(const protocol::Call& call) const;
  void retire(const Resources& before, int old_id);
  void tell_doubles();
  [[nodiscard]] std::vector<ShownService> shown_services(const NameCounts& live) const;
  [[nodiscard]] std::vector<ShownGroup> shown_groups(const std::vector<GroupCount>& groups) const;

  Parts parts_;
  Config config_;
  ServiceSections sections_;
  std::string server_pair_;                                // names of pairs of user and password; empty: none is needed
  std::map<std::string, std::string, std::less<>> pairs_;  // by section
  Resources resources_;
  std::set<std::string, std::less<>> told_;  // groups whose values the store knows as they are now
  std::uint64_t told_round_ = 0;             // of the configuration: a work of an older one tells nothing
  std::map<std::string, Counts, std::less<>> counts_;
};

}  // namespace outpost::supervisor::mobile
