#include "proxy/courier/transfers.h"

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "proxy/courier/log_messages.h"

namespace outpost::courier {

namespace lm = log_messages;
using protocol::Fetch;
using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

// What is wrong with a request; empty when it can be sent. The supervisor's caller may have had any of it from
// elsewhere.
std::string fault_of(const Fetch& fetch) {
  if (std::string fault = protocol::method_fault(fetch.method); !fault.empty()) return "the method " + fault;
  if (fetch.headers.size() > protocol::kFetchHeaderLinesMax) {
    return fmt::format("there are more than {} header lines", protocol::kFetchHeaderLinesMax);
  }
  for (const std::string& line : fetch.headers) {
    if (std::string fault = protocol::header_fault(line); !fault.empty()) return "a header line " + fault;
  }
  if (fetch.body.size() > protocol::kFetchBodyBytesMax) {
    return fmt::format("the body has more than {}", human_bytes(protocol::kFetchBodyBytesMax));
  }
  return "";
}

}  // namespace

Transfers::Transfers(Loop& loop, Log& log, Events& events, std::function<Lookup(const std::string&)> how)
    : loop_(loop),
      log_(log),
      events_(events),
      resolver_(
          loop, [this](std::uint64_t id, const Lookup& lookup) { on_looked_up(id, lookup); }, std::move(how)) {}

Transfers::~Transfers() {
  for (auto& [id, transfer] : transfers_) {
    if (transfer->begun()) transfer->client()->multi().remove(transfer->easy());
  }
}

void Transfers::configure(std::vector<protocol::FetchClient> clients, const std::string& system_ca) {
  auto system_issuers = std::make_shared<const Issuers>(system_ca);
  clients_.clear();
  for (protocol::FetchClient& settings : clients) {
    auto client = Client::make(loop_, std::move(settings), system_issuers, room_,
                               [this](CURL* easy, CURLcode outcome) { on_done(easy, outcome); });
    if (!client) log_.write(lm::kClientBroken, "{}; nothing is fetched by it", client.error().text);
    clients_.push_back(client ? *std::move(client) : nullptr);
  }
}

void Transfers::start(std::uint64_t id, Fetch fetch) {
  auto client = fetch.client < clients_.size() ? clients_[fetch.client] : nullptr;
  if (!client) return refuse(id, FetchOutcome::unavailable, "no such http-client is configured");
  if (std::string fault = fault_of(fetch); !fault.empty()) return refuse(id, FetchOutcome::invalid, std::move(fault));
  auto url = Url::parse(fetch.url);
  if (!url) return refuse(id, FetchOutcome::invalid, std::move(url.error().text));
  // Over a proxy no socket of ours sees where it goes; of a name, the proxy alone knows the address.
  auto address = client->settings().proxy.empty() ? std::nullopt : url->address();
  if (std::string denied = address ? client->targets().refusal(*address) : ""; !denied.empty()) {
    return refuse(id, FetchOutcome::denied_target, std::move(denied));
  }
  if (!client->turns().ask(id, url->server(), protocol::window_bytes(fetch))) {
    return refuse(id, FetchOutcome::unavailable,
                  fmt::format("its server has {} requests already, as much as there may be while others have room",
                              client->turns().requests_of(url->server())));
  }
  transfers_[id] =
      std::make_unique<Transfer>(loop_, id, std::move(fetch), *std::move(url), client, [this, id] { on_expired(id); });
  ++counted_.waiting;
  go_on(client);
}

void Transfers::refuse(std::uint64_t id, FetchOutcome outcome, std::string why) {
  log_.write(lm::kNotAnswered, "fetch {} is refused: {}: {}", protocol::sequence_of(id), word_of(outcome), why);
  FetchReply reply;
  reply.outcome = outcome;
  reply.text = std::move(why);
  events_.replied(id, reply);
}

void Transfers::go_on(const std::shared_ptr<Client>& client) {
  while (auto id = client->turns().next()) begin(transfers_.find(*id));
}

