"""Bodies that come and go at once stay below http-max-bodies, whatever their number: the rest is 503 with Retry-After, and
nothing dies. Source: mobile.md 5.2."""

import contextlib
import os
import socket
import threading
import unittest

from harness import COUNTED_SOON, SCALE, eventually, read_response
from hostile import SANITIZED, memory
from mobile import API, BODY_BYTES_MAX, MobileTest, multipart

MIB = 1024 * 1024
BODIES_MAX = 64 * MIB
UPLOADS = 200
# Beside the bodies themselves: what is read of each connection at once, and what a process has anyway.
MEMORY_MAX = (600 if SANITIZED else 4 * BODIES_MAX // MIB) * MIB


class Upload:
    """One request whose body is sent as far as a test wants it."""

    def __init__(self, port, body, headers):
        self.peer = socket.create_connection(("127.0.0.1", port), timeout=120 * SCALE)
        self.stream = self.peer.makefile("rb")
        self.body = memoryview(body)
        self.sent = 0
        self.peer.sendall((f"POST {API}/storage/60 HTTP/1.1\r\nHost: a\r\nContent-Type: {headers['Content-Type']}\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n").encode())

    def send(self, till=None):
        self.peer.sendall(self.body[self.sent:till])
        self.sent = till or len(self.body)

    def answer(self):
        return read_response(self.stream)

    def close(self):
        self.stream.close()
        self.peer.close()


class Bodies(MobileTest):
    def setUp(self):
        super().setUp()
        empty = len(multipart([("f", b"", "f", "image/png")], "B")[0])
        self.body, self.headers = multipart([("f", os.urandom(BODY_BYTES_MAX - empty), "f", "image/png")], "B")
        # What a sanitizer's proxy does with many such bodies in one turn may take a busy machine longer than its usual times.
        self.server = self.node(application={**COUNTED_SOON, "http-max-bodies": BODIES_MAX, "http-body-timeout": 300,
                                             "channel-timeout": 60_000}, log={"level": "interaction"})
        # A sanitizer keeps what was freed for a while; little here, since memory is looked at.
        options = os.environ.get("ASAN_OPTIONS", "")
        self.server.environment["ASAN_OPTIONS"] = f"{options}:quarantine_size_mb=1"
        self.server.start()

    def upload(self):
        upload = Upload(self.server.port, self.body, self.headers)
        self.addCleanup(upload.close)
        return upload

    def bytes_held(self):
        return self.server.status()["proxy"]["body_bytes"]

    def check_unharmed(self):
        status = self.server.status()
        self.assertEqual((status["proxy"]["pid"], status["proxy"]["restarts"]), (self.server.proxy_pid, 0))
        eventually(lambda: self.bytes_held() == 0, "nothing is held", 120)
        area = self.server.create(name="Ann")
        self.assertEqual(self.server.read(area), {"name": "Ann"})

    def test_who_begins_when_all_is_held_is_refused_and_the_others_end_well(self):
        begun = [self.upload() for _ in range(BODIES_MAX // BODY_BYTES_MAX)]
        for upload in begun:
            upload.send(BODY_BYTES_MAX - 1)
        eventually(lambda: self.bytes_held() >= len(begun) * (BODY_BYTES_MAX - 1), "they are held", 120)
        late = self.upload()
        with contextlib.suppress(OSError):  # the answer comes before all of this has left, and then the end
            late.send(5 * MIB)
        answer = late.answer()
        self.check_error(answer, 503, "Unavailable")
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        for upload in begun:
            upload.send()
            self.assertEqual(upload.answer().status, 200)
        again = self.upload()
        again.send()
        self.assertEqual(again.answer().status, 200)
        self.check_unharmed()

    def test_a_crowd_of_uploads(self):
        results = []

        def run():
            upload = None
            try:
                upload = Upload(self.server.port, self.body, self.headers)
                upload.send()
                results.append(upload.answer().status)
            except OSError:  # refused, and closed before all of it was sent
                results.append(503)
            finally:
                if upload:
                    upload.close()

        threads = [threading.Thread(target=run) for _ in range(UPLOADS)]
        for thread in threads:
            thread.start()
        highest = held = 0
        while any(thread.is_alive() for thread in threads):
            threads[0].join(0.05)
            threads = [thread for thread in threads if thread.is_alive()] or threads[:1]
            highest = max(highest, memory(self.server.proxy_pid))
            held = max(held, self.bytes_held())
        self.assertEqual(len(results), UPLOADS)
        self.assertLessEqual(set(results), {200, 503})
        self.assertGreater(results.count(200), 0)
        self.assertLessEqual(held, BODIES_MAX)
        self.assertLess(highest, MEMORY_MAX)
        self.check_unharmed()


if __name__ == "__main__":
    unittest.main()
