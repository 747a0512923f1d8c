// Reads the files that options name: certificates, keys, and what is trusted. Finds fault with each in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/certificate.h"
#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/config/tls_files.h"

namespace outpost::supervisor {

// The index of a section that is not repeated.
inline constexpr std::size_t kSingle = SIZE_MAX;

// One entry of a repeated section, or a single one.
struct Place {
  std::string_view section;
  std::size_t index = 0;

  [[nodiscard]] std::string option(std::string_view name) const {
    if (index == kSingle) return fmt::format("{}.{}", section, name);
    return fmt::format("{}[{}].{}", section, index, name);
  }
};

// At the line of the option, or of its section's entry when the file does not have it.
OptionFinding finding(const OptionSettings& settings, const Place& place, std::string_view name, std::string_view text);

// What was read of a file; nothing when it was not.
const TlsFile& file_of(const Config& config, const std::string& path);
// A certificate and its chain, with the key.
template <class Options>
protocol::CertificatePair pair_of(const Config& config, const Options& options) {
  std::string certificate = file_of(config, options.certificate).content;
  if (!options.chain.empty()) certificate += "\n" + file_of(config, options.chain).content;
  return {std::move(certificate), file_of(config, options.key).content};
}

// "listeners[0].certificate: read again, new content, at once": when the path stayed and the content did not.
class FileChanges {
 public:
  FileChanges(const Config& before, const Config& after) : before_(before), after_(after) {}
  void compare(const Place& place, std::string_view name, const std::string& was, const std::string& is);
  template <class Options>
  void compare_pairs(const Place& place, const Options& was, const Options& is) {
    compare(place, "certificate", was.certificate, is.certificate);
    compare(place, "chain", was.chain, is.chain);
    compare(place, "key", was.key, is.key);
  }

  std::vector<std::string> found;

 private:
  const Config& before_;
  const Config& after_;
};

// Why nobody accepts it at this time; empty when somebody may.
std::string untimely(const Certificate& one, std::int64_t now);

class TlsReader {
 public:
  // What is read goes to `config`. `settings` knows the lines, `now` is in seconds since 1970.
  TlsReader(Config& config, const OptionSettings& settings, std::int64_t now)
      : config_(config), settings_(settings), now_(now) {}

  // A certificate with its key and chain.
  template <class Options>
  void read_pair(const Options& options, const Place& place) {
    bool certificate =
        read(place, "certificate", options.certificate) && parse(place, "certificate", options.certificate);
    bool key =
        read(place, "key", options.key, true) && check(place, "key", options.key, check_key(content(options.key)));
    if (certificate && key) {
      check(place, "key", options.key, check_pair(content(options.certificate), content(options.key)));
    }
    if (!options.chain.empty() && read(place, "chain", options.chain)) {
      parse(place, "chain", options.chain);
    }
  }
  // Certificates that are trusted.
  void read_ca(const std::string& path, const Place& place, std::string_view name) {
    if (read(place, name, path)) parse(place, name, path);
  }
  // Those of the system, which are its own business: a remark when there are none.
  void read_system_ca(const std::string& path, const Place& place, std::string_view name);

  [[nodiscard]] const Config& config() const { return config_; }
  void complain(OptionFinding error) { findings.errors.push_back(std::move(error)); }

  TlsFindings findings;

 private:
  const std::string& content(const std::string& path) { return config_.tls_files[path].content; }
  bool check(const Place& place, std::string_view name, const std::string& path, const Result<>& result);
  bool read(const Place& place, std::string_view name, const std::string& path, bool is_key = false);
  bool parse(const Place& place, std::string_view name, const std::string& path);
  void watch_dates(const Place& place, std::string_view name, const std::string& path, const Certificate& one);

  Config& config_;
  const OptionSettings& settings_;
  std::int64_t now_;
};

}  // namespace outpost::supervisor
