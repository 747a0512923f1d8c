// libcurl's multi interface on the event loop: it says which sockets and what time it waits for, and is told of both.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <unordered_map>

#include "common/io/loop.h"

namespace outpost::courier {

class Multi {
 public:
  struct Limits {
    long connections_per_host;  // a proxy is one
    long connections;
  };
  // `done` is called from the loop, never from within add() or remove(), for each transfer that is over; it was removed
  // before. It must not destroy the multi.
  Multi(Loop& loop, Limits limits, std::function<void(CURL* easy, CURLcode outcome)> done);
  // All transfers were removed before.
  ~Multi();
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  // False: libcurl has no memory left.
  [[nodiscard]] bool add(CURL* easy);
  void remove(CURL* easy);

 private:
  struct Socket;

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int on_time(CURLM* multi, long ms, void* self);
  void watch(curl_socket_t fd, int what);
  void act(curl_socket_t fd, int events);
  void collect();

  struct Cleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  Loop& loop_;
  std::function<void(CURL*, CURLcode)> done_;
  Timer timer_;
  std::unordered_map<curl_socket_t, std::unique_ptr<Socket>> sockets_;
  std::unique_ptr<CURLM, Cleanup> multi_;  // first to go: it calls back
};

}  // namespace outpost::courier
