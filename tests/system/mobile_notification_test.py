"""The Notification API of a mobile node: subscriptions, events, and their deliveries to servers that answer, refuse, fail or
never answer. Source: gms.md 3, mobile.md 9.3."""

import json
import socket
import threading
import time
import unittest

from harness import eventually
from mobile import API, FORM, JSON, SharedNodeTest
from receiver import Receiver

SUBSCRIPTION = "notification/subscription"
PUBLISH = "notification/publish"
ID = r"^[0-9a-f]{32}$"


class NotificationTest(SharedNodeTest):
    sections = {"push": {"pushEnabled": "httpcb,orscb,ios"}}

    def target(self, answer=None):
        """A server whose messages are texts; gone after the test."""
        made = Receiver(answer=answer or (lambda message: 200), read=bytes.decode)
        self.addCleanup(made.close)
        return made

    def post(self, path, body, to=None):
        return self.node.ask("POST", path, json.dumps(body), JSON, to)

    @staticmethod
    def wanted(device, tag, kind="httpcb", **more):
        return {"subscriberId": "test", "filter": tag, "expire": 600,
                "notificationDetails": {"type": kind, "deviceId": device}, **more}

    def subscribe(self, device, tag, **more):
        """Gone after the test, so that the next one's events do not come."""
        answer = self.post(SUBSCRIPTION, self.wanted(device, tag, **more))
        self.assertEqual(answer.status, 200, answer.body)
        self.addCleanup(self.node.ask, "DELETE", f"{SUBSCRIPTION}/{answer.json['id']}")
        return answer.json["id"]

    def publish(self, tag, message, **more):
        answer = self.post(PUBLISH, {"tag": tag, "message": message, **more})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertRegex(answer.json["id"], ID)
        return answer.json["id"]

    def counts(self):
        return self.node.get("admin/counters").json["notification"]["httpcb"]

    def await_given_up(self, subscription, tries, why):
        self.node.await_log(rf"subscription {subscription} \(httpcb\), given up at try {tries}: {why}")


class Subscriptions(NotificationTest):
    def test_one_is_made_shown_and_removed(self):
        made = self.post(SUBSCRIPTION, self.wanted("http://127.0.0.1:9/x", "a.*", authorization="ann:sekrit"))
        self.assertEqual(made.status, 200, made.body)
        path = f"{SUBSCRIPTION}/{made.json['id']}"
        shown = self.node.get(path).json
        self.assertGreater(shown.pop("expire"), 0)
        self.assertEqual(shown, {"id": made.json["id"], "subscriberId": "test", "filter": "a.*", "notificationDetails": {
            "type": "httpcb", "deviceId": "http://127.0.0.1:9/x", "properties": {}}})
        self.assertEqual(self.node.ask("DELETE", path).status, 200)
        for method in ("GET", "DELETE"):
            self.check_error(self.node.ask(method, path), 404, "NotFound")
        self.node.await_log(r"DELETE /genesys/1/notification/subscription/\{id\}")
        self.assertNotIn("sekrit", self.node.log_text())

    def test_what_is_none_is_refused_with_a_sentence(self):
        for body, text in (({}, "subscriberId is missing"),
                           (self.wanted("http://a", "*", "sms"), "valid: android, comet, gcm, httpcb, ios, orscb"),
                           (self.wanted("token", "*", "ios"), "type ios are not delivered by this node"),
                           (self.wanted("https://a", "*"), "plain HTTP"),
                           (self.wanted("http://a", "*", providerName="none"), "push.provider.none")):
            with self.subTest(text):
                self.check_error(self.post(SUBSCRIPTION, body), 400, "BadRequest", text)
        self.check_error(self.node.ask("POST", SUBSCRIPTION, "{", JSON), 400, "BadRequest", "line 1, column ")
        self.check_error(self.node.ask("POST", SUBSCRIPTION, "a=1", FORM), 415, "UnsupportedMediaType", "application/json")
        self.check_error(self.node.ask("PUT", SUBSCRIPTION), 405, "MethodNotAllowed")

    def test_strangers_neither_publish_nor_make_the_node_post(self):
        self.check_error(self.post(PUBLISH, {"tag": "a", "message": "b"}, to="external"), 403, "NotAllowed")
        self.check_error(self.post(SUBSCRIPTION, self.wanted("http://a", "*"), to="external"), 403, "NotAllowed")
        self.check_error(self.post(SUBSCRIPTION, self.wanted("S1", "*", "orscb"), to="external"), 403, "NotAllowed")
        made = self.post(SUBSCRIPTION, self.wanted("ann", "strangers", "comet"), to="external")
        self.assertEqual(made.status, 200, made.body)
        self.assertEqual(self.node.ask("DELETE", f"{API}/{SUBSCRIPTION}/{made.json['id']}", to="external").status, 200)


