#include "proxy/courier/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "common/networks.h"
#include "common/text.h"

namespace outpost::courier {

namespace {

// More than that nobody tries in the time that a fetch has.
constexpr std::size_t kAddressesMax = 16;

}  // namespace

// What threads have found. It outlives the resolver, as they may.
struct Resolver::Mailbox {
  std::mutex mutex;
  Wakeup* wakeup;  // null: nobody is there any more
  std::vector<std::pair<std::string, Lookup>> found;
};

struct Resolver::Work {
  std::string name;
  std::function<Lookup(const std::string&)> how;
  std::shared_ptr<Mailbox> mailbox;
};

Lookup look_up(const std::string& name) {
  Lookup lookup;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (int error = getaddrinfo(name.c_str(), nullptr, &wanted, &first); error != 0) {
    lookup.problem = to_lower(gai_strerror(error));
    return lookup;
  }
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(first, freeaddrinfo);
  for (const addrinfo* one = first; one && lookup.addresses.size() < kAddressesMax; one = one->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, one->ai_addr, std::min<std::size_t>(one->ai_addrlen, sizeof storage));
    auto address = IpAddress::of(storage);
    std::string text = address ? address->text() : "";
    if (address && std::ranges::find(lookup.addresses, text) == lookup.addresses.end()) {
      lookup.addresses.push_back(std::move(text));
    }
  }
  if (lookup.addresses.empty()) lookup.problem = "it has no address that can be connected to";
  return lookup;
}

Resolver::Resolver(Loop& loop, Found found, std::function<Lookup(const std::string&)> how)
    : loop_(loop),
      found_(std::move(found)),
      how_(std::move(how)),
      wakeup_(loop, [this] { collect(); }),
      mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->wakeup = &wakeup_;
}

Resolver::~Resolver() {
  std::lock_guard lock(mailbox_->mutex);
  mailbox_->wakeup = nullptr;
}

void Resolver::ask(std::uint64_t id, const std::string& name) {
  auto [entry, is_new] = names_.try_emplace(name);
  entry->second.asking.insert(id);
  asking_[id] = &*entry;
  if (!is_new) return;
  entry->second.place = queue_.insert(queue_.end(), name);
  // Not from here, where it would be told at once that there is no thread.
  if (running_ < kLookupsMax) wakeup_.notify();
}

void Resolver::forget(std::uint64_t id) {
  auto found = asking_.find(id);
  if (found == asking_.end()) return;
  auto& [name, asked] = *found->second;
  asked.asking.erase(id);
  asking_.erase(found);
  if (asked.running || !asked.asking.empty()) return;
  queue_.erase(asked.place);
  names_.erase(names_.find(name));
}

void Resolver::go_on() {
  while (running_ < kLookupsMax && !queue_.empty()) {
    auto entry = names_.find(queue_.front());
    queue_.pop_front();
    if (!start(*entry)) tell(entry, {{}, "there is no thread left to look it up"});
  }
}

bool Resolver::start(Names::value_type& entry) {
  auto work = std::make_unique<Work>(Work{entry.first, how_, mailbox_});
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, run, work.get()) != 0) return false;
  (void)work.release();
  pthread_detach(thread);
  ++running_;
  return entry.second.running = true;
}

void* Resolver::run(void* raw) {
  std::unique_ptr<Work> work(static_cast<Work*>(raw));
  Lookup lookup = work->how(work->name);
  std::lock_guard lock(work->mailbox->mutex);
  if (!work->mailbox->wakeup) return nullptr;
  work->mailbox->found.emplace_back(std::move(work->name), std::move(lookup));
  work->mailbox->wakeup->notify();
  return nullptr;
}

void Resolver::collect() {
  std::vector<std::pair<std::string, Lookup>> found;
  {
    std::lock_guard lock(mailbox_->mutex);
    found.swap(mailbox_->found);
  }
  for (const auto& [name, lookup] : found) {
    --running_;
    tell(names_.find(name), lookup);
  }
  go_on();
}

void Resolver::tell(Names::iterator name, const Lookup& lookup) {
  std::set<std::uint64_t> ids = std::move(name->second.asking);
  names_.erase(name);
  for (std::uint64_t id : ids) asking_.erase(id);
  for (std::uint64_t id : ids) found_(id, lookup);
}

}  // namespace outpost::courier
