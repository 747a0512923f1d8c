// How many members an aggregate has, for tests that a list of them has all.
#pragma once

#include <cstddef>
#include <utility>

namespace outpost::test {

struct AnyMember {
  template <class T>
  operator T() const;  // it stands for any of them; never called
};

template <class Aggregate, std::size_t... I>
constexpr bool takes_members(std::index_sequence<I...>) {
  return requires { Aggregate{(static_cast<void>(I), AnyMember{})...}; };
}

template <class Aggregate, std::size_t N = 64>
constexpr std::size_t member_count() {
  if constexpr (N == 0 || takes_members<Aggregate>(std::make_index_sequence<N>())) {
    return N;
  } else {
    return member_count<Aggregate, N - 1>();
  }
}

}  // namespace outpost::test
