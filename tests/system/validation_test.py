"""Pre-dial validation (ocs.md 6.4): a record is handed out when its validator agrees, and is nobody's as long as it is asked."""
import json
import os
import signal
import socket
import struct
import threading
import unittest

import engines
from courier import courier_of
from harness import SCALE, Outbound, SystemTest, eventually, read_response, sanitizer_findings

from rules_server import HANG, RulesServer
from strange_server import StrangeServer

TIMEOUT_RESULT = 40
DELAY = 600


def answer(status, body=b"", **headers):
    return lambda record: (status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


class ValidationTest(SystemTest):
    def configure(self, server, url, **application):
        server.config["http-client"] = [{"http-response-timeout": 250, "http-connect-timeout": 60,
                                         "http-connection-pool-size": 300, "http-max-connections": 300}]
        server.config["application"].update({"pre-dial-validation": True, "validation-uri": url,
                                             "validation-timeout-call-result": TIMEOUT_RESULT,
                                             "validation-retry-delay": DELAY, **application})
        server.write_config()

    def rules(self):
        rules = RulesServer()
        self.addCleanup(rules.close)
        return rules

    def validating(self, **application):
        rules = self.rules()
        server = self.outpost(application=application.pop("start", {}))
        self.configure(server, rules.url, **application)
        server.start()
        server.apply()
        courier_of(server)
        return server, rules

    def statuses(self, server):
        return dict(server.rows("SELECT contact_info, record_status FROM records"))

    def await_status(self, server, phone, status):
        eventually(lambda: self.statuses(server)[phone] == status, f"{phone} has status {status}")

    def waiting_preview(self, server, rules, **headers):
        """A preview whose validator has been asked, and does not answer."""
        rules.script = lambda record: HANG
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=300 * SCALE)
        self.addCleanup(peer.close)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        peer.sendall(f"POST /campaigngroups/201?req=PreviewRecordRequest HTTP/1.1\r\nHost: localhost\r\n{lines}"
                     "Content-Length: 0\r\n\r\n".encode())
        self.assertTrue(rules.arrived.acquire(timeout=60 * SCALE))
        return peer

    def test_each_verdict(self):
        server, rules = self.validating()

        def preview(script):
            rules.script = script
            return server.preview().json

        accepted = [answer(200, b"OK"), answer(200, b""), answer(200, {}),
                    lambda record: (200, b"OK", {"ETag": f'"{record["GSW_RECORD_HANDLE"]}"'})]
        for number, script in enumerate(accepted):
            server.add(f"+1555010{number}", STATE="ME")
            reply = preview(script)
            self.assertEqual(reply["GSW_PHONE"], f"+1555010{number}", reply)
        record, form = rules.asked[0]
        self.assertEqual(form, "application/json")
        self.assertEqual((record["GSW_PHONE"], record["STATE"], record["GSW_CALLING_LIST"]),
                         ("+15550100", "ME", "Spring_2024"))

        server.add("+15550110", STATE="ME")
        reply = preview(answer(200, {"GSW_PHONE": "+15550111", "STATE": "VT", "UNKNOWN": "x"}))
        self.assertEqual((reply["GSW_PHONE"], reply["STATE"]), ("+15550111", "VT"))
        self.assertNotIn("UNKNOWN", reply)

        # Refused: the next record is tried, for the same request.
        for phone in ("+15550120", "+15550121", "+15550122"):
            server.add(phone)
        results = {"+15550120": {"GSW_CALL_RESULT": 35}, "+15550121": {}}
        reply = preview(lambda record: (409, json.dumps(results[record["GSW_PHONE"]]).encode(), {})
                        if record["GSW_PHONE"] in results else (200, b"OK", {}))
        self.assertEqual(reply["GSW_PHONE"], "+15550122", reply)
        self.assertEqual(dict(server.rows("SELECT contact_info, call_result FROM records WHERE contact_info IN "
                                          "('+15550120', '+15550121') AND record_status = 3 AND attempt = 0")),
                         {"+15550120": 35, "+15550121": TIMEOUT_RESULT})

        # Nobody can say: it is due again later, and the next preview is another record's.
        failures = [answer(500), answer(204), answer(302, Location="/"), answer(200, b"ETag", ETag='"another"'),
                    answer(409, ETag="another"), answer(200, b"x" * 70_000), answer(200, b"nonsense"),
                    answer(200, {"GSW_TZ_NAME": "Nowhere"}), answer(200, {"GSW_CALL_RESULT": 99})]
        for number, script in enumerate(failures):
            server.add(f"+1555013{number}")
            reply = preview(script)
            self.assertEqual(reply["GSW_ERROR_NUMBER"], 131, reply)
            self.assertIn("pre-dial validation failed: ", reply["GSW_ERROR"])
            self.assertIn(f"due again in {DELAY} s", reply["GSW_ERROR"])
        self.assertEqual(server.rows("SELECT DISTINCT record_status, call_result, attempt, dial_sched_time > 0 FROM records "
                                     "WHERE contact_info LIKE '+1555013%'"), [(1, TIMEOUT_RESULT, 0, 1)])
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")
        text = server.log_text()
        self.assertIn("pre-dial validation fails: ", text)
        server.await_log("pre-dial validation works again")
        eventually(lambda: 'outpost_validations_total{verdict="accepted"} 6' in server.ctl("metrics").stdout,
                   "they are counted")

    def test_a_validator_that_is_not_there_or_does_not_answer(self):
        server, _ = self.validating()
        strange = StrangeServer()
        self.addCleanup(strange.close)
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            dead = f"http://127.0.0.1:{holder.getsockname()[1]}/"
            self.configure(server, dead)
            server.command("reload")
            server.add("+15550100")
            self.assertEqual(server.preview().status, 500)
        server.config["http-client"][0]["http-response-timeout"] = round(SCALE)
        server.config["application"]["validation-uri"] = strange.url("/hang")
        server.reload()
        server.add("+15550101")
        reply = server.preview()
        self.assertEqual((reply.status, reply.json["GSW_ERROR_NUMBER"]), (504, 132))
        self.assertIn("did not answer in time", reply.json["GSW_ERROR"])
        self.assertEqual(self.statuses(server), {"+15550100": 1, "+15550101": 1})

    def test_others_go_on_while_a_hundred_previews_wait(self):
        server, rules = self.validating()
        for number in range(100):
            server.add(f"+15551{number:03}")
        rules.script = lambda record: HANG if not rules.let_go.is_set() else (200, b"OK", {})
        peers = [self.waiting_preview(server, rules) for _ in range(100)]
        self.assertEqual(server.status()["validating"], 100)
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual(server.add("+15552000").status, 200)
        cancelled = server.post("/phones/%2B15551007?req=RequestRecordCancel", {"GSW_CALLING_LIST": "Spring_2024"})
        self.assertEqual(cancelled.json["GSW_MESSAGE"], "1 record was cancelled")
        handle = rules.asked[0][0]["GSW_RECORD_HANDLE"]
        guess = server.post(f"/records/{handle}?req=RecordProcessed").json
        self.assertEqual(guess["GSW_ERROR_NUMBER"], 110, guess)
        rules.let_go.set()  # 503: each is due again, and nobody is given the one that was cancelled
        numbers = []
        for peer in peers:
            with peer.makefile("rb") as stream:
                numbers.append(json.loads(read_response(stream).body)["GSW_ERROR_NUMBER"])
        self.assertEqual(numbers, [131] * 100)
        self.assertEqual(self.statuses(server)["+15551007"], 5)

    def test_a_client_that_leaves(self):
        server, rules = self.validating()
        server.add("+15550100")
        peer = self.waiting_preview(server, rules, **{"Idempotency-Key": "one"})
        again = server.post("/campaigngroups/201?req=PreviewRecordRequest", {}, {"Idempotency-Key": "one"})
        self.assertEqual((again.status, again.json["GSW_ERROR_NUMBER"]), (503, 134), again.body)
        self.await_status(server, "+15550100", 2)
        peer.close()
        self.await_status(server, "+15550100", 1)
        peer = self.waiting_preview(server, rules)
        self.await_status(server, "+15550100", 2)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()  # with a reset
        self.await_status(server, "+15550100", 1)
        rules.script = answer(200, b"OK")
        again = server.post("/campaigngroups/201?req=PreviewRecordRequest", {}, {"Idempotency-Key": "one"})
        self.assertEqual(again.json["GSW_PHONE"], "+15550100", again.body)
        self.assertEqual(server.rows("SELECT call_result, attempt FROM records"), [(28, 0)])

    def test_a_client_that_has_only_ended_its_side_is_answered_and_gets_no_record(self):
        server, rules = self.validating()
        server.add("+15550100")
        peer = self.waiting_preview(server, rules)
        peer.shutdown(socket.SHUT_WR)  # it cannot be told from one that has left
        with peer.makefile("rb") as stream:
            answer = read_response(stream)
        self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (504, 132), answer.body)
        self.await_status(server, "+15550100", 1)

    def test_the_supervisor_is_killed(self):
        server, rules = self.validating()
        server.add("+15550100")
        self.waiting_preview(server, rules)
        server.kill()
        server.wait()
        self.assertEqual(self.statuses(server), {"+15550100": 2})
        server.start()
        self.await_status(server, "+15550100", 1)
        rules.script = answer(200, b"OK")
        self.assertEqual(server.preview().json["GSW_PHONE"], "+15550100")

    def test_the_proxy_is_killed(self):
        server, rules = self.validating()
        server.add("+15550100")
        self.waiting_preview(server, rules)
        os.kill(server.proxy_pid, signal.SIGKILL)
        self.await_status(server, "+15550100", 1)
        server.await_proxy()
        rules.script = answer(200, b"OK")
        self.assertEqual(server.preview().json["GSW_PHONE"], "+15550100")

    def test_the_courier_is_killed(self):
        server, rules = self.validating(**{"http-retry-applies-to": "validation", "http-retry-max-attempts": 3})
        server.add("+15550100")
        peer = self.waiting_preview(server, rules)
        rules.script = answer(200, b"OK")
        os.kill(courier_of(server)["pid"], signal.SIGKILL)
        with peer.makefile("rb") as stream:
            self.assertEqual(json.loads(read_response(stream).body)["GSW_PHONE"], "+15550100")
        self.assertEqual(len(rules.asked), 2)

    def test_the_supervisor_is_told_to_stop(self):
        server, rules = self.validating()
        server.add("+15550100")
        peer = self.waiting_preview(server, rules)
        server.kill(signal.SIGTERM)
        with peer.makefile("rb") as stream:
            reply = read_response(stream)
        self.assertEqual((reply.status, json.loads(reply.body)["GSW_ERROR_NUMBER"]), (503, 133), reply.body)
        self.assertEqual(server.wait(), 0)
        self.assertEqual(self.statuses(server), {"+15550100": 1})

    def test_the_encoding_holds_for_updates_too(self):
        server, rules = self.validating(start={"encoding": "ISO-8859-1"})
        server.add("+15550100", STATE="Müller")
        rules.script = answer(200, {"STATE": "Größe"})
        self.assertEqual(server.preview().json["STATE"], "Größe")
        self.assertEqual(rules.asked[0][0]["STATE"], "Müller")
        server.add("+15550101")
        rules.script = answer(200, {"STATE": "中"})
        self.assertEqual(server.preview().json["GSW_ERROR_NUMBER"], 131)
        self.assertEqual(self.statuses(server)["+15550101"], 1)

    def test_the_role_moves(self):
        store = engines.new_store(self.directory)
        self.addCleanup(store.close)
        rules = self.rules()
        nodes = {}
        for name in ("a", "b"):
            os.mkdir(f"{self.directory}/{name}")
            node = nodes[name] = Outbound(f"{self.directory}/{name}", store=store,
                                          redundancy={"enabled": True, "name": name, "lease-time": 20_000,
                                                      "renewal-interval": 250})
            self.addCleanup(self.end, node)
            self.configure(node, rules.url)
        a, b = nodes.values()
        a.start()
        a.apply()
        courier_of(a)
        b.start(wait=False)
        b.notify.wait("READY=1", process=b.process)
        a.add("+15550100")
        peer = self.waiting_preview(a, rules)
        rules.script = answer(200, b"OK")
        switch = threading.Thread(target=lambda: eventually(
            lambda: a.ctl("switch", "--to", "b", check=False).returncode == 0, "b is known, and takes over"))
        switch.start()
        with peer.makefile("rb") as stream:
            reply = read_response(stream)
        switch.join()
        self.assertEqual((reply.status, json.loads(reply.body)["GSW_ERROR_NUMBER"]), (503, 133), reply.body)
        b.await_proxy()
        self.assertEqual(b.preview().json["GSW_PHONE"], "+15550100")

    def end(self, node):
        node.close()
        self.assertEqual(sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace")), [])


if __name__ == "__main__":
    unittest.main()
