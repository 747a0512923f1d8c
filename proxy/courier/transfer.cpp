#include "proxy/courier/transfer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "common/text.h"

namespace outpost::courier {

using protocol::FetchOutcome;
using protocol::FetchReply;

namespace {

// Of all header blocks of an answer, those of 1xx and trailers included.
constexpr std::size_t kHeaderBytesMax = 64 * 1024;
constexpr long kFinalStatusMin = 200;

bool has_line(const std::vector<std::string>& lines, std::string_view name) {
  return std::ranges::any_of(
      lines, [&](std::string_view line) { return equal_ignoring_case(line.substr(0, line.find(':')), name); });
}

}  // namespace

Transfer::Transfer(Loop& loop, std::uint64_t id, protocol::Fetch fetch, Url url, std::shared_ptr<Client> client,
                   std::function<void()> expired)
    : id_(id),
      fetch_(std::move(fetch)),
      url_(std::move(url)),
      client_(std::move(client)),
      expired_(std::move(expired)),
      deadline_(loop, [this] { expired_(); }),
      silence_(loop, [this] { on_silence(); }) {
  deadline_.start(std::chrono::milliseconds(fetch_.total_ms));
}

// --- The request -----------------------------------------------------------------------------------------------------

Result<> Transfer::begin() {
  begun_ = Clock::now();
  if (first_begun_ == Clock::time_point()) first_begun_ = begun_;
  easy_.reset(curl_easy_init());
  if (!easy_) return fail(Errc::limit, "the courier has no memory left");
  client_->apply_to(easy());
  set_request();
  set_body();
  if (!set_headers() || !client_->multi().add(easy())) return fail(Errc::limit, "the courier has no memory left");
  return {};
}

void Transfer::set_request() {
  curl_easy_setopt(easy(), CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy(), CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy(), CURLOPT_CURLU, url_.handle());
  curl_easy_setopt(easy(), CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy(), CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy(), CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy(), CURLOPT_OPENSOCKETFUNCTION, on_connect);
  curl_easy_setopt(easy(), CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy(), CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
  curl_easy_setopt(easy(), CURLOPT_RESOLVER_START_DATA, this);
  curl_easy_setopt(easy(), CURLOPT_RESOLVE, addresses_.get());
  if (fetch_.stall_ms > 0) {
    curl_easy_setopt(easy(), CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy(), CURLOPT_PREREQDATA, this);
  }
  curl_easy_setopt(easy(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(time_left_to_connect().count()));
  // The answer to HEAD tells of a size, and has none.
  if (fetch_.method == "HEAD") return;
  curl_easy_setopt(easy(), CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(fetch_.answer_bytes_max));
}

void Transfer::set_body() {
  bool usual = fetch_.method == "POST" || fetch_.method == "PUT" || fetch_.method == "PATCH";
  if (fetch_.method == "HEAD") {
    curl_easy_setopt(easy(), CURLOPT_NOBODY, 1L);
  } else if (usual || !fetch_.body.empty()) {
    curl_easy_setopt(easy(), CURLOPT_POST, 1L);
    curl_easy_setopt(easy(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(fetch_.body.size()));
    curl_easy_setopt(easy(), CURLOPT_POSTFIELDS, fetch_.body.c_str());
  } else {
    curl_easy_setopt(easy(), CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy(), CURLOPT_CUSTOMREQUEST, fetch_.method.c_str());
}

// A line of the fetch takes the place of the client's of the same name.
bool Transfer::set_headers() {
  std::vector<std::string> lines = fetch_.headers;
  for (const std::string& line : client_->settings().headers) {
    if (!has_line(fetch_.headers, std::string_view(line).substr(0, line.find(':')))) lines.push_back(line);
  }
  // Those without a value keep libcurl from adding its own: it would call any body a form's, and wait for a 100.
  if (!has_line(lines, "content-type")) lines.emplace_back("Content-Type:");
  lines.emplace_back("Expect:");
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (!longer) return false;
    (void)headers_.release();
    headers_.reset(longer);
  }
  curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers_.get());
  return true;
}

// --- The name --------------------------------------------------------------------------------------------------------

// libcurl would start a thread, of which nothing would bound the number. Numbers and this machine it knows without one.
int Transfer::on_resolve(void*, void*, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string host = to_lower(transfer.name());
  if (transfer.to_connect_to().address() || host == "localhost" || host.ends_with(".localhost")) return 0;
  // What was looked up for this transfer is of no use to it again.
  transfer.needs_addresses_ = !transfer.addresses_;
  return 1;
}

void Transfer::set_aside() {
  left_ = has_left();
  silence_.stop();
  easy_.reset();
  headers_.reset();
  deadline_.start(std::min(time_left(), time_left_to_connect()));
}

void Transfer::know_addresses(const std::vector<std::string>& addresses) {
  needs_addresses_ = false;
  std::string entry = fmt::format("+{}:{}:", to_connect_to().host(), to_connect_to().port());
  for (const std::string& address : addresses) {
    bool in_brackets = address.find(':') != std::string::npos;
    entry += fmt::format("{}{}", entry.ends_with(':') ? "" : ",", in_brackets ? "[" + address + "]" : address);
  }
  addresses_.reset(curl_slist_append(nullptr, entry.c_str()));
  deadline_.start(time_left());
}

std::chrono::milliseconds Transfer::time_left() const {
  auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked_);
  return std::max(std::chrono::milliseconds(fetch_.total_ms) - passed, std::chrono::milliseconds(0));
}

// To libcurl none would mean its own.
std::chrono::milliseconds Transfer::time_left_to_connect() const {
  auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - first_begun_);
  return std::max(std::chrono::milliseconds(fetch_.connect_ms) - passed, std::chrono::milliseconds(1));
}

Transfer& Transfer::of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<Transfer*>(self);
}

