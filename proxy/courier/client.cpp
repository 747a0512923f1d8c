#include "proxy/courier/client.h"

#include <utility>

namespace outpost::courier {

namespace {

// Of an idle connection. Most servers end them sooner.
constexpr long kIdleSeconds = 60;

// They stay where they are, for as long as the client.
curl_blob blob_of(const std::string& bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
}

// To libcurl a proxy is the host of all plain requests over it. What goes to one server, Turns bounds.
long connections_per_host(const protocol::FetchClient& settings) {
  return static_cast<long>(settings.proxy.empty() ? settings.requests_per_server_max : settings.requests_max);
}

}  // namespace

Result<std::unique_ptr<Client>> Client::make(Loop& loop, protocol::FetchClient settings,
                                             std::shared_ptr<const Issuers> system_issuers, Room& room,
                                             std::function<void(CURL*, CURLcode)> done) {
  auto targets = Targets::parse(settings.allow, settings.deny);
  if (!targets) return fail(Errc::invalid, "http-client \"{}\": {}", settings.name, targets.error());
  std::optional<Url> proxy;
  if (!settings.proxy.empty()) {
    auto url = Url::parse(settings.proxy);
    if (!url) return fail(Errc::invalid, "http-client \"{}\": http-proxy: {}", settings.name, url.error().text);
    proxy.emplace(*std::move(url));
  }
  return std::unique_ptr<Client>(new Client(loop, std::move(settings), *std::move(targets), std::move(proxy),
                                            std::move(system_issuers), room, std::move(done)));
}

Client::Client(Loop& loop, protocol::FetchClient settings, Targets targets, std::optional<Url> proxy,
               std::shared_ptr<const Issuers> system_issuers, Room& room, std::function<void(CURL*, CURLcode)> done)
    : settings_(std::move(settings)),
      targets_(std::move(targets)),
      proxy_(std::move(proxy)),
      issuers_(settings_.ca.empty() ? std::move(system_issuers) : std::make_shared<const Issuers>(settings_.ca)),
      multi_(loop, {connections_per_host(settings_), static_cast<long>(settings_.requests_max)}, std::move(done)),
      turns_(settings_.requests_per_server_max, settings_.requests_max, room) {}

// What libcurl would take from the environment or from files is set too, that it does not.
void Client::apply_to(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_PROXY, settings_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!settings_.user_agent.empty()) curl_easy_setopt(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  if (settings_.port_low != 0) {
    curl_easy_setopt(easy, CURLOPT_LOCALPORT, static_cast<long>(settings_.port_low));
    curl_easy_setopt(easy, CURLOPT_LOCALPORTRANGE, static_cast<long>(settings_.port_high - settings_.port_low + 1));
  }
  apply_tls_to(easy);
}

void Client::apply_tls_to(CURL* easy) const {
  bool only_newest = settings_.minimum_version == protocol::TlsVersion::tls_1_3;
  curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                   static_cast<long>(only_newest ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  // File and folder would be read beside what was parsed.
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  issuers_->apply_to(easy);
  if (settings_.certificate.certificate.empty()) return;
  curl_blob certificate = blob_of(settings_.certificate.certificate);
  curl_blob key = blob_of(settings_.certificate.key);
  curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
}

}  // namespace outpost::courier
