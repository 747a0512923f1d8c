// How a client comes in: from a network that may, within the limits, and through TLS where the port is secure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/io/loop.h"
#include "common/io/stream.h"
#include "common/log.h"
#include "proxy/clients.h"
#include "proxy/http/settings.h"
#include "proxy/tls/listeners.h"

namespace outpost::proxy {

class Entrance {
 public:
  // All must outlive it, and it must outlive all clients: the streams of theirs that it made call it.
  Entrance(Loop& loop, Log& log, const Settings& settings, Clients& clients);

  SecureListeners& secure() { return secure_; }
  // `listener` is its place in the settings.
  void accept(int fd, std::size_t listener);
  // Something that a connection needs is used up, descriptors perhaps: whoever is idle gives theirs.
  void on_rest(int errno_value);

 private:
  std::unique_ptr<ByteStream> secured(std::unique_ptr<ByteStream> socket, const std::string& listener,
                                      std::uint64_t id);

  Loop& loop_;
  Log& log_;
  const Settings& settings_;
  Clients& clients_;
  SecureListeners secure_;
  std::uint64_t rest_logged_ms_ = 0;
};

}  // namespace outpost::proxy
