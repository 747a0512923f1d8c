// One fetch on its way: the request as libcurl wants it, and what has come of it so far.
#pragma once

#include <curl/curl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/io/loop.h"
#include "protocol/channel/courier.h"
#include "proxy/courier/client.h"
#include "proxy/courier/url.h"

namespace outpost::courier {

class Transfer {
 public:
  // `expired` is called when its time is over.
  Transfer(Loop& loop, std::uint64_t id, protocol::Fetch fetch, Url url, std::shared_ptr<Client> client,
           std::function<void()> expired);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Makes the request. Errc::limit: libcurl has no memory left.
  Result<> begin();
  // Whether it ended, before anything was sent, because it needs the addresses of name(): no connection is there, and
  // they are not known from before. Then it is set aside until they are, and begins again.
  [[nodiscard]] bool needs_addresses() const { return needs_addresses_; }
  [[nodiscard]] const std::string& name() const { return to_connect_to().host(); }
  void set_aside();
  void know_addresses(const std::vector<std::string>& addresses);
  [[nodiscard]] bool begun() const { return easy_ != nullptr; }
  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // Of one that has begun.
  static Transfer& of(CURL* easy);

  // What came of it. Once, and nothing follows: `expired` is not called any more.
  protocol::FetchReply finish(CURLcode outcome);
  protocol::FetchReply finish(protocol::FetchOutcome outcome, std::string text);
  // There are no such addresses.
  protocol::FetchReply finish_unresolved(const std::string& problem);
  // Why its time was not enough.
  [[nodiscard]] std::string where_it_stood() const;

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const protocol::Fetch& fetch() const { return fetch_; }
  [[nodiscard]] const Url& url() const { return url_; }
  [[nodiscard]] const std::shared_ptr<Client>& client() const { return client_; }
  [[nodiscard]] bool opened_connection() const;
  // Whether a byte of the request did, on whichever way.
  [[nodiscard]] bool has_left() const;

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self);
  static int on_resolve(void* state, void* unused, void* self);
  static int on_connected(void* self, char* address, char* local_address, int port, int local_port);
  static curl_socket_t on_connect(void* self, curlsocktype purpose, curl_sockaddr* address);

  void set_request();
  void set_body();
  bool set_headers();
  bool take_header(std::string_view line);
  [[nodiscard]] bool is_reported(std::string_view name) const;
  void heard();
  void on_silence();
  [[nodiscard]] bool over_proxy() const { return client_->proxy().has_value(); }
  [[nodiscard]] const Url& to_connect_to() const { return over_proxy() ? *client_->proxy() : url_; }
  [[nodiscard]] std::chrono::milliseconds time_left() const;
  [[nodiscard]] std::chrono::milliseconds time_left_to_connect() const;
  [[nodiscard]] protocol::FetchOutcome outcome_of(CURLcode code) const;
  [[nodiscard]] protocol::FetchOutcome outcome_of_last_way(CURLcode code) const;
  [[nodiscard]] std::string text_of(CURLcode code, protocol::FetchOutcome outcome) const;
  [[nodiscard]] long number(CURLINFO what) const;
  [[nodiscard]] curl_off_t amount(CURLINFO what) const;
  [[nodiscard]] std::uint32_t passed_us(CURLINFO what) const;
  void note_way();
  [[nodiscard]] std::uint16_t final_status() const;

  using Clock = std::chrono::steady_clock;

  const std::uint64_t id_;
  const protocol::Fetch fetch_;
  const Url url_;
  const std::shared_ptr<Client> client_;  // one of a former configuration goes with its last transfer
  const Clock::time_point asked_ = Clock::now();
  Clock::time_point begun_{};
  Clock::time_point first_begun_{};  // from when on the time to connect counts
  bool needs_addresses_ = false;
  bool left_ = false;  // before it was set aside
  protocol::FetchReply reply_;
  std::size_t header_bytes_ = 0;
  std::uint16_t head_status_ = 0;  // of a header that has come as a whole, and was no interim one
  bool too_large_ = false;
  std::string denied_;  // why an address was
  char error_[CURL_ERROR_SIZE] = {};
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<curl_slist, FreeList> addresses_;
  std::unique_ptr<CURL, FreeEasy> easy_;  // goes before what it points to
  const std::function<void()> expired_;
  Timer deadline_;
  Timer silence_;                // runs from the connection on, where there is a limit
  curl_off_t bytes_before_ = 0;  // that had left when it was last started
  bool silent_ = false;          // for too long
};

}  // namespace outpost::courier
