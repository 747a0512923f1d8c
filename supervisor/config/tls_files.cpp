#include "supervisor/config/tls_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/certificate.h"
#include "common/cipher_suites.h"
#include "common/io/access.h"
#include "common/text.h"
#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/config/option_words.h"

namespace outpost::supervisor {

using protocol::ClientCertificates;

namespace {

// The options of one certificate, in a listener or in certificates[].
struct Place {
  std::string_view section;
  std::size_t index = 0;

  [[nodiscard]] std::string option(std::string_view name) const {
    return fmt::format("{}[{}].{}", section, index, name);
  }
};

// The line of an option, or of its section's entry when the file does not have it.
int line_of(const OptionSettings& settings, const Place& place, std::string_view name) {
  const OptionTable& table = config_options().table();
  for (std::size_t s = 0; s < table.size() && s < settings.sections.size(); ++s) {
    if (table[s].name != place.section || place.index >= settings.sections[s].size()) continue;
    const OptionSettings::Instance& instance = settings.sections[s][place.index];
    for (std::size_t r = 0; r < table[s].rows.size(); ++r) {
      if (table[s].rows[r].name == name && instance.rows[r].line != 0) return instance.rows[r].line;
    }
    return instance.line;
  }
  return 0;
}

OptionFinding finding(const OptionSettings& settings, const Place& place, std::string_view name,
                      std::string_view text) {
  return {line_of(settings, place, name), fmt::format("{}: {}", place.option(name), text)};
}

// --- Options ---------------------------------------------------------------------------------------------------------

void check_secure(const ListenerConfig& listener, const Place& place, ParsedOptions& parsed) {
  auto complain = [&](std::string_view name, std::string_view text) {
    parsed.errors.push_back(finding(parsed.settings, place, name, text));
  };
  constexpr std::string_view kNeeded = "a secure listener needs one; valid: the path of a PEM file";
  if (listener.certificate.empty()) complain("certificate", kNeeded);
  if (listener.key.empty()) complain("key", kNeeded);
  auto suites = parse_cipher_suites(listener.ciphers);
  if (!suites) {
    complain("ciphers", suites.error().text);
  } else if (listener.minimum_version == protocol::TlsVersion::tls_1_3 && !suites->tls_1_3) {
    complain("ciphers", "none of them is for TLS 1.3, which minimum-version asks for");
  }
  if (listener.client_certificates != ClientCertificates::none && listener.client_ca.empty()) {
    complain("client-ca", fmt::format("client-certificates is \"{}\", so it is needed; valid: the path of a PEM file",
                                      word_of(listener.client_certificates)));
  }
  if (listener.client_certificates == ClientCertificates::none && !listener.client_ca.empty()) {
    complain("client-ca",
             "no client is asked for a certificate while client-certificates is \"none\"; valid: "
             "\"optional\" or \"required\" there, or no client-ca");
  }
  if (listener.client_certificates == ClientCertificates::none && !listener.client_subjects.empty()) {
    parsed.remarks.push_back(
        finding(parsed.settings, place, "client-subjects", "has no effect while client-certificates is \"none\""));
  }
}

void check_clear(const ListenerConfig& listener, const Place& place, ParsedOptions& parsed) {
  auto remark = [&](bool set, std::string_view name) {
    if (set) parsed.remarks.push_back(finding(parsed.settings, place, name, "has no effect: secure is false"));
  };
  remark(!listener.certificate.empty(), "certificate");
  remark(!listener.key.empty(), "key");
  remark(!listener.chain.empty(), "chain");
  remark(!listener.ciphers.empty(), "ciphers");
  remark(!listener.client_ca.empty(), "client-ca");
  remark(listener.client_certificates != ClientCertificates::none, "client-certificates");
}

// --- Files -----------------------------------------------------------------------------------------------------------

struct FilePlace {
  std::string path;
  bool is_credential = false;
};

// Where the file is that an option names. Credentials are in a folder that the service manager makes for each start.
Result<FilePlace> locate(const std::string& named) {
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials && *credentials == '\0') credentials = nullptr;
  if (named.starts_with(kCredentials)) {
    if (credentials) {
      std::string path = fmt::format("{}/{}", credentials, named.substr(kCredentials.size()));
      return FilePlace{path, path.find("/../") == path.npos};
    }
    return fail(Errc::invalid,
                "cannot be found: the environment of outpostd has no CREDENTIALS_DIRECTORY; valid: LoadCredential= in "
                "the unit that starts it, or an absolute path");
  }
  bool inside = credentials && named.starts_with(std::string(credentials) + '/');
  return FilePlace{named, inside && named.find("/../") == named.npos};
}

// Nobody but its owner may do anything with a private key, and the owner is us or root. systemd lets the service's user
// read a credential of root by an access control list, whose mask shows as the group's permission.
Result<> check_key_file(const struct stat& info, bool is_credential) {
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, "is no regular file");
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return fail(Errc::invalid, "belongs to the user with the number {}; valid: the user of outpostd, or root",
                info.st_uid);
  }
  if ((info.st_mode & (is_credential ? 037 : 077)) != 0) {
    return fail(Errc::invalid,
                "has the mode {:04o}, so others than its owner may use it; valid: 0600 or 0400 (chmod 600)",
                info.st_mode & 07777);
  }
  return {};
}

