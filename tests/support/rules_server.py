"""A server that validates records as a test tells it to (ocs.md 6.4)."""

import http.server
import json
import threading

HANG = None  # no answer until the test lets go; then none at all


class RulesServer:
    """`script` is asked about each record, and gives status, body and headers, or HANG."""

    def __init__(self):
        self.script = lambda record: (200, b"OK", {})
        self.asked = []                        # the records, and in which form
        self.arrived = threading.Semaphore(0)  # once for each
        self.let_go = threading.Event()
        rules = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                rules.asked.append((json.loads(body.decode()), self.headers["Content-Type"]))
                reply = rules.script(json.loads(body.decode()))
                rules.arrived.release()
                if reply is HANG:
                    rules.let_go.wait()
                    reply = (503, b"", {})
                status, answer, headers = reply
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, *_):
                pass  # whoever asked has left

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/rules"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
