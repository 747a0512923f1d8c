#include "proxy/tls/listeners.h"

#include <algorithm>

namespace outpost::proxy {

Result<std::vector<std::string>> SecureListeners::apply(const std::vector<protocol::ListenAddress>& listeners,
                                                        std::vector<protocol::ListenerTls> settings) {
  std::map<std::string, Secure> made;
  std::vector<std::string> names;
  for (const protocol::ListenAddress& listener : listeners) {
    if (!listener.secure) continue;
    auto wanted = std::ranges::find(settings, listener.name, &protocol::ListenerTls::listener);
    auto current = listeners_.find(listener.name);
    bool stays = current != listeners_.end() && (wanted == settings.end() || *wanted == current->second.settings);
    if (stays) continue;
    if (wanted == settings.end()) {
      return fail(Errc::invalid, "listener \"{}\" is secure, but has no certificate", listener.name);
    }
    auto context = TlsContext::make(*wanted);
    if (!context) return fail(Errc::invalid, "TLS of listener \"{}\": {}", listener.name, context.error().text);
    made.emplace(listener.name, Secure{std::move(*wanted), *std::move(context)});
    names.push_back(listener.name);
  }
  for (auto& [name, secure] : made) listeners_.insert_or_assign(name, std::move(secure));
  return names;
}

}  // namespace outpost::proxy
