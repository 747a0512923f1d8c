#include "supervisor/children/http_proxy/counters.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "common/histogram.h"

namespace outpost::supervisor {

namespace {

struct Sum {
  std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const { return saturated_sum(a, b); }
};

struct Larger {
  std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const { return std::max(a, b); }
};

template <class How>
void merge(std::uint64_t& into, std::uint64_t from, How how) {
  into = how(into, from);
}

template <class How>
void merge(std::vector<std::uint64_t>& into, const std::vector<std::uint64_t>& from, How how) {
  into.resize(std::max(into.size(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) into[i] = how(into[i], from[i]);
}

template <protocol::Described Counters, class How>
void merge(Counters& into, const Counters& from, How how) {
  std::apply([&](const auto&... field) { (merge(into.*(field.member), from.*(field.member), how), ...); },
             Counters::fields());
}

void copy_gauges(protocol::Statistics& into, const protocol::Statistics& from) {
  into.connections = from.connections;
  into.sources = from.sources;
  into.held = from.held;
  into.body_bytes = from.body_bytes;
}

}  // namespace

void ProxyCounters::take(const protocol::Statistics& latest) {
  merge(running_, latest, Larger());
  copy_gauges(running_, latest);
}

void ProxyCounters::proxy_gone() {
  gone_ = total();
  running_ = {};
}

protocol::Statistics ProxyCounters::total() const {
  protocol::Statistics total = gone_;
  merge(total, running_, Sum());
  copy_gauges(total, running_);
  return total;
}

}  // namespace outpost::supervisor
