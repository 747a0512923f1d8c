"""The outbox: what is told to other servers arrives at least once and in the order of its chain, whoever fails or dies on the way;
outpostctl outbox."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import tempfile
import threading
import unittest

import engines
from courier import PATIENT, courier_of, held_port
from harness import Outbound, eventually, sanitizer_findings

from receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes exactl").decode()


def ids_of(messages):
    return [int(one["headers"]["webhook-id"]) for one in messages]


def taken(messages):
    """Those that were answered with 2xx, each the first time, by chain."""
    chains, known = {}, set()
    for one in messages:
        number = int(one["headers"]["webhook-id"])
        if one["status"] and one["status"] < 300 and number not in known:
            known.add(number)
            chains.setdefault(one["body"]["data"].get("GSW_CHAIN_ID"), []).append(number)
    return chains


class OutboxTest(unittest.TestCase):
    """Receivers and daemons, each with its folder; all are looked at for findings at the end."""

    def receiver(self, **arguments):
        receiver = Receiver(**arguments)
        self.addCleanup(receiver.close)
        return receiver

    def in_order(self, messages):
        for chain, numbers in taken(messages).items():
            self.assertEqual(numbers, sorted(numbers), f"chain {chain}")

    @staticmethod
    def configure(server, *webhooks):
        server.config["http-client"] = [PATIENT]
        server.config["webhooks"] = list(webhooks)
        server.write_config()

    @staticmethod
    def destination(server, name):
        return next(one for one in server.command("outbox")["destinations"] if one["destination"] == name)

    def await_empty(self, server, name):
        """Nothing waits for its time: failures of the test's own making need not be waited for."""
        def empty():
            server.command("outbox-retry", destination=name)
            return self.destination(server, name)["messages"] == 0
        eventually(empty, f"all for {name} is delivered", 60)