Result<std::string> read_bounded(const std::string& named, bool is_key) {
  auto place = locate(named);
  if (!place) return pass(place);
  // A pipe would be waited for.
  int fd = open(place->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail_access(errno, "cannot be opened", place->path, Access::read);
  struct stat info {};
  Result<> good = fstat(fd, &info) != 0    ? Result<>(fail_errno(errno, "cannot be examined"))
                  : is_key                 ? check_key_file(info, place->is_credential)
                  : !S_ISREG(info.st_mode) ? Result<>(fail(Errc::invalid, "is no regular file"))
                                           : Result<>();
  std::string text(kTlsFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (good && size < text.size()) {
    ssize_t n = read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) good = fail_errno(errno, "cannot be read");
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  close(fd);
  if (!good) return pass(good);
  if (size > kTlsFileBytesMax) return fail(Errc::limit, "has more than {}", human_bytes(kTlsFileBytesMax));
  text.resize(size);
  return text;
}

// Why nobody accepts it at this time; empty when somebody may.
std::string untimely(const Certificate& one, std::int64_t now) {
  if (one.valid_till < now) return fmt::format("has expired on {}", date_text(one.valid_till));
  if (one.valid_from > now) return fmt::format("is not valid before {}", date_text(one.valid_from));
  return "";
}

class Reader {
 public:
  Reader(Config& config, const OptionSettings& settings, std::int64_t now)
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
  void read_client_ca(const ListenerConfig& listener, const Place& place) {
    if (listener.client_certificates == ClientCertificates::none) return;
    if (read(place, "client-ca", listener.client_ca)) parse(place, "client-ca", listener.client_ca);
  }

  TlsFindings findings;

 private:
  const std::string& content(const std::string& path) { return config_.tls_files[path].content; }

  bool check(const Place& place, std::string_view name, const std::string& path, const Result<>& result) {
    if (result) return true;
    findings.errors.push_back(
        finding(settings_, place, name, fmt::format("{} {}", escape_control(path), result.error().text)));
    return false;
  }

  bool read(const Place& place, std::string_view name, const std::string& path, bool is_key = false) {
    auto text = read_bounded(path, is_key);
    if (!text) return check(place, name, path, fail(text.error()));
    config_.tls_files[path].content = *std::move(text);  // one file may be certificate and key
    return true;
  }

  bool parse(const Place& place, std::string_view name, const std::string& path) {
    auto read = read_certificates(content(path));
    if (!read) return check(place, name, path, fail(read.error()));
    for (const Certificate& one : *read) watch_dates(place, name, path, one);
    config_.tls_files[path].certificates = *std::move(read);
    return true;
  }

  void watch_dates(const Place& place, std::string_view name, const std::string& path, const Certificate& one) {
    std::string what = untimely(one, now_);
    if (what.empty() && one.valid_till < now_ + kExpirySoonSeconds) {
      what = fmt::format("expires on {}", date_text(one.valid_till));
    }
    if (what.empty()) return;
    findings.remarks.push_back(
        finding(settings_, place, name, fmt::format("{}: \"{}\" {}", escape_control(path), one.subject, what)));
  }

  Config& config_;
  const OptionSettings& settings_;
  std::int64_t now_;
};

bool has_effect(const CertificateConfig& further) { return !further.certificate.empty() || !further.key.empty(); }

const TlsFile& file_of(const Config& config, const std::string& path) {
  static const TlsFile kNone;
  auto found = config.tls_files.find(path);
  return found == config.tls_files.end() ? kNone : found->second;
}

// The options of each certificate that a secure listener shows: its own, then those for other server names.
template <class Visit>
void visit_pairs(const Config& config, const ListenerConfig& listener, const Visit& visit) {
  visit(listener);
  for (const CertificateConfig& further : config.certificates) {
    bool belongs = further.listener.empty() || further.listener == listener.name;
    if (has_effect(further) && belongs) visit(further);
  }
}

template <class Options>
protocol::CertificatePair pair_of(const Config& config, const Options& options) {
  std::string certificate = file_of(config, options.certificate).content;
  if (!options.chain.empty()) certificate += "\n" + file_of(config, options.chain).content;
  return {std::move(certificate), file_of(config, options.key).content};
}

}  // namespace

void check_tls_options(const Config& config, ParsedOptions& parsed) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    (listener.secure ? check_secure : check_clear)(listener, Place{"listeners", i}, parsed);
  }
  for (std::size_t i = 0; i < config.certificates.size(); ++i) {
    const CertificateConfig& further = config.certificates[i];
    Place place{"certificates", i};
    auto complain = [&](std::string_view name, std::string_view text) {
      parsed.errors.push_back(finding(parsed.settings, place, name, text));
    };
    if (has_effect(further) && further.key.empty()) complain("key", "the certificate needs its key");
    if (has_effect(further) && further.certificate.empty()) complain("certificate", "the key needs its certificate");
    auto named = std::find_if(config.listeners.begin(), config.listeners.end(),
                              [&](const ListenerConfig& listener) { return listener.name == further.listener; });
    if (further.listener.empty()) continue;
    if (named == config.listeners.end()) {
      complain("listener", fmt::format("there is no listener \"{}\"; valid: the name of a secure listener, or empty",
                                       further.listener));
    } else if (!named->secure) {
      complain("listener", fmt::format("listener \"{}\" is not secure; valid: the name of a secure listener, or empty",
                                       further.listener));
    }
  }
}