// --- What comes ------------------------------------------------------------------------------------------------------

// Asked for each address before anything is sent to it; with a proxy it is the proxy's.
curl_socket_t Transfer::on_connect(void* self, curlsocktype, curl_sockaddr* asked) {
  auto& transfer = *static_cast<Transfer*>(self);
  sockaddr_storage storage{};
  std::memcpy(&storage, &asked->addr, std::min<std::size_t>(asked->addrlen, sizeof storage));
  auto address = IpAddress::of(storage);
  std::string refusal = address ? transfer.client_->targets().refusal(*address) : "it is no IP address";
  if (!refusal.empty()) {
    transfer.denied_ = std::move(refusal);
    return CURL_SOCKET_BAD;
  }
  return socket(asked->family, asked->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, asked->protocol);
}

// A connection is there, new or kept, and the request is about to leave.
int Transfer::on_connected(void* self, char*, char*, int, int) {
  static_cast<Transfer*>(self)->heard();
  return CURL_PREREQFUNC_OK;
}

void Transfer::heard() {
  if (fetch_.stall_ms == 0) return;
  bytes_before_ = amount(CURLINFO_SIZE_UPLOAD_T);
  silence_.start(std::chrono::milliseconds(fetch_.stall_ms));
}

// libcurl's own limit is on a mean of some seconds, and would come that much later. Of what is sent nobody tells: a
// body that was taken meanwhile is no silence.
void Transfer::on_silence() {
  if (amount(CURLINFO_SIZE_UPLOAD_T) > bytes_before_) return heard();
  silent_ = true;
  expired_();
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.heard();
  return transfer.take_header({data, size}) ? size : 0;
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  too_large_ = too_large_ || header_bytes_ > kHeaderBytesMax;
  if (too_large_) return false;
  std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/") && colon > line.find(' ')) {
    reply_.headers.clear();  // those before were of a 1xx
    head_status_ = 0;
    return true;
  }
  if (trim(line).empty()) head_status_ = final_status();
  if (colon == std::string_view::npos) return true;
  std::string name = to_lower(line.substr(0, colon));
  std::string_view value = trim(line.substr(colon + 1));
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (!is_reported(name) || value.size() > protocol::kReportedHeaderBytesMax) return true;
  if (std::ranges::none_of(value, is_control)) reply_.headers.push_back({std::move(name), std::string(value)});
  return true;
}

