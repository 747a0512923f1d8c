"""What integrators and operators find a request by: its ids in both logs, the access log, the audit; and what an answer
says beside its body: a replay, where the record is, a failure as a problem. One daemon for all."""

import json
import os
import re
import signal
import unittest

from harness import SharedServerTest, eventually

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ADD = "/lists/Spring_2024?req=AddRecord"
COMBINED = re.compile(r'^127\.0\.0\.1 - (\S+) \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "([^"]*)" (\d{3}) (\d+) '
                      r'"([^"]*)" "([^"]*)" (\d+) (\d+\.\d+) "([^"]*)" "([^"]*)"$')


class RequestIds(SharedServerTest):
    def add(self, phone="+15550100", headers=(), target=ADD, **attributes):
        return self.client.post(target, {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring",
                                         **attributes}, headers)

    def access_lines(self):
        files = sorted(self.server.log_directory.glob("outpost_ACCESS.2*.log"))
        return [line for path in files for line in path.read_text().splitlines()]

    def set_access_log(self, form):
        self.server.config["log"]["access"] = form
        self.server.write_config()
        self.server.ctl("reload")

    def test_ids_are_in_both_logs_and_in_the_answer(self):
        answer = self.add(headers={"X-Request-Id": "find-me-7f3c", "traceparent": TRACE})
        self.assertEqual((answer.status, answer.headers["x-request-id"], answer.headers["traceparent"]),
                         (200, "find-me-7f3c", TRACE))
        line = rf'connection (\d+) request 1: request id "find-me-7f3c", traceparent "{TRACE}"\n'
        self.server.await_log(" Int 41033 " + line, proxy=True)
        self.server.await_log(" Int 40075 " + line)
        refused = self.client.post("/lists/none?req=AddRecord", {}, {"X-Request-Id": "refused"})
        self.assertEqual((refused.status, refused.headers["x-request-id"]), (400, "refused"))
        for bad in ("a b", "x" * 129, 'a"b', "a\tb"):
            answer = self.add(headers={"X-Request-Id": bad, "traceparent": TRACE[:-1]})
            self.assertEqual(answer.status, 200)
            self.assertNotIn("x-request-id", answer.headers)
            self.assertNotIn("traceparent", answer.headers)
        self.assertNotIn("x-request-id", self.add().headers)

    def test_an_answer_that_was_kept_says_so(self):
        first, again = (self.add(headers={"Idempotency-Key": "once"}) for _ in range(2))
        self.assertEqual((first.status, first.json), (200, again.json))
        self.assertNotIn("idempotency-replayed", first.headers)
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        self.assertEqual(again.headers["location"], first.headers["location"])
        other = self.add("+15550101", headers={"Idempotency-Key": "once"})
        self.assertEqual(other.status, 400)
        self.assertNotIn("idempotency-replayed", other.headers)
        self.assertNotIn("location", other.headers)

    def test_later_requests_reach_a_new_record_at_its_location(self):
        for tenant, more in (("", ""), ("Resources", "?tenant=Resources")):
            query = f"&tenant={tenant}" if tenant else ""
            location = self.add("+1 (555) 0177", target=ADD + query).headers["location"]
            self.assertEqual(location, "/phones/%2B1%20%28555%29%200177" + more)
            cancel = self.client.post(f"{location}{'&' if more else '?'}req=RequestRecordCancel")
            self.assertEqual(cancel.status, 200, cancel.body)
            self.assertEqual(cancel.json["GSW_MESSAGE"][:2], "1 ")
            self.assertNotIn("location", cancel.headers)

    def test_a_failure_is_a_problem_for_who_asks_for_one(self):
        accept = {"Accept": "application/json, application/problem+json"}
        problem = self.client.post(ADD, {"GSW_TZ_NAME": "GMT", "GSW_REFERENCE_ID": 7}, accept)
        self.assertEqual((problem.status, problem.headers["content-type"]), (400, "application/problem+json"))
        said = problem.json
        plain = self.client.post(ADD, {"GSW_TZ_NAME": "GMT", "GSW_REFERENCE_ID": 7})
        self.assertEqual(plain.headers["content-type"], "application/json")
        self.assertEqual({key: value for key, value in said.items() if key.startswith("GSW_")}, plain.json)
        self.assertEqual((said["type"], said["title"], said["status"], said["detail"]),
                         ("urn:outpost:error:MissingAttribute", "Missing attribute", 400, plain.json["GSW_ERROR"]))
        self.assertRegex(said["instance"], r"^urn:outpost:exchange:\d+\.1$")
        self.assertEqual(self.add(headers=accept).headers["content-type"], "application/json")

    def test_the_access_log_begins_and_ends_with_the_option(self):
        self.assertEqual(self.access_lines(), [])
        self.set_access_log("combined")
        log = self.server.log_directory / "outpost_ACCESS.log"
        self.assertEqual(self.server.status()["logs"]["access"], str(log))
        body = self.add("+15550188", {"User-Agent": 'shop/1 "x"\\', "X-Request-Id": "in-access"}).body
        self.client.post("/phones/+15550188?req=DoNotCall&phone=+15550188")
        self.client.request("GET", "/customer_ids/C7?req=AddRecord")
        eventually(lambda: len(self.access_lines()) == 3, "three lines")
        lines = [COMBINED.match(line) for line in self.access_lines()]
        self.assertTrue(all(lines), self.access_lines())
        self.assertEqual(lines[0].group(1, 2, 3, 4, 5, 6), ("-", f"POST {ADD} HTTP/1.1", "200", str(len(body)), "-",
                                                            r"shop/1 \x22x\x22\x5c"))
        self.assertEqual(lines[0].group(9, 10), ("in-access", "-"))
        self.assertEqual(lines[1].group(2), "POST /phones/***?req=DoNotCall&***=*** HTTP/1.1")
        self.assertEqual(lines[2].group(2, 3), ("GET /customer_ids/***?req=AddRecord HTTP/1.1", "400"))
        self.assertNotIn("5550188", "".join(self.access_lines()))

        first = os.readlink(log)
        self.server.kill(signal.SIGUSR1)
        eventually(lambda: os.readlink(log) != first, "another file")
        self.set_access_log("json")
        self.add()
        eventually(lambda: self.access_lines()[-1].startswith("{"), "a line of JSON")
        line = json.loads(self.access_lines()[-1])
        self.assertEqual((line["client"], line["method"], line["target"], line["status"]),
                         ("127.0.0.1", "POST", ADD, 200))
        self.assertTrue(log.read_text().startswith("{"), "a file of the access log has no header")

        self.set_access_log("off")
        before = self.access_lines()
        self.add()
        self.assertNotIn("access", self.server.status()["logs"])
        self.set_access_log("json")  # on again, in a file of its own
        self.add()
        eventually(lambda: len(self.access_lines()) > len(before), "a line of JSON")
        self.assertEqual(len(self.access_lines()), len(before) + 1)
        self.set_access_log("off")

    def test_who_changed_what_is_audited(self):
        who = rf" Std 40053 audit: uid {os.geteuid()}[^,\n]*, pid \d+: "
        self.server.ctl("token", "add", "shop", "--resources", "lists")
        self.server.ctl("token", "add", "shop", check=False)
        self.server.ctl("token", "list")
        self.server.ctl("dnc", "add", "--phone", "+15550166")
        self.server.ctl("recall", "Spring_2024", "--dry-run", check=False)
        self.server.await_log(who + r'token-add (?=.*name="shop")(?=.*digest=\(64 bytes\)).*resources=\["lists"\].*: done( [^\n]*)?\n')
        self.server.await_log(who + r'token-add .*name="shop".*: refused: .+\n')
        self.server.await_log(who + r"dnc-add .*entries=\(1 items\).*: done( [^\n]*)?\n")
        self.server.ctl("reload")
        self.server.await_log(who + r"reload: done( [^\n]*)?\n")
        text = self.server.log_text()
        audits = [line for line in text.splitlines() if " 40053 " in line]
        self.assertFalse([line for line in audits if "token-list" in line or "5550166" in line])
        self.assertTrue([line for line in audits if ": apply " in line], "that of the catalogue")
        self.assertTrue([line for line in audits if ": recall " in line and "dry_run=true" in line], "with what it was")


if __name__ == "__main__":
    unittest.main()
