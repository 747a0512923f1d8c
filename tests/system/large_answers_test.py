"""Small requests for large answers: whether they are read at once or not at all, the proxy stays, and so do the others."""

import socket
import threading
import unittest

from harness import SCALE, Client, SystemTest, eventually, read_response
from hostile import memory

RECORDS = 15
FIELD = "x" * 9000
FIELDS = ("STATE", "CONTACT_LAST_NAME", "CONTACT_FST_NAME", "client-id", "VAR_005", "SEQ")
PIPELINED = 16
# What the proxy lets all clients leave unread, twice: a sanitizer needs more, and a sweep comes late on a slow machine.
MEMORY_MAX = 3 * 256 * 1024 * 1024


class LargeAnswers(SystemTest):
    def setUp(self):
        super().setUp()
        self.server = self.running(log={"level": "interaction"})
        chain = self.server.add("+1").json["GSW_CHAIN_ID"]
        client = Client(self.server)
        self.addCleanup(client.close)
        for _ in range(RECORDS):
            answer = client.post("/lists/Spring_2024?req=AddRecord", {
                "GSW_PHONE": "+2", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", "GSW_CHAIN_ID": chain,
                **{name: FIELD for name in FIELDS}})
            self.assertEqual(answer.status, 200)
        handle = self.server.preview().json["GSW_RECORD_HANDLE"]
        self.request = f"GET /records/{handle}?req=ChainedRecordRequest HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.server.port), timeout=120 * SCALE)
        self.addCleanup(peer.close)
        return peer

    def check_alive(self):
        self.assertEqual(self.server.add().status, 200)
        status = self.server.status()["proxy"]
        self.assertEqual((status["pid"], status["restarts"]), (self.server.proxy_pid, 0))

    def test_a_burst_of_large_answers_is_no_reason_to_end_the_proxy(self):
        statuses = []

        def ask(peer):
            peer.sendall(self.request * PIPELINED)
            with peer.makefile("rb") as stream:
                statuses.extend(read_response(stream).status for _ in range(PIPELINED))

        threads = [threading.Thread(target=ask, args=(self.connect(),)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(statuses), 12 * PIPELINED)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)
        self.check_alive()

    def test_answers_that_nobody_reads_take_a_bounded_part_of_memory(self):
        good = Client(self.server)
        self.addCleanup(good.close)
        for _ in range(40):
            self.connect().sendall(self.request * PIPELINED)
            # Answered behind them.
            self.assertEqual(good.request("GET", "/campaigngroups/201?req=CampaignStatusRequest").status, 200)
        eventually(lambda: memory(self.server.proxy_pid) < MEMORY_MAX, "those who read nothing are closed", 60)
        self.check_alive()


if __name__ == "__main__":
    unittest.main()
