"""An HTTP server that answers as its path says, well or badly: what a client has to live with."""

import contextlib
import json
import socket
import ssl
import struct
import threading


class StrangeServer:
    """Serves on a port of the loopback that the kernel chose, a thread for each connection, until close()."""

    def __init__(self, context=None, address="127.0.0.1"):
        self.context = context
        self.connections = 0
        self.requests = []  # each {"method", "target", "headers", "body"}, as it came
        self.arrived = threading.Semaphore(0)  # once for each request to /hang and /wait
        self.let_go = threading.Event()        # ends what hangs, and answers what waits
        self.listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        self.threads = []
        self.peers = {}  # by the numbers of their connections
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def url(self, path, host="127.0.0.1"):
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{path}"

    def close(self):
        self.let_go.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()
        for number, thread in enumerate(self.threads, 1):
            with contextlib.suppress(OSError):
                self.peers[number].shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.peers[self.connections] = peer
            thread = threading.Thread(target=self._serve, args=(peer, self.connections), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, peer, number):
        with contextlib.suppress(OSError, ssl.SSLError, ValueError), peer:
            secured = self.context.wrap_socket(peer, server_side=True) if self.context else peer
            self.peers[number] = secured
            with secured, secured.makefile("rb") as reader:
                while self._one(secured, reader, number):
                    pass

    def _one(self, peer, reader, number):
        if reader.peek(1)[:1] == b"\x16":  # a TLS handshake, in which there may or may not be the end of a line
            return self._answer(peer, b"", "400 Bad Request") and False
        line = reader.readline().decode("latin-1")
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers = {}
        while True:
            field = reader.readline().decode("latin-1").rstrip("\r\n")
            if not field:
                break
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", "0")))
        self.requests.append({"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")})
        path = target.partition("?")[0]
        name = path.strip("/").split("/")[0]
        act = getattr(self, f"_do_{name}", None)
        if act:
            return act(peer, path)
        return self._answer(peer, json.dumps({"method": method, "target": target, "headers": headers,
                                              "body": body.decode("latin-1"), "connection": number}).encode(),
                            head=method == "HEAD")

    @staticmethod
    def _answer(peer, body, status="200 OK", more="", head=False):
        peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n"
                     f"{more}\r\n".encode() + (b"" if head else body))
        return True

    def _do_hang(self, _peer, _path):
        self.arrived.release()
        self.let_go.wait()
        return False

    def _do_wait(self, peer, _path):
        self.arrived.release()
        self.let_go.wait()
        return self._answer(peer, b"at last")

    def _do_big(self, peer, path):
        return self._answer(peer, b"x" * int(path.rsplit("/", 1)[1]))

    def _do_status(self, peer, path):
        return self._answer(peer, b"{}", path.rsplit("/", 1)[1] + " Whatever", "Retry-After: 7\r\nETag: \"abc\"\r\n")

    def _do_plain(self, peer, path):
        return self._answer(peer, b"{}", path.rsplit("/", 1)[1] + " Whatever")

    def _do_redirect(self, peer, _path):
        return self._answer(peer, b"", "302 Found", f"Location: {self.url('/hang')}\r\n")

    def _do_continue(self, peer, _path):
        peer.sendall(b"HTTP/1.1 100 Continue\r\nETag: \"early\"\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        return self._answer(peer, b"at last", more="ETag: \"late\"\r\n")

    def _do_endless(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.let_go.is_set():
            peer.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        return False

    def _do_headers(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.let_go.is_set():
            peer.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
        return False

    def _do_hints(self, peer, _path):
        while not self.let_go.is_set():
            peer.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </" + b"a" * 500 + b">\r\n\r\n")
        return False

    def _do_short(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        return False

    def _do_announced(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        self.let_go.wait()
        return False

    def _do_longer(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour and more than that")
        return False

    def _do_nothing(self, _peer, _path):
        return False

    def _do_reset(self, peer, _path):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _do_garbage(self, peer, _path):
        peer.sendall(b"\x16\x03\x01\x00\x00 what is this?\r\n\r\n")
        return False

    def _do_drip(self, peer, _path):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.let_go.wait(0.05):
            peer.sendall(b"x")
        return False
