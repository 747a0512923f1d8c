// The TLS options of the configuration: whether they make sense together, and the files they name. The proxy can open
// none of them, so it is told their contents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/integers.h"
#include "common/options.h"

namespace outpost::protocol {
struct ListenerTls;
}

namespace outpost {
struct Certificate;
}

namespace outpost::supervisor {

struct Config;
enum class ListenerProtocol : std::uint8_t;

inline constexpr std::size_t kTlsFileBytesMax = 256 * 1024;
// The sum of what the proxy is told in one message, which has a bound itself.
inline constexpr std::size_t kTlsBytesMax = 2 * 1024 * 1024;
// A certificate that ends sooner is worth a warning.
inline constexpr std::int64_t kExpirySoonSeconds = std::int64_t{30} * kDaySeconds;

// What no row can see alone: a secure listener without certificate, unknown cipher suites and listeners, and the like.
// Asks nothing of the machine. Findings go to `parsed`.
void check_tls_options(const Config& config, ParsedOptions& parsed);

struct TlsFindings {
  std::vector<OptionFinding> errors;
  std::vector<OptionFinding> remarks;
};
// Reads the files of all secure listeners into `config`, and checks them: size, PEM, key with certificate, dates, and
// who may read a key. `settings` knows the lines. `now` is in seconds since 1970.
TlsFindings read_tls_files(Config& config, const OptionSettings& settings, std::int64_t now);

// One entry for each secure listener of a protocol.
std::vector<protocol::ListenerTls> to_proxy_tls(const Config& config, ListenerProtocol protocol);
// What a secure listener shows to its clients, each without its chain. `config` outlives them.
std::vector<const Certificate*> shown_certificates(const Config& config, const std::string& listener);

// A sentence for each certificate that secure listeners would show from now on and `before` has not, and whose time is
// over or has not come: nobody who checks it could connect.
std::vector<std::string> untimely_certificates(const Config& before, const Config& after, std::int64_t now);

// "listeners[0].certificate: read again, new content, at once", for each file whose path stayed and content did not.
std::vector<std::string> tls_file_changes(const Config& before, const Config& after);

}  // namespace outpost::supervisor
