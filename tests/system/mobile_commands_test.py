"""outpostctl on a mobile node: services, numbers, subscriptions, events and alarms, and nothing of a caller's secrets."""

import pathlib
import unittest
import urllib.parse

from harness import eventually
from mobile import FORM, JSON, MobileTest

from strange_server import StrangeServer

SECTIONS = {
    "service.call-me": {"type": "builtin", "service": "request-interaction", "_resource_group": "Ulm", "_ttl": 600,
                        "_provide_code": True},
    "service.match-interaction": {"type": "builtin", "service": "match-interaction"},
    "list.GMS_Resources.Ulm": {"_allocation_strategy": "CLUSTER", "one": "555-0101", "two": "555-0102"},
    "list.GMS_Resources.Kiel": {"_allocation_strategy": "RANDOM", "one": "555-0201"},
}
PHONE = "0157000111222"


class Commands(MobileTest):
    def started(self, **sections):
        return self.node(**{**SECTIONS, **sections}).start()

    def request(self, node):
        answer = node.ask("POST", "service/call-me",
                          urllib.parse.urlencode({"_phone_number": PHONE, "city": "Ulm"}), FORM)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def test_services_and_numbers(self):
        node = self.started()
        self.assertEqual(node.ctl_json("services")["services"], [])
        made = self.request(node)
        shown = node.ctl("services").stdout
        for text in (made["_id"], "call-me", made["_access_number"]):
            self.assertIn(text, shown)
        one = node.ctl_json("services", "--name", "call-me")["services"][0]
        self.assertEqual((one["id"], one["has_code"]), (made["_id"], True))
        self.assertEqual(node.ctl_json("services", "--name", "another")["services"], [])
        details = node.ctl("service", made["_id"])
        self.assertIn(made["_access_number"], details.stdout)
        for reply in (shown, details.stdout, str(node.ctl_json("service", made["_id"])), str(node.ctl_json("services"))):
            self.assertNotIn(made["_access_code"], reply.replace(made["_id"], ""))
            self.assertNotIn(PHONE, reply)
        owners = {row["value"]: row["owner"] for row in node.ctl_json("resources", "Ulm")["resources"]}
        self.assertEqual(owners[made["_access_number"]], made["_id"])
        self.assertEqual(len(owners), 2)
        self.assertIn("anybody", node.ctl("resources").stdout)
        self.assertEqual(node.ask("DELETE", f"service/{made['_id']}").status, 200)
        self.assertEqual(node.ctl_json("services")["services"], [])
        self.assertEqual({row["owner"] for row in node.ctl_json("resources", "Ulm")["resources"]}, {""})

    def test_what_is_not_there_and_what_is_of_the_other_type(self):
        node = self.started()
        for arguments, text in ((("service", "01-nothing"), "no service"), (("resources", "Rom"), "no group \"Rom\""),
                                (("records", "Spring"), "mobile node")):
            done = node.ctl(*arguments, check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(text, done.stderr)

    def test_alarms_are_shown_until_they_are_cleared_and_a_command_is_told(self):
        told = pathlib.Path(self.directory, "told")
        command = pathlib.Path(self.directory, "command")
        command.write_text(f"#!/bin/sh\necho \"$1 $2 $OUTPOST_ALARM_SUBJECT\" >> {told}\n")
        command.chmod(0o755)
        node = self.started(alarms={"command": str(command)})
        self.assertEqual(node.ctl_json("alarms")["alarms"], [])
        first = self.request(node)
        self.request(node)
        for _ in range(2):
            answer = node.ask("POST", "service/call-me", "city=Ulm", FORM)
            self.check_error(answer, 500, "NoResource")
        alarms = node.ctl_json("alarms")["alarms"]
        self.assertEqual([(one["event"], one["subject"]) for one in alarms], [(2001, "Ulm")])
        self.assertIn("2001", node.ctl("alarms").stdout)
        self.assertEqual(node.get("admin/counters").json["alarms"], alarms)
        self.assertEqual(node.ask("DELETE", f"service/{first['_id']}").status, 200)
        self.request(node)
        self.assertEqual(node.ctl_json("alarms")["alarms"], [])
        eventually(lambda: told.exists() and told.read_text() == "2001 raised Ulm\n2001 cleared Ulm\n", "it is told")
        self.assertEqual(node.log_text().count(" 02001 "), 1)

    def test_an_event_reaches_who_subscribed_to_it(self):
        node = self.started(push={"pushEnabled": "httpcb"})
        peer = StrangeServer()
        self.addCleanup(peer.close)
        subscription = (f'{{"subscriberId":"shop","filter":"shop.*","expire":600,"notificationDetails":'
                        f'{{"type":"httpcb","deviceId":"{peer.url("/told?key=topsecret")}"}}}}')
        answer = node.ask("POST", "notification/subscription", subscription, JSON)
        self.assertEqual(answer.status, 200, answer.body)
        shown = node.ctl("subscriptions").stdout
        for text in (answer.json["id"], "shop.*", f"127.0.0.1:{peer.port}"):
            self.assertIn(text, shown)
        self.assertNotIn("topsecret", shown + str(node.ctl_json("subscriptions")))
        node.ctl("publish", "shop.open", "come in")
        eventually(lambda: peer.requests, "it is told")
        self.assertEqual((peer.requests[0]["method"], peer.requests[0]["body"]), ("POST", "come in"))
        node.ctl("publish", "--parsed", "shop.open", '{"door": 2.50, "id": 12345678901234567890123}')
        eventually(lambda: len(peer.requests) == 2, "it is told again")
        self.assertEqual(peer.requests[1]["body"], '{"door":2.50,"id":12345678901234567890123}')
        done = node.ctl("publish", "--parsed", "shop.open", "{", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no JSON", done.stderr)
        self.assertRegex(node.log_text(), r"audit: uid \d+[^\n]*: publish tag=\(9 bytes\) message=\(7 bytes\): done")
        self.assertNotIn("come in", node.log_text())


if __name__ == "__main__":
    unittest.main()
