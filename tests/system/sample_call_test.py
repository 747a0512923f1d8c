"""outpostctl test-call NAME: a sample of what is configured goes to a real server, and what came of it is shown."""
import json
import shutil
import tempfile
import unittest

from courier import PATIENT, courier_of, start_server
from harness import SharedServerTest

from strange_server import StrangeServer

SECRET = "a secret of sixteen bytes and more"


class SampleCall(SharedServerTest):
    @classmethod
    def setUpClass(cls):
        cls.peer = StrangeServer()
        cls.addClassCleanup(cls.peer.close)
        url = cls.peer.url
        folder = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.server = start_server(
            folder,
            [{"name": "default", **PATIENT},
             {"name": "reports", **PATIENT, "http-custom-headers": "Authorization: Bearer s3cret"}],
            [{"name": "crm", "url": url("/hook"), "secret": SECRET}],
            application={"pre-dial-validation": True, "validation-uri": url("/plain/409"), "send-history": True,
                         "history-uri": url("/echo?key=topsecret"), "history-http-client": "reports",
                         "campaigngroup-states-uri": url("/status/503")})
        cls.addClassCleanup(cls.server.close)
        cls.server.apply()
        courier_of(cls.server)

    def call(self, name, *more, status=0):
        done = self.server.ctl("test-call", name, *more, check=False)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_a_report_is_sent_as_a_real_one_would_be(self):
        shown = self.call("history")
        sent = self.peer.requests[-1]
        self.assertEqual((sent["method"], sent["target"]), ("POST", "/echo?key=topsecret"))
        headers = sent["headers"]
        self.assertEqual((headers["x-outpost-test"], headers["content-type"]), ("1", "application/json"))
        self.assertEqual(headers["authorization"], "Bearer s3cret", "by the client of the reports")
        self.assertIn("x-outpost-message-id", headers)
        body = json.loads(sent["body"])
        self.assertEqual((body["GSW_PHONE"], body["GSW_HIST_SEQUENCE_NUM"], body["GSW_CALL_RESULT"]), ("+15550100", 1, 33))
        for text in (f"request  POST http://127.0.0.1:{self.peer.port}/echo?***, by http-client reports\n",
                     "header   X-Outpost-Test: 1\n", '"GSW_PHONE":"+15550100"', "answer   200 over HTTP/1.1",
                     "meaning  it would count as delivered\n"):
            self.assertIn(text, shown)
        request = shown.partition("\nanswer ")[0]  # what answers here tells all that it was sent
        for secret in ("s3cret", "topsecret"):
            self.assertNotIn(secret, request)

    def test_what_an_answer_would_have_meant_is_said(self):
        self.assertIn("handed to nobody", self.call("validation"))
        shown = self.call("campaigngroup-states", "--group", "Spring@Group")
        self.assertIn("never sent again", shown)
        self.assertIn("but it is not switched on", shown)
        self.assertEqual(json.loads(self.peer.requests[-1]["body"])["GSW_CAMPAIGN_GROUP_NAME"], "Spring@Group")
        reply = self.server.ctl_json("test-call", "webhook:crm")
        self.assertEqual((reply["name"], reply["status"], reply["switched_on"]), ("webhook:crm", 200, True))
        self.assertEqual(json.loads(reply["request"]["body"])["type"], "record.added")
        self.assertIn("webhook-id", self.peer.requests[-1]["headers"])

    def test_no_answer_is_a_failure(self):
        self.server.reload(**{"validation-uri": self.peer.url("/nothing")})
        self.addCleanup(self.server.reload, **{"validation-uri": self.peer.url("/plain/409")})
        shown = self.call("validation", status=1)
        self.assertIn("broken: ", shown)
        self.assertIn("due again in 300 s", shown)

    def test_mistakes_are_named(self):
        for arguments, status, text in (
                (("histry",), 1, "is history meant?; valid: validation, history, contact-processed, campaigngroup-states, "
                                 "webhook crm"),
                (("contact-processed",), 1, "contact-processed-notification-uri"),
                (("history", "--group", "Sprig@Group"), 1, 'is "Spring@Group" meant?'),
                (("crm", "--group", "201"), 1, "takes no group"),
                (("history", "--method", "GET"), 2, "go with a URL"),
                (("http://127.0.0.1:1/", "--group", "201"), 2, "--group goes with NAME")):
            self.assertIn(text, self.call(*arguments, status=status))
        self.server.await_log('sample-call name="histry": refused: not found')


if __name__ == "__main__":
    unittest.main()
