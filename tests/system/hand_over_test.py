"""A drain loses no connection: whoever was let in is answered, and whoever comes then finds the next server. Guards
design.md 6: a planned switch. Clients may be refused while nobody listens, but never reset and never left unanswered."""
import os
import signal
import socket
import threading
import time
import unittest

from harness import SCALE, Outbound, SystemTest, eventually, read_response

# A client that the machine keeps from sending for that long is not judged: its connection is idle, and a drain closes
# those. Counted from what it did last, for the machine may also keep it from seeing that it was let in or answered.
STARVED_S = 0.1

REQUEST = (b"POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: localhost\r\n%s"
           b"Content-Length: 75\r\n\r\n"
           b'{"GSW_PHONE":"+15550100","GSW_TZ_NAME":"GMT","GSW_CAMPAIGN_NAME":"Spring"}\n')


class Caller(threading.Thread):
    """Sends requests in a tight loop, each on a connection of its own or all on one for as long as it is kept."""

    def __init__(self, address, keeps):
        super().__init__()
        self.address = address
        self.keeps = keeps
        self.request = REQUEST % (b"" if keeps else b"Connection: close\r\n")
        self.answers = 0
        self.refused = 0
        self.faults = []
        self.over = threading.Event()
        self.since_ready = 0

    def run(self):
        while not self.over.is_set():
            self.since_ready = time.monotonic()
            try:
                peer = socket.create_connection(self.address, timeout=30 * SCALE)
            except (ConnectionRefusedError, ConnectionResetError, socket.timeout):
                self.refused += 1
                continue
            with peer, peer.makefile("rb") as stream:
                while self.exchange(peer, stream) and not self.over.is_set():
                    pass

    def exchange(self, peer, stream):
        """Whether the connection may be used again."""
        starved = False
        try:
            peer.sendall(self.request)
            starved = time.monotonic() - self.since_ready > STARVED_S
            self.since_ready = time.monotonic()
            answer = read_response(stream)
        except OSError as error:
            starved = starved or time.monotonic() - self.since_ready > STARVED_S
            if not starved:
                self.faults.append(repr(error))
            return False
        if answer is None:
            if not starved:
                self.faults.append("closed without an answer")
            return False
        if answer.status != 200:
            self.faults.append(f"status {answer.status}: {answer.body}")
        self.answers += 1
        return self.keeps and answer.headers.get("Connection", "").lower() != "close"


class HandOver(SystemTest):
    def server(self, name, ports):
        listeners = [{"name": "v4", "address": "127.0.0.1", "port": ports[0]},
                     {"name": "v6", "address": "::1", "port": ports[1]}]
        directory = f"{self.directory}/{name}"
        os.mkdir(directory)
        server = Outbound(directory, listeners=listeners, log={"level": "interaction"})
        server.config["store"]["url"] = f"sqlite://{self.directory}/outpost.db"
        server.write_config()
        self.addCleanup(server.close)
        return server.start()

    def test_clients_in_a_tight_loop_are_never_reset(self):
        first = self.server("first", (0, 0))
        first.apply()
        ports = [listener["port"] for listener in first.status()["proxy"]["listeners"]]
        callers = [Caller((address, port), keeps)
                   for address, port in zip(("127.0.0.1", "::1"), ports) for keeps in (False, False, True)]
        for caller in callers:
            caller.start()
        try:
            eventually(lambda: all(caller.answers >= 20 for caller in callers), "answers of the first server")
            first.kill(signal.SIGTERM)
            self.assertEqual(first.wait(), 0)
            self.server("second", ports)
            seen = [caller.answers for caller in callers]
            eventually(lambda: all(caller.answers >= before + 20 for caller, before in zip(callers, seen)),
                       "answers of the second server")
        finally:
            for caller in callers:
                caller.over.set()
            for caller in callers:
                caller.join()
        self.assertEqual([fault for caller in callers for fault in caller.faults], [])


if __name__ == "__main__":
    unittest.main()
