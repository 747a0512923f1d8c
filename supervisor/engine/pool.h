// Objects that come and go with each request: memory is taken for as many as were in use at once, and kept.
#pragma once

#include <deque>
#include <vector>

namespace outpost::supervisor {

// Single-threaded. Owns every object, also those that nobody gave back: so a callback may hold a mere pointer, for
// which std::function takes no memory, and may be dropped without being called.
template <class T>
class Pool {
 public:
  // Good until it is given back. As T() made it.
  T* take() {
    if (idle_.empty()) return &all_.emplace_back();
    T* object = idle_.back();
    idle_.pop_back();
    return object;
  }
  // What it held is let go.
  void give_back(T* object) {
    *object = T();
    idle_.push_back(object);
  }
  [[nodiscard]] std::size_t in_use() const { return all_.size() - idle_.size(); }

 private:
  std::deque<T> all_;
  std::vector<T*> idle_;
};

}  // namespace outpost::supervisor