TlsFindings read_tls_files(Config& config, const OptionSettings& settings, std::int64_t now) {
  Reader reader(config, settings, now);
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (!config.listeners[i].secure) continue;
    reader.read_pair(config.listeners[i], {"listeners", i});
    reader.read_client_ca(config.listeners[i], {"listeners", i});
  }
  for (std::size_t i = 0; i < config.certificates.size(); ++i) {
    if (has_effect(config.certificates[i])) reader.read_pair(config.certificates[i], {"certificates", i});
  }
  std::size_t bytes = 0;
  for (ListenerProtocol protocol : {ListenerProtocol::http, ListenerProtocol::admin}) {
    for (const protocol::ListenerTls& tls : to_proxy_tls(config, protocol)) {
      bytes += tls.client_ca.size();
      for (const auto& pair : tls.certificates) bytes += pair.certificate.size() + pair.key.size();
    }
  }
  if (bytes > kTlsBytesMax) {
    reader.findings.errors.push_back({0, fmt::format("the certificates of all listeners have together {}; valid: {}",
                                                     human_bytes(bytes), human_bytes(kTlsBytesMax))});
  }
  return std::move(reader.findings);
}

std::vector<protocol::ListenerTls> to_proxy_tls(const Config& config, ListenerProtocol protocol) {
  std::vector<protocol::ListenerTls> all;
  for (const ListenerConfig& listener : config.listeners) {
    if (!listener.secure || listener.protocol != protocol) continue;
    protocol::ListenerTls& tls = all.emplace_back();
    tls.listener = listener.name;
    visit_pairs(config, listener, [&](const auto& pair) { tls.certificates.push_back(pair_of(config, pair)); });
    tls.minimum_version = listener.minimum_version;
    tls.ciphers = listener.ciphers;
    tls.client_certificates = listener.client_certificates;
    if (listener.client_certificates != ClientCertificates::none)
      tls.client_ca = file_of(config, listener.client_ca).content;
    tls.client_subjects = listener.client_subjects;
    tls.ticket_lifetime_s = listener.ticket_lifetime;
  }
  return all;
}

