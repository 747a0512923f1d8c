// One HTTP connection: bytes to requests, answers to responses in the order of the requests.
//
//   open ──(last response written, idle too long, both sides done)──▶ ending ──(peer closed, or kLinger)──▶ gone
//
// In `ending` our side is closed already and what still comes is thrown away, so that no reset overtakes a response.
// A connection asks its host to destroy it only as the last act of a callback of its stream; everything else that ends
// it goes through time_is_up() and has_stalled(), which the host's sweep asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/io/loop.h"
#include "common/io/stream.h"
#include "common/log.h"
#include "common/networks.h"
#include "protocol/http/http1.h"
#include "proxy/gate/admission.h"
#include "proxy/http/bodies.h"
#include "proxy/http/deadlines.h"
#include "proxy/http/dialect.h"
#include "proxy/http/pipeline.h"
#include "proxy/http/request_reader.h"
#include "proxy/http/responder.h"
#include "proxy/http/settings.h"
#include "proxy/http/upstream.h"
#include "proxy/http/watches.h"

namespace outpost::proxy {

class Connection final : private ByteStream::Events, private TurnEnd {
 public:
  // What a connection needs of the proxy around it.
  class Host {
   public:
    virtual const Settings& settings() const = 0;
    virtual Log& log() = 0;
    virtual const AccessLog& access_log() const = 0;
    virtual std::uint64_t now_ms() const = 0;
    virtual Watches& watches() = 0;
    virtual Bodies& bodies() = 0;
    // Whether it is believed for whom it asks.
    virtual bool is_trusted(const IpAddress& peer) const = 0;
    // 0: the source may send a request; else the time in seconds until it may.
    virtual std::uint32_t take_token(Admission::Source& source) = 0;
    // The same for whom a trusted proxy asks.
    virtual std::uint32_t take_token(const IpAddress& client) = 0;
    // Calls at_turn_end() of it.
    virtual void plan(TurnEnd& turn_end) = 0;
    // The id that the next request is to travel under.
    virtual std::uint64_t next_correlation() = 0;
    // Sends the request: true. Or queues it, and sent() or on_failure() follows.
    virtual bool submit(std::uint64_t correlation, Exchange::Outgoing& outgoing, Upstream::Asker asker) = 0;
    virtual void abandon(std::uint64_t correlation) = 0;
    // The client says no more, and may have left.
    virtual void fell_silent(std::uint64_t correlation) = 0;
    // So much came.
    virtual void received(std::size_t bytes) = 0;
    virtual Responder& responder() = 0;
    // Destroys the connection.
    virtual void closed(Connection& connection) = 0;
    // The connection is gone, and holds its source no more.
    virtual void left(Admission::Source* source) = 0;

   protected:
    ~Host() = default;
  };

  // How many bytes a client may go on sending that was told that nothing more is read. Throwing bytes away is cheap;
  // fewer, and a client in the middle of a large body would lose its response to a reset.
  static constexpr std::size_t kLingerBytesMax = 16 * 1024 * 1024;

  // Who has connected.
  struct Peer {
    IpAddress address = {};
    Admission::Source* source = nullptr;  // null when the connection is only to be refused
  };

  // `host` must outlive the connection. `listener` is its place in the settings.
  Connection(Host& host, std::unique_ptr<ByteStream> stream, std::uint64_t id, std::size_t listener, const Peer& peer);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open();
  // Answers without having read anything, then ends.
  void refuse_service(const Refusal& refusal);
  void on_answer(std::uint32_t sequence, protocol::ClientReply reply);
  void on_failure(std::uint32_t sequence, const Refusal& refusal);
  // The request that waited for room was sent.
  void sent();
  // The response to the request that has begun, or else the next, is the last.
  void drain();
  // The client broke the rules of what lies below HTTP: what is not answered yet never is. The stream ends by itself,
  // or with the linger.
  void break_off(std::string_view why);
  // The time to drain is over: a request that has only begun is refused.
  void end_drain(const Refusal& refusal);

