"""A server that runs applications as the test says, as ORS does: sessions are started, asked, told and ended over HTTP.
Source: gms.md 1.7."""

import contextlib
import http.server
import secrets
import socket
import threading
import urllib.parse

SESSION = "/scxml/session/"
HANG = None  # no answer until the test lets go; then 503


class OrsPeer:
    """On a port of the loopback that the kernel chose. `answers` has what is answered, by the end of the path: "start",
    "request/NAME", "event/NAME", "terminate"; each is called with the message, and gives a status, a body and header fields,
    or HANG. What is not in it is answered as by a session that knows it."""

    def __init__(self, node="ors1"):
        self.node = node  # the end of its cookies
        self.answers = {}
        self.seen = []    # each {"what", "session", "form", "type", "cookie", "text"}, in the order in which they came
        self.sessions = {}  # the cookies of those that live
        self.arrived = threading.Semaphore(0)  # once for each
        self.let_go = threading.Event()
        self.lock = threading.Lock()
        self.connections = set()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with peer.lock:
                    peer.connections.add(self.connection)

            def finish(self):
                with peer.lock:
                    peer.connections.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_POST(self):  # the name is the library's
                status, body, fields = peer.answer_to(self.message())
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def message(self):
                text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                session, _, what = self.path.removeprefix(SESSION).partition("/")
                form = urllib.parse.parse_qsl(text.decode(), keep_blank_values=True, strict_parsing=bool(text))
                return {"what": what or session, "session": session if what else None, "form": dict(form), "text": text,
                        "type": self.headers["Content-Type"], "cookie": self.headers["Cookie"]}

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # who asked has died, or the test has ended the connection

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer_to(self, message):
        with self.lock:
            self.seen.append(message)
        scripted = self.answers.get(message["what"])
        answer = scripted(message) if scripted else self.usual(message)
        self.arrived.release()
        if answer is HANG:
            self.let_go.wait()
            return 503, b"", {}
        status, body, fields = answer
        return status, body if isinstance(body, bytes) else body.encode(), fields

    def usual(self, message):
        if message["what"] == "start":
            return self.new_session()
        with self.lock:
            known = message["session"] in self.sessions
            if message["what"] == "terminate":
                self.sessions.pop(message["session"], None)
        if not known:
            return 404, b"no such session", {}
        return 200, b'{"msg":"hello"}', {"Content-Type": "application/json"}

    def new_session(self):
        """The answer to a start."""
        session = secrets.token_hex(16).upper()
        cookie = f"ORSSESSIONID={session}.{self.node}"
        with self.lock:
            self.sessions[session] = cookie
        return 200, session, {"Content-Type": "text/plain", "Set-Cookie": f"{cookie}; Path=/"}

    def messages(self, what=None):
        with self.lock:
            return [one for one in self.seen if what is None or one["what"] == what]

    def only(self, what):
        messages = self.messages(what)
        assert len(messages) == 1, messages
        return messages[0]

    def close(self):
        """It is down: nobody listens, and the connections that it had are gone. Does no harm twice."""
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.thread.join()


class DeadPort:
    """An address at which nobody listens, and nobody else will."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self):
        self.socket.close()