std::vector<const Certificate*> shown_certificates(const Config& config, const std::string& listener) {
  std::vector<const Certificate*> all;
  auto named = std::ranges::find(config.listeners, listener, &ListenerConfig::name);
  if (named == config.listeners.end() || !named->secure) return all;
  visit_pairs(config, *named, [&](const auto& pair) {
    const TlsFile& file = file_of(config, pair.certificate);
    if (!file.certificates.empty()) all.push_back(&file.certificates.front());
  });
  return all;
}

std::vector<std::string> untimely_certificates(const Config& before, const Config& after, std::int64_t now) {
  std::vector<std::string> sentences;
  auto check = [&](const Place& place, const std::string& path) {
    const TlsFile& file = file_of(after, path);
    bool known =
        std::ranges::any_of(before.tls_files, [&](const auto& one) { return one.second.content == file.content; });
    std::string what = known || file.certificates.empty() ? "" : untimely(file.certificates.front(), now);
    if (what.empty()) return;
    sentences.push_back(fmt::format("{}: {}: \"{}\" {}; valid: one whose time it is", place.option("certificate"),
                                    escape_control(path), file.certificates.front().subject, what));
  };
  for (std::size_t i = 0; i < after.listeners.size(); ++i) {
    if (after.listeners[i].secure) check({"listeners", i}, after.listeners[i].certificate);
  }
  for (std::size_t i = 0; i < after.certificates.size(); ++i) {
    if (has_effect(after.certificates[i])) check({"certificates", i}, after.certificates[i].certificate);
  }
  return sentences;
}

std::vector<std::string> tls_file_changes(const Config& before, const Config& after) {
  std::vector<std::string> changes;
  auto compare = [&](const Place& place, std::string_view name, const std::string& was, const std::string& is) {
    if (was != is || is.empty() || file_of(before, was).content == file_of(after, is).content) return;
    changes.push_back(fmt::format("{}: read again, new content, at once", place.option(name)));
  };
  auto compare_pairs = [&](const Place& place, const auto& was, const auto& is) {
    compare(place, "certificate", was.certificate, is.certificate);
    compare(place, "chain", was.chain, is.chain);
    compare(place, "key", was.key, is.key);
  };
  for (std::size_t i = 0; i < std::min(before.listeners.size(), after.listeners.size()); ++i) {
    compare_pairs({"listeners", i}, before.listeners[i], after.listeners[i]);
    compare({"listeners", i}, "client-ca", before.listeners[i].client_ca, after.listeners[i].client_ca);
  }
  for (std::size_t i = 0; i < std::min(before.certificates.size(), after.certificates.size()); ++i) {
    compare_pairs({"certificates", i}, before.certificates[i], after.certificates[i]);
  }
  return changes;
}

}  // namespace outpost::supervisor
