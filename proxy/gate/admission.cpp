#include "proxy/gate/admission.h"

#include <algorithm>
#include <cstring>

namespace outpost::proxy {

namespace {

constexpr unsigned kV6SourceBits = 64;
constexpr std::uint64_t kUsPerMs = 1'000;
constexpr std::uint64_t kUsPerSecond = 1'000'000;

// splitmix64, seeded by where the program lies in memory: which sources share a bucket of the table is not foreseeable.
std::uint64_t scatter(std::uint64_t x) {
  static const char kSeed = 0;
  x += reinterpret_cast<std::uintptr_t>(&kSeed) + 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// Who shares one bucket.
IpAddress network_of(const IpAddress& address) { return address.is_v4 ? address : address.network(kV6SourceBits); }

}  // namespace

std::size_t Admission::Hash::operator()(const IpAddress& address) const {
  std::uint64_t high;
  std::uint64_t low;
  std::memcpy(&high, address.bytes.data(), sizeof high);
  std::memcpy(&low, address.bytes.data() + sizeof high, sizeof low);
  return scatter(scatter(high) ^ low ^ (address.is_v4 ? 1U : 0U));
}

Result<> Admission::configure(const protocol::ProxyLimits& limits) {
  connections_max_ = limits.connections_per_source_max;
  token_us_ = limits.request_rate == 0 ? 0 : std::max<std::uint64_t>(1, kUsPerSecond / limits.request_rate);
  burst_us_ = token_us_ * std::max(limits.request_burst, 1U);
  auto allow = Networks::parse(limits.allow);
  auto deny = Networks::parse(limits.deny);
  auto trusted = Networks::parse(limits.trusted_proxies);
  allow_ = allow.value_or(Networks());
  allows_all_ = allow && allow->empty();
  deny_ = deny.value_or(Networks());
  trusted_ = trusted.value_or(Networks());
  if (!allow) return fail(Errc::invalid, "http-allow: {}; nobody is let in", allow.error());
  if (!deny) return fail(Errc::invalid, "http-deny: {}; nobody is denied", deny.error());
  if (!trusted) return fail(Errc::invalid, "http-trusted-proxies: {}; no proxy is trusted", trusted.error());
  return {};
}

bool Admission::is_welcome(const IpAddress& address) const {
  return (allows_all_ || allow_.contains(address)) && !deny_.contains(address);
}

// It has one connection more.
Admission::Source& Admission::source_of(const IpAddress& network) {
  auto [found, is_new] = sources_.try_emplace(network);
  Source& source = found->second;
  if (is_new) {
    source.network = network;
  } else if (source.connections == 0) {
    absent_.erase(source.absent);
  }
  ++source.connections;
  return source;
}

Admission::Source* Admission::enter(const IpAddress& address, std::uint64_t now_ms) {
  forget(now_ms);
  bool trusted = is_trusted(address);
  // Its connections are nobody else's: those of the network around it are counted without them.
  Source& source = source_of(trusted ? address : network_of(address));
  if (trusted || connections_max_ == 0 || source.connections <= connections_max_) return &source;
  --source.connections;  // not the last: it has its number
  return nullptr;
}

void Admission::leave(Source& source, std::uint64_t now_ms) {
  ENSURE(source.connections > 0, "a source is left once by each who entered");
  if (--source.connections > 0) return;
  source.absent = absent_.emplace(source.full_at_us, &source);
  forget(now_ms);
  if (absent_.size() > kAbsentMax) forget_first();
}

std::uint32_t Admission::take(Source& source, std::uint64_t now_ms) {
  if (token_us_ == 0) return 0;
  std::uint64_t now_us = now_ms * kUsPerMs;
  // A bucket that was larger before a reload, or filled slower, keeps nobody waiting for longer than the new one would.
  std::uint64_t& full_at_us = source.full_at_us;
  full_at_us = std::clamp(full_at_us, now_us, now_us + burst_us_);
  if (full_at_us + token_us_ <= now_us + burst_us_) {
    full_at_us += token_us_;
    return 0;
  }
  std::uint64_t wait_us = full_at_us + token_us_ - burst_us_ - now_us;
  return static_cast<std::uint32_t>((wait_us + kUsPerSecond - 1) / kUsPerSecond);
}

std::uint32_t Admission::take(const IpAddress& client, std::uint64_t now_ms) {
  if (token_us_ == 0) return 0;
  Source& source = source_of(network_of(client));
  std::uint32_t wait_s = take(source, now_ms);
  leave(source, now_ms);
  return wait_s;
}

void Admission::forget(std::uint64_t now_ms) {
  while (!absent_.empty() && (token_us_ == 0 || absent_.begin()->first <= now_ms * kUsPerMs)) forget_first();
}

void Admission::forget_first() {
  auto first = absent_.begin();
  IpAddress network = first->second->network;
  absent_.erase(first);
  sources_.erase(network);
}

}  // namespace outpost::proxy
