#include "proxy/courier/multi.h"

#include <chrono>
#include <utility>

namespace outpost::courier {

// One that libcurl waits for. It is libcurl's and outlives this.
struct Multi::Socket {
  Socket(Multi& multi, curl_socket_t watched) : owner(multi), fd(watched), poll(this) {
    if (uv_poll_init(owner.loop_.raw(), poll.get(), fd) != 0) poll.abandon();
  }

  void wait_for(int what) {
    if (!poll) return;
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    uv_poll_start(poll.get(), events, on_event);
  }

  static void on_event(uv_poll_t* handle, int status, int events) {
    auto* self = static_cast<Socket*>(handle->data);
    if (!self) return;
    int seen =
        ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) | ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    self->owner.act(self->fd, status < 0 ? CURL_CSELECT_ERR : seen);
  }

  Multi& owner;
  curl_socket_t fd;
  UvHandle<uv_poll_t> poll;
};

Multi::Multi(Loop& loop, Limits limits, std::function<void(CURL*, CURLcode)> done)
    : loop_(loop),
      done_(std::move(done)),
      timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }),
      multi_(curl_multi_init()) {
  ENSURE(multi_, "no memory for libcurl");
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_time);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connections_per_host);
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.connections);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, limits.connections);
}

Multi::~Multi() = default;

bool Multi::add(CURL* easy) { return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK; }

void Multi::remove(CURL* easy) { curl_multi_remove_handle(multi_.get(), easy); }

int Multi::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<Multi*>(self)->watch(fd, what);
  return 0;
}

void Multi::watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    sockets_.erase(fd);
    return;
  }
  auto& socket = sockets_[fd];
  if (!socket) socket = std::make_unique<Socket>(*this, fd);
  socket->wait_for(what);
}

// Nothing may be done from within, so a time that has come is the next turn's.
int Multi::on_time(CURLM*, long ms, void* self) {
  Timer& timer = static_cast<Multi*>(self)->timer_;
  ms < 0 ? timer.stop() : timer.start(std::chrono::milliseconds(ms));
  return 0;
}

void Multi::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, events, &running);
  collect();
}

void Multi::collect() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    CURLcode outcome = message->data.result;
    remove(easy);  // and with it the message
    done_(easy, outcome);
  }
}

}  // namespace outpost::courier