  // Whether what it is watched for has taken too long. Then time_is_up() moves it to another watch, or returns false:
  // it is to be destroyed.
  [[nodiscard]] bool is_due(std::uint64_t now_ms) const;
  bool time_is_up();
  // In Watch::body: refuses the request when its body comes too slowly. False: it is too young to tell, as are those
  // that began after it.
  bool check_body_rate(std::uint64_t now_ms);
  // In Watch::output: true when the client takes nothing, or too little: to be destroyed.
  bool has_stalled(std::uint64_t now_ms);
  // Nothing would be lost if it were destroyed now, but time.
  [[nodiscard]] bool is_expendable() const;
  [[nodiscard]] std::size_t queued_bytes() const { return stream_->queued_bytes(); }

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] std::size_t unanswered() const { return pipeline_.unanswered(); }
  [[nodiscard]] std::string peer() const { return stream_->peer(); }

 private:
  enum class State : std::uint8_t { open, ending };

  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_lost(const Error& why) override;
  void on_written() override;
  void on_end_seen() override { break_off("it has ended its side"); }
  void at_turn_end() override { count_output(); }

  [[nodiscard]] bool is_tls_in_clear(std::string_view bytes) const;
  void consume(std::string_view& bytes);
  void on_expectation();
  void on_request(const protocol::HttpRequest& request);
  void on_malformed(const protocol::HttpError& error);
  void book_body();
  std::unique_ptr<Exchange> begin_exchange(const protocol::HttpRequest& request, std::uint32_t sequence);
  void note_client(const protocol::HttpRequest& request);
  [[nodiscard]] std::string shown_client() const;
  [[nodiscard]] const protocol::ListenAddress& listener() const;
  std::uint32_t wait_for_rate();
  std::optional<Response> redirect(const protocol::HttpRequest& request, Exchange& exchange) const;
  // What a request gets whose head is not right, or that has no token for what it asks. `sequence` is its number.
  std::optional<Response> refuse_head(const protocol::HttpRequest& request, Exchange& exchange, std::uint32_t sequence);
  std::optional<Refusal> unauthorized(const protocol::HttpRequest& request, const Exchange::Scope& scope,
                                      std::uint32_t sequence);
  void note_authorized(protocol::Proof proof, std::string_view name, const Exchange::Scope& scope,
                       std::uint32_t sequence);
  Pipeline::Slot& add_slot(const protocol::HttpRequest& request);
  // Answers what the parser is at, and takes nothing behind it.
  void refuse(const Refusal& refusal);
  void refuse_with(std::unique_ptr<Exchange> exchange, Response response);
  void keep_within_bodies(Pipeline::Slot& slot, Response& response);
  void add_piece(Pipeline::Slot& slot, Response piece);
  void flush();
  [[nodiscard]] LoggedExchange logged(const Pipeline::Slot& slot) const;
  void flush_piece();
  void count_output() { output_.shrink_to(stream_->queued_bytes()); }
  // Whoever takes a response that goes on has it all, or has left.
  void log_streamed(const Pipeline::Slot& slot);
  void resume();
  void settle();
  void end(Watch farewell);
  void abandon_answers();
  void log_lost_answers(std::string_view why);
  bool idle_too_long();
  void refuse_too_slow();
  void keep(std::string_view bytes);
  void watch(Watch wanted) { deadlines_.watch(wanted, host_.now_ms()); }
  [[nodiscard]] bool can_take() const;
  [[nodiscard]] Watch wanted_watch() const;

  Host& host_;
  std::unique_ptr<ByteStream> stream_;
  std::uint64_t id_;
  std::size_t listener_;
  Peer peer_;
  std::optional<IpAddress> forwarded_;  // for whom a trusted proxy sends the latest request; nothing: for itself
  std::string client_;                  // whose that is: the address, in words
  bool is_trusted_ = false;             // as of the latest request
  Deadlines deadlines_;
  RequestReader reader_;  // reading is paused while it has a rest
  Pipeline pipeline_;
  Bodies::Part making_;  // of the request in the making
  Bodies::Part output_;  // of large responses that are not written yet
  std::size_t lingered_bytes_ = 0;
  State state_ = State::open;
  bool last_taken_ = false;  // no request behind those in pipeline_ is served
  bool draining_ = false;
  bool end_watched_ = false;  // while the last request is held
  bool input_ended_ = false;
  bool continue_owed_ = false;  // "100 Continue", once earlier requests are answered
};

}  // namespace outpost::proxy
