"""Who is told things over HTTP: remembers what came, in its order, and answers as the test says."""

import http.server
import json
import threading


class Receiver:
    """On a port of the loopback that the kernel chose, or on one that the test holds. `answer` is called with each
    message, on a thread of its connection, and returns a status, or a status and header fields. `read` makes the body of a
    message out of its bytes."""

    def __init__(self, port=0, answer=None, read=json.loads):
        self.answer = answer or (lambda message: 204)
        self.seen = []  # each message when it came: {"path", "headers", "body", "status": when it was answered}
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # the name is the library's
                text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                message = {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "text": text,
                           "body": read(text), "status": None}
                with outer.lock:
                    outer.seen.append(message)
                said = outer.answer(message)
                status, fields = said if isinstance(said, tuple) else (said, {})
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
                message["status"] = status

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who asked has died, as some do here

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def messages(self, path=None):
        with self.lock:
            return [one for one in self.seen if path is None or one["path"] == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
