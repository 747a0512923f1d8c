// What the requests of a batch will most likely read. A store over a network reads it ahead, all of it in one or two
// round trips; what is not foreseen is read when it is asked for. So a wrong guess costs time and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/store/rows.h"

namespace outpost::supervisor {

struct Foresight {
  struct Contact {
    std::int64_t tenant_dbid;
    ContactKind kind;
    std::string value;
    bool counted = false;         // a do-not-call entry: how many records have it is told
    bool chains_counted = false;  // the same for the phones of the chains of its records
  };
  // The record of a handle is read with its chain.
  struct OfHandle {
    bool phone_counted = false;
    bool chain_counted = false;
    std::string customer_counted = {};
  };
  struct DialOrder {
    bool operator()(const DialKey& a, const DialKey& b) const {
      return a.list_dbid != b.list_dbid ? a.list_dbid < b.list_dbid
             : a.queue != b.queue       ? a.queue < b.queue
             : a.agent_id != b.agent_id ? a.agent_id < b.agent_id
                                        : a.campaign_dbid < b.campaign_dbid;
    }
  };

  std::vector<std::string> idempotency_keys;
  std::map<std::int64_t, OfHandle> handles;
  std::vector<std::pair<std::int64_t, std::int64_t>> joined_chains;    // list, chain
  std::vector<std::pair<std::int64_t, std::string>> joined_customers;  // list, customer id: its latest chain is joined
  std::vector<Contact> contacts;                                       // whose records are looked for
  std::vector<Contact> listed;                                         // whether the do-not-call list has them
  std::vector<std::string> agents;                                     // who log out
  std::map<DialKey, std::uint32_t, DialOrder> dials;  // how many previews will look there; see dial_key()
  std::int64_t now = 0;                               // epoch seconds, for the dials

  // Of these windows those that are open, which are looked into first standing first. Only called where there are
  // dials; so is the next.
  std::function<std::vector<DialWindow>(const std::vector<DialWindow>&)> open_windows;
  // 0 for a list that is not known.
  std::function<std::int64_t(std::int64_t list_dbid)> tenant_of;

  [[nodiscard]] bool empty() const {
    return idempotency_keys.empty() && handles.empty() && joined_chains.empty() && joined_customers.empty() &&
           contacts.empty() && listed.empty() && agents.empty() && dials.empty();
  }
};

// Without what the queue does not go by.
inline DialKey dial_key(DialKey key) {
  if (key.queue != DialQueue::personal_callbacks) key.agent_id.clear();
  if (key.queue != DialQueue::campaign_callbacks) key.campaign_dbid = 0;
  return key;
}

// As many records as one request may change.
inline constexpr std::uint32_t kCountedMax = 1000;
// A page of the records of a contact.
inline constexpr std::uint32_t kContactPageRecords = 250;

}  // namespace outpost::supervisor