class Delivery(OutboxTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.server = Outbound(cls.folder)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.apply()

    @classmethod
    def tearDownClass(cls):
        ended = cls.server.stop()
        text = (cls.folder / "stderr.txt").read_text(errors="replace")
        assert ended == 0 and not sanitizer_findings(text), f"outpostd ended with {ended}: {text[-4000:]}"

    def told(self, *webhooks):
        """Those webhooks from now on; what was there for others is dropped."""
        self.configure(self.server, *webhooks)
        self.server.command("reload")
        courier_of(self.server)
        for one in self.server.command("outbox")["destinations"]:
            self.server.command("outbox-resume", destination=one["destination"])
            self.server.command("outbox-drop", destination=one["destination"], all=True)

    def webhook(self, receiver, name="crm", **more):
        return {"name": name, "url": receiver.url("/" + name), **more}

    def test_each_chain_in_order_while_the_receiver_fails(self):
        count = iter(range(1_000_000))
        receiver = self.receiver(answer=lambda message: 500 if next(count) % 3 == 0 else 204)
        self.told(self.webhook(receiver))
        for i in range(10):
            self.assertEqual(self.server.add(f"+155502{i:02}").status, 200)
        for i in range(10):
            preview = self.server.preview()
            self.assertEqual(preview.status, 200, preview.body)
            handle = preview.json["GSW_RECORD_HANDLE"]
            for request, result in (("UpdateCallCompletionStats", "Busy"), ("UpdateCallCompletionStats", "NoAnswer"),
                                    ("RecordProcessed", 33)):
                answer = self.server.post(f"/records/{handle}?req={request}", {"GSW_CALL_RESULT": result})
                self.assertEqual(answer.status, 200, answer.body)
        self.await_empty(self.server, "webhook:crm")
        messages = receiver.messages()
        self.in_order(messages)
        added = [one for one in messages if one["body"]["type"] == "record.added" and one["status"] == 204]
        self.assertEqual(len(set(ids_of(added))), 10)
        # A message that was taken does not come again.
        numbers = [int(one["headers"]["webhook-id"]) for one in messages if one["status"] == 204]
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertGreaterEqual(max(len(chain) for chain in taken(messages).values()), 2)

    def test_a_webhook_is_signed(self):
        receiver = self.receiver()
        self.told(self.webhook(receiver, secret=SECRET, events="record.added"))
        self.server.add("+15550300")
        self.await_empty(self.server, "webhook:crm")
        message = receiver.messages()[0]
        headers = message["headers"]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message["text"]
        expected = hmac.new(base64.b64decode(SECRET[6:]), signed, hashlib.sha256).digest()
        self.assertEqual(headers["webhook-signature"], "v1," + base64.b64encode(expected).decode())
        self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(message["body"]["data"]["GSW_PHONE"], "+15550300")

    def test_a_server_that_asks_for_time_gets_it(self):
        status = [(503, {"Retry-After": "3000"})]
        receiver = self.receiver(answer=lambda message: status[0])
        self.told(self.webhook(receiver))
        self.server.add("+15550400")
        waiting = eventually(lambda: (one := self.destination(self.server, "webhook:crm"))["standing"] == "waiting" and one,
                             "it waits")
        self.assertGreater(waiting["until"] - waiting["oldest_at"], 2900)
        self.assertEqual(waiting["problem"], "it answers with status 503")
        shown = self.server.ctl("outbox").stdout
        self.assertRegex(shown, r"webhook:crm +http://127.0.0.1:\d+/crm +waiting until 20\S+ +1 +0 +\S.* it answers with status 503")
        # What a status says of messages is some seconds old.
        eventually(lambda: re.search(r"outbox +webhook:crm: waiting, 1 messages; it answers", self.server.ctl("status").stdout),
                   "the status shows it")
        self.assertEqual(len(receiver.messages()), 1)
        status[0] = 200
        self.assertEqual(self.server.ctl("outbox", "retry", "webhook:crm").stdout, "1 message is sent now\n")
        eventually(lambda: self.destination(self.server, "webhook:crm")["messages"] == 0, "it is delivered")
        first, second = receiver.messages()
        self.assertEqual(first["headers"]["webhook-id"], second["headers"]["webhook-id"])

    def test_a_dead_destination_delays_no_other(self):
        receiver, port = self.receiver(), held_port(self)
        self.told({"name": "dead", "url": f"http://127.0.0.1:{port}/"}, self.webhook(receiver))
        for i in range(20):
            self.server.add(f"+155505{i:02}")
        eventually(lambda: len(receiver.messages()) == 20, "the other has all")
        dead = eventually(lambda: (one := self.destination(self.server, "webhook:dead"))["problem"] and one, "it is known")
        self.assertEqual(dead["messages"], 20)
        self.server.await_log(r"40091 outbox: webhook:dead at http://127.0.0.1:\d+/ does not take messages")
        metrics = self.server.ctl("metrics").stdout
        self.assertRegex(metrics, r'outpost_outbox_deliveries_total\{destination="webhook:dead",outcome="unreachable"\} [1-9]')
        alive = self.receiver(port=port)
        self.await_empty(self.server, "webhook:dead")
        self.assertEqual(len(set(ids_of(alive.messages()))), 20)
        self.server.await_log("40092 outbox: webhook:dead takes messages again")

    def test_outpostctl_pauses_shows_drops_and_resumes(self):
        receiver = self.receiver()
        self.told(self.webhook(receiver))
        self.assertEqual(self.server.ctl("outbox", "pause", "webhook:crm").stdout,
                         "webhook:crm is paused: its messages are kept, up to outbox-retention\n")
        for i in range(5):
            self.server.add(f"+155506{i:02}")
        self.assertRegex(self.server.ctl("outbox").stdout, r"webhook:crm .* paused since 20\S+ +5 +0 ")
        listed = self.server.ctl_json("outbox", "list", "webhook:crm", "--limit", "2", "--body")
        first, second = listed["messages"]
        self.assertEqual((first["kind"], first["list"], first["attempts"]), ("webhook", "Spring_2024", 0))
        self.assertEqual(json.loads(first["body"])["data"]["GSW_PHONE"], "+15550600")
        self.assertEqual(listed["next"], second["message_id"])
        shown = self.server.ctl("outbox", "list", "webhook:crm", "--after", str(second["message_id"])).stdout
        self.assertEqual(len(shown.splitlines()), 4)
        self.assertNotIn("+1555", shown, "bodies are for who asks for them")
        number = str(first["message_id"])
        drop = ["outbox", "drop", "webhook:crm"]
        self.assertEqual(self.server.ctl(*drop, "--all", "--dry-run").stdout, "5 messages would be dropped\n")
        self.assertEqual(self.server.ctl(*drop, "--older-than", "1").stdout, "0 messages dropped\n")
        self.assertEqual(self.server.ctl(*drop, "--message", number).stdout, "1 message dropped\n")
        refused = self.server.ctl(*drop, "--message", number, check=False)
        self.assertEqual((refused.returncode, f"webhook:crm has no message {number}" in refused.stderr), (1, True))
        refused = self.server.ctl(*drop, check=False)
        self.assertEqual((refused.returncode, "which messages?" in refused.stderr), (2, True))
        refused = self.server.ctl("outbox", "pause", "webhook:crn", check=False)
        self.assertIn('the outbox has no destination "webhook:crn"; is "webhook:crm" meant?', refused.stderr)
        self.assertEqual(receiver.messages(), [])
        self.server.ctl("outbox", "resume", "webhook:crm")
        eventually(lambda: len(receiver.messages()) == 4, "the others come")
        self.assertNotIn(int(number), ids_of(receiver.messages()))
        self.server.await_log(r'audit: [^\n]*: outbox-drop destination="webhook:crm" message_id=\d+: done removed=1')

    def test_what_is_not_sent_again_is_given_up(self):
        receiver = self.receiver(answer=lambda message: 404)
        self.told(self.webhook(receiver))
        self.server.reload(**{"http-retry-applies-to": "history"})
        self.addCleanup(self.server.reload, **{"http-retry-applies-to": "history, contact-processed, webhooks"})
        self.server.add("+15550700")
        eventually(lambda: len(receiver.messages()) == 1 and self.destination(self.server, "webhook:crm")["messages"] == 0,
                   "it is given up")
        self.server.await_log(r"40093 outbox: 1 messages for webhook:crm were given up: 1 after their last attempt")

    def test_a_courier_that_is_killed_costs_nothing(self):
        go = threading.Event()
        self.addCleanup(go.set)
        receiver = self.receiver(answer=lambda message: go.wait(300) and 200)
        self.told(self.webhook(receiver))
        for i in range(5):
            self.server.add(f"+155508{i:02}")
        eventually(lambda: len(receiver.messages()) == 5, "all are under way")
        os.kill(courier_of(self.server)["pid"], signal.SIGKILL)
        go.set()
        self.await_empty(self.server, "webhook:crm")
        self.assertEqual(len(set(ids_of(receiver.messages()))), 5)


class Deaths(OutboxTest):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)

    def node(self, name, receiver, **options):
        folder = self.directory / name
        folder.mkdir()
        node = Outbound(folder, store=self.store, **options)
        self.configure(node, {"name": "crm", "url": receiver.url("/"), "events": "record.added"})
        self.addCleanup(self.finish, node)
        return node

    def finish(self, node):
        node.close()
        self.assertEqual(sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace")), [])

    def test_a_supervisor_that_is_killed_loses_nothing(self):
        count = iter(range(1_000_000))
        receiver = self.receiver(answer=lambda message: 204 if next(count) % 2 else 500)
        server = self.node("a", receiver).start()
        server.apply()
        added = 0
        for _ in range(3):
            for _ in range(20):
                self.assertEqual(server.add(f"+1555{added:04}").status, 200)
                added += 1
            server.kill()
            server.wait()
            server.start()
        self.await_empty(server, "webhook:crm")
        phones = {one["body"]["data"]["GSW_PHONE"] for one in receiver.messages() if one["status"] == 204}
        self.assertEqual(len(phones), added)
        self.in_order(receiver.messages())

    def test_a_planned_end_sends_nothing_twice(self):
        receiver = self.receiver()
        server = self.node("a", receiver).start()
        server.apply()
        for i in range(200):
            self.assertEqual(server.add(f"+1555{i:04}").status, 200)
        self.assertEqual(server.stop(), 0)
        server.start()
        self.await_empty(server, "webhook:crm")
        numbers = ids_of(receiver.messages())
        self.assertEqual((len(numbers), len(set(numbers))), (200, 200))

    def test_the_next_primary_goes_on(self):
        status = [500]
        receiver = self.receiver(answer=lambda message: status[0])
        redundancy = {"enabled": True, "lease-time": 20_000, "renewal-interval": 250}
        a = self.node("a", receiver, redundancy={**redundancy, "name": "a"}).start()
        a.apply()
        b = self.node("b", receiver, redundancy={**redundancy, "name": "b"}).start(wait=False)
        b.notify.wait("READY=1", process=b.process)
        for i in range(10):
            self.assertEqual(a.add(f"+1555{i:04}").status, 200)
        eventually(lambda: len(receiver.messages()) >= 10, "each was tried")
        status[0] = 200
        self.assertEqual(self.destination(b, "webhook:crm")["standing"], "not primary")
        eventually(lambda: a.ctl("switch", check=False).returncode == 0, "the roles are switched")
        b.await_proxy()
        eventually(lambda: self.destination(b, "webhook:crm")["messages"] == 0, "b delivers what a could not")
        phones = {one["body"]["data"]["GSW_PHONE"] for one in receiver.messages() if one["status"] == 200}
        self.assertEqual(len(phones), 10)
        refused = a.ctl("outbox", "retry", check=False)
        self.assertIn("this outpostd is backup and sends nothing", refused.stderr)


if __name__ == "__main__":
    unittest.main()
