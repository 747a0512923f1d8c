"""Each error number and status that today's requests can cause, with a sentence. The expectations are those of the
protocol document (3.6, 5.1, 1.1 to 1.4), not of the code."""
import json
import os
import signal
import sqlite3
import unittest

import engines
from harness import SystemTest

GOOD = {"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}


def but(**changes):
    body = {**GOOD, **changes}
    return {key: value for key, value in body.items() if value is not ...}


ADD = "/lists/Spring_2024?req=AddRecord"

# (what, method, target, body, status, number)
CASES = [
    ("no such request", "POST", "/lists/Spring_2024?req=FlyToTheMoon", GOOD, 501, 101),
    ("another resource's request", "POST", "/lists/Spring_2024?req=RecordProcessed", GOOD, 400, 102),
    ("no request", "POST", "/lists/Spring_2024", GOOD, 400, 103),
    ("no phone", "POST", ADD, but(GSW_PHONE=...), 400, 103),
    ("no zone", "POST", ADD, but(GSW_TZ_NAME=...), 400, 103),
    ("null phone is no phone", "POST", ADD, but(GSW_PHONE=None), 400, 103),
    ("campaign needed: two campaigns have the list", "POST", "/lists/Two_Campaigns?req=AddRecord",
     but(GSW_CAMPAIGN_NAME=...), 400, 103),
    ("personal callback without an agent", "POST", ADD, but(GSW_RECORD_TYPE=5), 400, 103),
    ("unknown zone", "POST", ADD, but(GSW_TZ_NAME="Mars"), 400, 104),
    ("call result above 53", "POST", ADD, but(GSW_CALL_RESULT=54), 400, 104),
    ("call result as a word that is none", "POST", ADD, but(GSW_CALL_RESULT="Nonsense"), 400, 104),
    ("integer that is none", "POST", ADD, but(GSW_FROM="early"), 400, 104),
    ("window upside down", "POST", ADD, but(GSW_FROM=50000, GSW_UNTIL=40000), 400, 104),
    ("date that is none", "POST", ADD, but(GSW_DATE_TIME="31/12/2026 25:61"), 400, 104),
    ("unknown chain", "POST", ADD, but(GSW_CHAIN_ID=4711), 400, 104),
    ("phone too long", "POST", ADD, but(GSW_PHONE="5" * 129), 400, 104),
    ("no JSON", "POST", ADD, b"this is no JSON", 400, 105),
    ("duplicate key", "POST", ADD, b'{"GSW_PHONE":"1","GSW_PHONE":"2"}', 400, 105),
    ("invalid UTF-8", "POST", ADD, b'{"GSW_PHONE":"\xff\xfe"}', 400, 105),
    ("half a million nested arrays", "POST", ADD, b"[" * 60000, 400, 105),
    ("body names another list", "POST", ADD, but(GSW_CALLING_LIST="Closed"), 400, 106),
    ("body names another handle", "POST", "/records/1?req=RecordProcessed", {"GSW_RECORD_HANDLE": 2}, 400, 106),
    ("unknown handle", "POST", "/records/999999?req=RecordProcessed", {}, 404, 110),
    ("unknown list", "POST", "/lists/None?req=AddRecord", GOOD, 404, 111),
    ("disabled list", "POST", "/lists/Closed?req=AddRecord", GOOD, 404, 111),
    ("unknown group", "POST", "/campaigngroups/999?req=PreviewRecordRequest", {}, 404, 112),
    ("unknown tenant", "POST", ADD + "&tenant=Nobody", GOOD, 404, 113),
    ("unknown campaign", "POST", ADD, but(GSW_CAMPAIGN_NAME="Winter"), 404, 114),
    ("group not loaded", "POST", "/campaigngroups/202?req=PreviewRecordRequest", {}, 409, 121),
    ("group not running", "POST", "/campaigngroups/203?req=PreviewRecordRequest", {}, 409, 122),
    ("group not in preview mode", "POST", "/campaigngroups/204?req=PreviewRecordRequest", {}, 409, 123),
    ("another application", "POST", ADD, but(GSW_APPLICATION_ID=7), 409, 124),
]

# (what, method, target, status)
TARGETS = [
    ("unknown resource type", "POST", "/agents/1?req=AddRecord", 404),
    ("empty id", "POST", "/lists/?req=AddRecord", 400),
    ("further segment", "POST", "/lists/a/b/c", 400),
    ("request in path and query", "POST", "/lists/Spring_2024/AddRecord?req=AddRecord", 400),
    ("unknown request in the path", "POST", "/lists/Spring_2024/b", 501),
    ("NUL in the id", "POST", "/lists/a%00b?req=AddRecord", 400),
    ("bad triplet", "POST", "/lists/a%zz?req=AddRecord", 400),
    ("invalid UTF-8 in the id", "POST", "/lists/%ff?req=AddRecord", 400),
    ("two requests", "POST", "/lists/Spring_2024?req=AddRecord&req=AddRecord", 400),
    ("handle that is no number", "POST", "/records/abc?req=RecordProcessed", 400),
]


class Errors(SystemTest):
    def check(self, answer, status, number, what):
        self.assertEqual(answer.status, status, (what, answer.body))
        self.assertEqual(answer.json["GSW_USER_EVENT"], "Error", what)
        if number:
            self.assertEqual(answer.json["GSW_ERROR_NUMBER"], number, (what, answer.body))
        text = answer.json["GSW_ERROR"]
        self.assertTrue(10 < len(text.encode()) <= 200 and "\n" not in text, (what, text))

    def test_each_number_and_status(self):
        server = self.running()
        for what, method, target, body, status, number in CASES:
            with self.subTest(what):
                self.check(server.request(method, target, body), status, number, what)
        for what, method, target, status in TARGETS:
            with self.subTest(what):
                self.check(server.request(method, target, GOOD), status, None, what)
        self.assertEqual(server.rows("SELECT count(*) FROM records"), [(0,)])

    def test_methods(self):
        server = self.running()
        for method in ("DELETE", "PATCH", "GET"):
            with self.subTest(method):
                answer = server.request(method, ADD)
                self.assertEqual((answer.status, answer.headers["Allow"]), (405, "POST, PUT"))
        self.assertEqual(server.request("PUT", ADD, GOOD).status, 200)
        head = server.request("HEAD", ADD)
        self.assertEqual((head.status, head.body), (405, b""))

    def test_http_limits(self):
        server = self.running()
        self.assertEqual(server.post(ADD, b'{"GSW_PHONE":"' + b"1" * 70000 + b'"}').status, 413)
        self.assertEqual(server.post("/lists/" + "a" * 9000 + "?req=AddRecord", GOOD).status, 414)
        self.assertEqual(server.post(ADD, GOOD, {"X-Long": "a" * 17000}).status, 431)
        self.assertEqual(server.post(ADD, GOOD, {f"X-{n}": "a" for n in range(70)}).status, 431)
        self.assertEqual(server.post(ADD, GOOD, {"Content-Encoding": "gzip"}).status, 415)
        self.assertEqual(server.post(ADD, GOOD, {"Expect": "a miracle"}).status, 417)
        self.assertIn(b" 505 ", server.raw(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n").split(b"\r\n")[0])
        self.assertIn(b" 400 ", server.raw(b"GET / HTTP/1.1\r\n\r\n").split(b"\r\n")[0])
        self.assertEqual(server.add().status, 200)

    def test_html_for_those_who_ask_for_html_only(self):
        server = self.running()
        answer = server.post("/lists/None?req=AddRecord", GOOD, {"Accept": "text/html"})
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertRegex(answer.body.decode(), r"^<html><body>111 .*</body></html>$")

    def test_the_clients_reference_comes_back(self):
        server = self.running()
        good = server.post(ADD, but(GSW_REFERENCE_ID="mine-1"))
        self.assertEqual(good.json["GSW_REFERENCE_ID"], "mine-1")
        bad = server.post(ADD, but(GSW_REFERENCE_ID=77, GSW_TZ_NAME="Mars"))
        self.assertEqual(bad.json["GSW_REFERENCE_ID"], 77)
        self.assertNotIn("GSW_REFERENCE_ID", server.post(ADD, GOOD).json)

    @unittest.skipUnless(engines.ENGINE == "sqlite", "nobody can lock all of a PostgreSQL store")
    def test_a_store_that_is_locked_is_unavailable_and_nothing_is_half_done(self):
        server = self.running()
        lock = sqlite3.connect(server.store_path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        self.check(server.add(), 503, 135, "locked")
        lock.execute("ROLLBACK")
        lock.close()
        self.assertEqual(server.add().status, 200)
        self.assertEqual(server.rows("SELECT count(*) FROM records"), [(1,)])

    def test_no_answer_in_time_is_504_and_may_still_take_effect(self):
        server = self.running(application={"http-request-timeout": 1})
        connection = server.connect()
        self.assertEqual(server.add(connection=connection).status, 200)
        server.kill(signal.SIGSTOP)
        answer = server.add("+15550101", connection=connection)
        server.kill(signal.SIGCONT)
        self.check(answer, 504, 132, "timeout")
        self.assertIn("may", answer.json["GSW_ERROR"])
        # The late answer belongs to nobody: the next request on the same connection gets its own.
        own = server.add("+15550102", connection=connection)
        self.assertEqual((own.status, own.json["GSW_PHONE"]), (200, "+15550102"))
        connection.close()

    def test_a_full_window_is_503_with_retry_after(self):
        server = self.running(application={"http-request-timeout": 1, "channel-window": 1})
        first, second = server.connect(), server.connect()
        server.kill(signal.SIGSTOP)
        body = json.dumps(GOOD)
        first.request("POST", ADD, body)
        second.request("POST", ADD, body)
        answers = [c.getresponse() for c in (first, second)]
        bodies = [json.loads(a.read()) for a in answers]
        server.kill(signal.SIGCONT)
        self.assertEqual(sorted(a.status for a in answers), [503, 504])
        refused = next(a for a in answers if a.status == 503)
        self.assertEqual(refused.headers["Retry-After"], "5")
        self.assertIn(134, [b["GSW_ERROR_NUMBER"] for b in bodies])
        first.close()
        second.close()


if __name__ == "__main__":
    unittest.main()