// One more of that name.
bool Transfer::is_reported(std::string_view name) const {
  if (std::ranges::find(protocol::kReportedHeaders, name) == protocol::kReportedHeaders.end()) return false;
  std::size_t most = name == protocol::kRepeatedHeader ? protocol::kRepeatedHeaderLinesMax : 1;
  return std::cmp_less(std::ranges::count(reply_.headers, name, &protocol::FetchHeader::name), most);
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.heard();
  std::string& body = transfer.reply_.body;
  transfer.too_large_ = transfer.too_large_ || body.size() + size > transfer.fetch_.answer_bytes_max;
  if (transfer.too_large_) return 0;
  body.append(data, size);
  return size;
}

// --- The end ---------------------------------------------------------------------------------------------------------

FetchReply Transfer::finish(CURLcode code) {
  deadline_.stop();
  silence_.stop();
  FetchOutcome outcome = outcome_of(code);
  // libcurl ends one that announces too much at that line of its header, and would read no more of it anyway.
  if (code == CURLE_FILESIZE_EXCEEDED) head_status_ = final_status();
  if (outcome != FetchOutcome::answered) return finish(outcome, text_of(code, outcome));
  note_way();
  reply_.status = static_cast<std::uint16_t>(number(CURLINFO_RESPONSE_CODE));
  long version = number(CURLINFO_HTTP_VERSION);
  reply_.http_version = version == CURL_HTTP_VERSION_2_0 ? 20 : version == CURL_HTTP_VERSION_1_0 ? 10 : 11;
  return std::move(reply_);
}

FetchReply Transfer::finish(FetchOutcome outcome, std::string text) {
  deadline_.stop();
  silence_.stop();
  note_way();
  reply_.outcome = outcome;
  if (protocol::may_have_status(outcome)) reply_.status = head_status_;
  reply_.text = escape_control(std::string_view(text).substr(0, protocol::kFetchTextBytesMax / 4));
  reply_.headers.clear();
  reply_.body.clear();
  return std::move(reply_);
}

FetchReply Transfer::finish_unresolved(const std::string& problem) {
  if (has_left())
    return finish(FetchOutcome::broken, "its connection ended, and its name cannot be resolved again: " + problem);
  if (!over_proxy()) return finish(FetchOutcome::resolve, fmt::format("{} cannot be resolved: {}", name(), problem));
  return finish(FetchOutcome::proxy, "the name of the HTTP proxy cannot be resolved: " + problem);
}

void Transfer::note_way() {
  auto since = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asked_).count();
  protocol::FetchTimes& times = reply_.times;
  times.total_us =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(since, 0, std::numeric_limits<std::uint32_t>::max()));
  if (!begun()) return;
  times.resolved_us = passed_us(CURLINFO_NAMELOOKUP_TIME_T);
  times.connected_us = passed_us(CURLINFO_CONNECT_TIME_T);
  times.secured_us = passed_us(CURLINFO_APPCONNECT_TIME_T);
  times.first_byte_us = passed_us(CURLINFO_STARTTRANSFER_TIME_T);
  char* address = nullptr;
  curl_easy_getinfo(easy(), CURLINFO_PRIMARY_IP, &address);
  if (address && *address != '\0') reply_.address = fmt::format("{} {}", address, number(CURLINFO_PRIMARY_PORT));
  reply_.reused = !reply_.address.empty() && !opened_connection();
}

bool Transfer::opened_connection() const { return begun() && number(CURLINFO_NUM_CONNECTS) > 0; }

bool Transfer::has_left() const { return left_ || (begun() && number(CURLINFO_REQUEST_SIZE) > 0); }

// 0 while none came, or one of 1xx alone.
std::uint16_t Transfer::final_status() const {
  long status = number(CURLINFO_RESPONSE_CODE);
  return static_cast<std::uint16_t>(status < kFinalStatusMin ? 0 : status);
}

long Transfer::number(CURLINFO what) const {
  long value = 0;
  curl_easy_getinfo(easy(), what, &value);
  return value;
}

curl_off_t Transfer::amount(CURLINFO what) const {
  curl_off_t value = 0;
  curl_easy_getinfo(easy(), what, &value);
  return value;
}

