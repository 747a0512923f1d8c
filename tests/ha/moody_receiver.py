"""Whoever is told: an HTTP server that remembers each delivery and what it answered, in good and in bad moods."""

import contextlib
import dataclasses
import http.server
import json
import random
import threading
import time

MESSAGE_IDS = ("X-Outpost-Message-Id", "webhook-id")


@dataclasses.dataclass
class Delivery:
    path: str
    message: int
    body: dict
    arrived: float
    answer: int = 0        # HTTP status; 0: none was given
    answered: float = 0.0  # when it had been sent


class MoodyReceiver(http.server.ThreadingHTTPServer):
    """Answers 500, or closes without an answer, as often as `bad` says, until calm()."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, seed, bad=0.1):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.dice = random.Random(seed)
        self.bad = bad
        self.lock = threading.Lock()
        self.deliveries = []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def calm(self):
        with self.lock:
            self.bad = 0

    def mood(self):
        with self.lock:
            if self.dice.random() >= self.bad:
                return 200
            return self.dice.choice((500, 503, 0))

    def note(self, delivery):
        with self.lock:
            self.deliveries.append(delivery)

    def handle_error(self, request, client_address):
        """A client that was killed."""

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = next(value for name in MESSAGE_IDS if (value := self.headers[name]))
        delivery = Delivery(self.path, int(message), json.loads(body), time.monotonic())
        self.server.note(delivery)
        status = self.server.mood()
        if not status:
            self.close_connection = True
            return
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.flush()
            delivery.answer, delivery.answered = status, time.monotonic()

    def log_message(self, *_):
        """Deliveries are remembered, not printed."""
