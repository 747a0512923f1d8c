// The TLS contexts of the secure listeners, by name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/tls/context.h"

namespace outpost::proxy {

class SecureListeners {
 public:
  // Makes the contexts of those of `listeners` that are secure and whose settings are new or changed; gives their
  // names. The others keep theirs, with its ticket keys. What cannot be used leaves everything as it was; the error
  // names the listener.
  Result<std::vector<std::string>> apply(const std::vector<protocol::ListenAddress>& listeners,
                                         std::vector<protocol::ListenerTls> settings);
  // `listener` must be secure.
  [[nodiscard]] const std::shared_ptr<const TlsContext>& context(const std::string& listener) const {
    return listeners_.at(listener).context;
  }

 private:
  struct Secure {
    protocol::ListenerTls settings;
    std::shared_ptr<const TlsContext> context;
  };
  std::map<std::string, Secure> listeners_;
};

}  // namespace outpost::proxy
