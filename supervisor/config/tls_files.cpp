#include "supervisor/config/tls_files.h"

#include <algorithm>

#include "common/certificate.h"
#include "common/cipher_suites.h"
#include "common/text.h"
#include "protocol/channel/messages.h"
#include "supervisor/config/config.h"
#include "supervisor/config/http_client.h"
#include "supervisor/config/tls_reader.h"

namespace outpost::supervisor {

using protocol::ClientCertificates;

namespace {

constexpr Place kGms{"gms", kSingle};

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

// Of a mobile node: who may issue the certificates of the servers that it asks.
void read_node_files(TlsReader& reader) {
  const Config& config = reader.config();
  if (config.application.type != ApplicationType::mobile) return;
  if (!config.gms.ca_file.empty()) return reader.read_ca(config.gms.ca_file, kGms, "http.ca_file");
  reader.read_system_ca(kSystemCa, kGms, "http.ca_file");
}

bool has_effect(const CertificateConfig& further) { return !further.certificate.empty() || !further.key.empty(); }

// The options of each certificate that a secure listener shows: its own, then those for other server names.
template <class Visit>
void visit_pairs(const Config& config, const ListenerConfig& listener, const Visit& visit) {
  visit(listener);
  for (const CertificateConfig& further : config.certificates) {
    bool belongs = further.listener.empty() || further.listener == listener.name;
    if (has_effect(further) && belongs) visit(further);
  }
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
  TlsReader reader(config, settings, now);
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (!config.listeners[i].secure) continue;
    reader.read_pair(config.listeners[i], {"listeners", i});
    if (config.listeners[i].client_certificates == ClientCertificates::none) continue;
    reader.read_ca(config.listeners[i].client_ca, {"listeners", i}, "client-ca");
  }
  for (std::size_t i = 0; i < config.certificates.size(); ++i) {
    if (has_effect(config.certificates[i])) reader.read_pair(config.certificates[i], {"certificates", i});
  }
  read_client_files(reader);
  read_node_files(reader);
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
  FileChanges changes(before, after);
  for (std::size_t i = 0; i < std::min(before.listeners.size(), after.listeners.size()); ++i) {
    changes.compare_pairs({"listeners", i}, before.listeners[i], after.listeners[i]);
    changes.compare({"listeners", i}, "client-ca", before.listeners[i].client_ca, after.listeners[i].client_ca);
  }
  for (std::size_t i = 0; i < std::min(before.certificates.size(), after.certificates.size()); ++i) {
    changes.compare_pairs({"certificates", i}, before.certificates[i], after.certificates[i]);
  }
  compare_client_files(changes, before, after);
  changes.compare(kGms, "http.ca_file", before.gms.ca_file, after.gms.ca_file);
  return std::move(changes.found);
}

}  // namespace outpost::supervisor
