/* Sends HTTP requests from a file over connections that stay, each when it is due, and says how long the answers took.
 *
 *   load PORT CONNECTIONS RATE SECONDS REQUESTS ANSWERS
 *
 * REQUESTS holds each request after its length, 32 bits. RATE is requests a second, sent whether earlier ones are answered or
 * not, so that a server that hangs does not slow the clock it is measured by; 0: each as soon as a connection is free. After
 * SECONDS no more are sent; 0: all are. The answers' bodies go to ANSWERS, a line each, in the order in which they came. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { kBuffer = 64 * 1024 };

struct connection {
  int fd;
  int64_t since; /* when its request was due */
  size_t filled;
  char buffer[kBuffer];
};

static char *bytes, *next_request, *end_of_requests;
static size_t total, sent, answered;
static int64_t start, end, *latency;
static double interval; /* ns between two requests; 0: none */
static struct connection** idle;
static int idle_count;
static FILE* answers;

static void die(const char* what) {
  fprintf(stderr, "load: %s (%s)\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint32_t length_at(const char* place) {
  uint32_t length;
  memcpy(&length, place, sizeof length);
  return length;
}

static void read_requests(const char* path) {
  FILE* file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) die(path);
  long size = ftell(file);
  rewind(file);
  bytes = malloc(size + 1);
  if (!bytes || fread(bytes, 1, size, file) != (size_t)size) die(path);
  fclose(file);
  next_request = bytes;
  end_of_requests = bytes + size;
  for (char* at = bytes; at < end_of_requests; at += 4 + length_at(at)) total++;
  latency = calloc(total + 1, sizeof *latency);
}

static int64_t due(size_t number) {
  return start + (int64_t)(interval * number);
}

/* A request is far smaller than a socket's buffer, and there is one at a time on each, so send takes it whole. */
static void send_what_is_due(void) {
  while (idle_count > 0 && sent < total) {
    int64_t moment = now();
    if (moment > end) {
      total = sent;
      return;
    }
    if (interval > 0 && due(sent) > moment) return;
    struct connection* peer = idle[--idle_count];
    uint32_t length = length_at(next_request);
    if (send(peer->fd, next_request + 4, length, MSG_NOSIGNAL) != (ssize_t)length) die("a request could not be sent");
    peer->since = interval > 0 ? due(sent) : moment;
    next_request += 4 + length;
    sent++;
  }
}

/* Bytes of the response in the buffer once it is whole, else 0; sets where its body begins. */
static size_t whole_response(struct connection* peer, size_t* body) {
  peer->buffer[peer->filled] = 0;
  char* end = strstr(peer->buffer, "\r\n\r\n");
  if (!end) return 0;
  char* field = strcasestr(peer->buffer, "\r\nContent-Length:");
  if (!field || field > end) die("a response has no Content-Length");
  *body = end + 4 - peer->buffer;
  size_t size = *body + strtoul(field + 17, NULL, 10);
  return peer->filled >= size ? size : 0;
}

static void receive(struct connection* peer) {
  ssize_t got = recv(peer->fd, peer->buffer + peer->filled, kBuffer - 1 - peer->filled, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) die("a connection ended");
  peer->filled += got;
  size_t body, size = whole_response(peer, &body);
  if (size == 0) return;
  if (strncmp(peer->buffer, "HTTP/1.1 200", 12) != 0) {
    fprintf(stderr, "load: not answered with success: %.*s\n", (int)size, peer->buffer);
    exit(1);
  }
  latency[answered++] = now() - peer->since;
  fwrite(peer->buffer + body, 1, size - body, answers);
  fputc('\n', answers);
  peer->filled = 0;
  idle[idle_count++] = peer;
}

static void connect_all(int watch, int port, int count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  idle = calloc(count, sizeof(struct connection*));
  for (int i = 0; i < count; i++) {
    struct connection* peer = calloc(1, sizeof *peer);
    int one = 1;
    peer->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (peer->fd < 0 || connect(peer->fd, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(watch, EPOLL_CTL_ADD, peer->fd, &event);
    idle[idle_count++] = peer;
  }
}

static void wake_when_due(int timer) {
  if (interval == 0 || idle_count == 0 || sent == total) return;
  int64_t moment = due(sent);
  struct itimerspec when = {.it_value = {moment / 1000000000, moment % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void run(int watch, int timer, double seconds) {
  struct epoll_event events[256];
  start = now();
  end = seconds > 0 ? start + (int64_t)(seconds * 1e9) : INT64_MAX;
  while (send_what_is_due(), answered < total) {
    wake_when_due(timer);
    int count = epoll_wait(watch, events, 256, 30000);
    if (count == 0) die("no answer for 30 s");
    for (int i = 0; i < count; i++) {
      uint64_t ticks;
      if (events[i].data.ptr) {
        receive(events[i].data.ptr);
      } else if (read(timer, &ticks, sizeof ticks) < 0) {
        continue;
      }
    }
  }
}

static int compare(const void* left, const void* right) {
  int64_t a = *(const int64_t*)left, b = *(const int64_t*)right;
  return (a > b) - (a < b);
}

int main(int argc, char** argv) {
  if (argc != 7) die("usage: load PORT CONNECTIONS RATE SECONDS REQUESTS ANSWERS");
  double rate = atof(argv[3]);
  interval = rate > 0 ? 1e9 / rate : 0;
  read_requests(argv[5]);
  answers = fopen(argv[6], "wb");
  int watch = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(watch, EPOLL_CTL_ADD, timer, &event);
  connect_all(watch, atoi(argv[1]), atoi(argv[2]));
  run(watch, timer, atof(argv[4]));
  double seconds = (now() - start) / 1e9;
  if (fclose(answers) != 0) die(argv[6]);
  qsort(latency, answered, sizeof *latency, compare);
  printf("{\"requests\": %zu, \"rate\": %.1f, \"p50\": %.3f, \"p99\": %.3f, \"longest\": %.3f}\n", answered, answered / seconds,
         latency[answered / 2] / 1e6, latency[answered * 99 / 100] / 1e6, latency[answered - 1] / 1e6);
}
