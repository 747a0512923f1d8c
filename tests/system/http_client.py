"""HTTP as the tests speak it: an answer, and a client on one kept connection."""

import http.client
import json
import socket

from processes import SCALE


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One kept connection, quicker than http.client. Header names of its answers are in lower case.

    A connection that breaks before the whole answer came raises OSError; the next request opens another.
    """

    def __init__(self, server, timeout=30):
        self.server = server
        self.timeout = timeout * SCALE
        self.peer = None

    def request(self, method, target, body=None, headers=()):
        body = json.dumps(body) if isinstance(body, dict) else body or b""
        body = body.encode() if isinstance(body, str) else body
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in dict(headers).items())]
        if body or method not in ("GET", "HEAD"):
            lines.append(f"Content-Length: {len(body)}")
        try:
            if self.peer is None:
                self.peer = socket.create_connection(("127.0.0.1", self.server.port), timeout=self.timeout)
                self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return self._answer(method)
        except OSError:
            self.close()
            raise

    def post(self, target, body=None, headers=()):
        return self.request("POST", target, body, headers)

    def _answer(self, method):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, body = data.split(b"\r\n\r\n", 1)
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (field.partition(":") for field in fields)}
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        while len(body) < length:
            body += self._more()
        assert len(body) == length, f"{len(body)} bytes of body where {length} were announced"
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Response(int(first.split()[1]), headers, body)

    def _more(self):
        data = self.peer.recv(65536)
        if not data:
            raise ConnectionResetError("closed before the answer was complete")
        return data

    def close(self):
        if self.peer:
            self.peer.close()
        self.peer = None


def read_to_end(peer):
    chunks = []
    while True:
        try:
            chunk = peer.recv(65536)
        except ConnectionResetError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def read_response(stream):
    """One response from a binary file object of a socket: (status, headers, body)."""
    line = stream.readline()
    if not line:
        return None
    status = int(line.split()[1])
    headers = http.client.parse_headers(stream)
    body = stream.read(int(headers.get("Content-Length", "0")))
    return Response(status, headers, body)