class Deliveries(NotificationTest):
    def test_a_subscriber_gets_one_post_with_the_text(self):
        crm, other = self.target(), self.target()
        self.subscribe(crm.url("/hook?x=1"), "order.*", authorization="ann:secret")
        self.subscribe(other.url(), "invoice.*")
        self.publish("order.new", "Grüße")
        eventually(crm.messages, "the callback comes")
        self.publish("order.new", {"n": 1.5})
        eventually(lambda: len(crm.messages()) == 2, "the second comes")
        text, structure = crm.messages()
        self.assertEqual((text["path"], text["body"]), ("/hook?x=1", "Grüße"))
        self.assertEqual(text["headers"]["content-type"], "text/plain;charset=UTF-8")
        self.assertEqual(text["headers"]["authorization"], "Basic YW5uOnNlY3JldA==")
        self.assertEqual(structure["body"], '{"n":1.5}')
        self.assertEqual(structure["headers"]["content-type"], "application/json")
        self.assertEqual(other.messages(), [])

    def test_a_target_that_fails_gets_four_tries_and_one_that_refuses_one(self):
        times = []

        def fails(_):
            times.append(time.monotonic())
            return 500

        failing, refusing = self.target(fails), self.target(lambda message: 404)
        failed = self.counts()["failed"]
        subscription = self.subscribe(failing.url("/secret-path"), "fails")
        self.publish("fails", "x")
        self.await_given_up(subscription, 4, "the target answered 500")
        self.assertEqual(len(times), 4)
        # At 0, 1, 3 and 7 s. A slow machine is late; early it is by no more than what a turn of its loop takes.
        for between, least in zip(zip(times, times[1:]), (1, 2, 4)):
            self.assertGreaterEqual(between[1] - between[0], least - 0.5)
        subscription = self.subscribe(refusing.url(), "refused")
        self.publish("refused", "x")
        self.await_given_up(subscription, 1, "the target answered 404")
        self.assertEqual(len(refusing.messages()), 1)
        self.assertGreaterEqual(self.counts()["failed"], failed + 2)
        self.assertNotIn("secret-path", self.node.log_text())

    def test_a_dead_target_delays_no_other(self):
        released = threading.Event()
        self.addCleanup(released.set)

        def hangs(_):
            released.wait()
            return 200

        dead, lives = self.target(hangs), self.target()
        for path in range(30):
            self.subscribe(dead.url(f"/{path}"), "news")
        self.subscribe(lives.url(), "news")
        for number in range(5):
            self.publish("news", str(number))
        eventually(lambda: len(lives.messages()) == 5, "the living target hears of all")
        # Nothing of the dead one has ended well meanwhile: it answers nobody before the test ends.
        self.assertFalse(released.is_set())
        self.assertEqual(sorted(one["body"] for one in lives.messages()), ["0", "1", "2", "3", "4"])

    def test_addresses_that_are_denied_are_not_connected_to(self):
        subscription = self.subscribe("http://169.254.0.1/latest", "denied")
        self.publish("denied", "x")
        self.await_given_up(subscription, 1, "the address of the server is not one that may be connected to")

    def test_nobody_there_is_a_failure_too(self):
        with socket.socket() as held:  # bound and not listening: whoever connects is refused
            held.bind(("127.0.0.1", 0))
            subscription = self.subscribe(f"http://127.0.0.1:{held.getsockname()[1]}/", "nobody")
            self.publish("nobody", "x")
            self.await_given_up(subscription, 4, "the server could not be connected to")


if __name__ == "__main__":
    unittest.main()