void Transfers::begin(Transferred::iterator one) {
  Transfer& transfer = *one->second;
  auto begun = transfer.begin();
  // One that has failed may have begun or not; end() counts it where it is.
  if (transfer.begun()) {
    --counted_.waiting;
    ++counted_.active;
  }
  if (!begun) end(one, transfer.finish(FetchOutcome::unavailable, begun.error().text));
}

// It keeps its turn.
void Transfers::set_aside(Transfer& transfer) {
  --counted_.active;
  ++counted_.waiting;
  transfer.set_aside();
  resolver_.ask(transfer.id(), transfer.name());
}

void Transfers::on_looked_up(std::uint64_t id, const Lookup& lookup) {
  auto one = transfers_.find(id);
  if (one == transfers_.end()) return;
  Transfer& transfer = *one->second;
  auto client = transfer.client();
  if (lookup.problem.empty()) {
    transfer.know_addresses(lookup.addresses);
    begin(one);
  } else {
    end(one, transfer.finish_unresolved(lookup.problem));
    events_.unresolved();
  }
  go_on(client);
}

void Transfers::on_done(CURL* easy, CURLcode outcome) {
  Transfer& transfer = Transfer::of(easy);
  if (transfer.needs_addresses()) return set_aside(transfer);
  auto one = transfers_.find(transfer.id());
  auto client = transfer.client();
  end(one, transfer.finish(outcome));
  go_on(client);
}

void Transfers::on_expired(std::uint64_t id) {
  auto one = transfers_.find(id);
  if (one == transfers_.end()) return;
  Transfer& transfer = *one->second;
  auto client = transfer.client();
  end(one, transfer.finish(FetchOutcome::timeout, transfer.where_it_stood()));
  go_on(client);
}

void Transfers::cancel(std::uint64_t id) {
  auto one = transfers_.find(id);
  if (one == transfers_.end()) return;
  Transfer& transfer = *one->second;
  auto client = transfer.client();
  end(one, transfer.finish(FetchOutcome::cancelled, "nobody waits any more"));
  go_on(client);
}

void Transfers::end_all() {
  while (!transfers_.empty()) {
    auto one = transfers_.begin();
    auto outcome = one->second->has_left() ? FetchOutcome::lost : FetchOutcome::not_taken;
    end(one, one->second->finish(outcome, "the courier ends"));
  }
}

// The transfer, or its client, may be what calls: they go when the turn is over.
void Transfers::end(Transferred::iterator one, FetchReply reply) {
  std::shared_ptr<Transfer> transfer = std::move(one->second);
  transfers_.erase(one);
  Client& client = *transfer->client();
  --(transfer->begun() ? counted_.active : counted_.waiting);
  if (transfer->begun()) client.multi().remove(transfer->easy());
  client.turns().leave(transfer->id());
  resolver_.forget(transfer->id());
  log(*transfer, reply);
  events_.replied(transfer->id(), reply);
  loop_.at_end_of_turn([gone = std::move(transfer)] {});
}

void Transfers::log(const Transfer& transfer, const FetchReply& reply) {
  constexpr unsigned kUsPerMs = 1'000;
  std::string what = fmt::format("fetch {} {} {}", protocol::sequence_of(transfer.id()), transfer.fetch().method,
                                 transfer.url().shown());
  unsigned ms = reply.times.total_us / kUsPerMs;
  if (reply.outcome == FetchOutcome::answered) {
    log_.write(lm::kAnswered, "{}: {} with {} bytes from {} after {} ms{}", what, reply.status, reply.body.size(),
               reply.address, ms, reply.reused ? ", over a connection that was there" : "");
    return;
  }
  bool denied = reply.outcome == FetchOutcome::denied_target;
  log_.write(denied ? lm::kTargetDenied : lm::kNotAnswered, "{}: {} after {} ms: {}", what, word_of(reply.outcome), ms,
             reply.text);
}

}  // namespace outpost::courier