// Since it was asked for, where libcurl counts from when it began; 0: it did not come so far.
std::uint32_t Transfer::passed_us(CURLINFO what) const {
  curl_off_t value = amount(what);
  if (value <= 0) return 0;
  auto waited = std::chrono::duration_cast<std::chrono::microseconds>(begun_ - asked_).count();
  return static_cast<std::uint32_t>(std::min<std::int64_t>(value + waited, std::numeric_limits<std::uint32_t>::max()));
}

std::string Transfer::where_it_stood() const {
  auto where = [this]() -> std::string_view {
    if (needs_addresses_) return "resolving the server's name";
    if (!begun()) return "waiting until others of the same server were done";
    if (passed_us(CURLINFO_NAMELOOKUP_TIME_T) == 0) return "resolving the server's name";
    if (passed_us(CURLINFO_PRETRANSFER_TIME_T) == 0) return "connecting";
    if (passed_us(CURLINFO_STARTTRANSFER_TIME_T) == 0) return "waiting for the answer to begin";
    return "reading the answer";
  };
  if (silent_) return fmt::format("no byte came for {} ms while {}", fetch_.stall_ms, where());
  bool had_all = !needs_addresses_ || time_left().count() == 0;
  return fmt::format("{} ms were over while {}", had_all ? fetch_.total_ms : fetch_.connect_ms, where());
}

// When a kept connection ended before a byte of an answer came, libcurl has sent the request again: that the second
// way led nowhere says nothing of the first.
FetchOutcome Transfer::outcome_of(CURLcode code) const {
  FetchOutcome outcome = outcome_of_last_way(code);
  return has_left() && !protocol::may_have_arrived(outcome) ? FetchOutcome::broken : outcome;
}

FetchOutcome Transfer::outcome_of_last_way(CURLcode code) const {
  if (too_large_) return FetchOutcome::too_large;
  long tunnel = number(CURLINFO_HTTP_CONNECTCODE);
  if (code != CURLE_OK && tunnel != 0 && tunnel / 100 != 2) return FetchOutcome::proxy;
  switch (code) {
    case CURLE_OK: return FetchOutcome::answered;
    case CURLE_COULDNT_RESOLVE_HOST: return FetchOutcome::resolve;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return FetchOutcome::proxy;
    case CURLE_COULDNT_CONNECT:
      if (!denied_.empty()) return FetchOutcome::denied_target;
      return over_proxy() ? FetchOutcome::proxy : FetchOutcome::connect;
    case CURLE_INTERFACE_FAILED: return FetchOutcome::connect;
    case CURLE_OPERATION_TIMEDOUT: return FetchOutcome::timeout;
    case CURLE_FILESIZE_EXCEEDED: return FetchOutcome::too_large;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT: return FetchOutcome::tls;
    default: break;
  }
  // With TLS 1.3 a server refuses our certificate when for us the handshake is done.
  bool alert = std::string_view(error_).find("alert") != std::string_view::npos;
  return url_.secure() && alert ? FetchOutcome::tls : FetchOutcome::broken;
}

std::string Transfer::text_of(CURLcode code, FetchOutcome outcome) const {
  if (code == CURLE_COULDNT_CONNECT && !denied_.empty()) return denied_;
  // libcurl may say the whole URL of a proxy here, the password included.
  if (code == CURLE_COULDNT_RESOLVE_PROXY) return "the name of the HTTP proxy could not be resolved";
  if (too_large_ && header_bytes_ > kHeaderBytesMax) {
    return fmt::format("the headers of the answer have more than {}", human_bytes(kHeaderBytesMax));
  }
  if (code == CURLE_INTERFACE_FAILED) {
    const protocol::FetchClient& settings = client_->settings();
    return fmt::format("none of the ports {}-{} that connections may come from is free", settings.port_low,
                       settings.port_high);
  }
  if (outcome == FetchOutcome::too_large) {
    return fmt::format("the answer has more than {}", human_bytes(fetch_.answer_bytes_max));
  }
  if (outcome == FetchOutcome::timeout) return fmt::format("there was no connection within {} ms", fetch_.connect_ms);
  return *error_ != '\0' ? error_ : curl_easy_strerror(code);
}

}  // namespace outpost::courier
