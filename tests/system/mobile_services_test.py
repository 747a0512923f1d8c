"""Services as callers, applications and the routing side use them: a number and a code are given on one node and matched
on another, numbers run out and come back, data are read and changed, and a reload takes effect with the next one.
Source: gms.md 1.3 to 1.6, 6; mobile.md 8."""

import base64
import re
import unittest
import urllib.parse

import engines
from harness import eventually
from mobile import FORM, JSON, UUID, MobileTest, SharedNodeTest, multipart

NUMBERS = ["1-888-call-me1", "1-888-call-me2", "1-888-call-me3"]
SEVERAL = unittest.skipUnless(engines.ENGINE == "postgresql", "SQLite has one node")


def service(name, **options):
    return {f"service.{name}": {"type": "builtin", "service": name, **options}}


def group(strategy, numbers=None, **options):
    return {"_allocation_strategy": strategy, **options,
            **{f"number{i}": number for i, number in enumerate(numbers or NUMBERS)}}


def sections(**more):
    """A node with the three builtins, and a group of three numbers of each strategy."""
    return {
        **service("request-interaction", ttl=600, resource_group="Cluster", provide_code=True),
        **service("match-interaction", delete_match=True),
        **service("request-access"),
        "list.GMS_Resources.Cluster": group("CLUSTER", _booking_expiration_time=300),
        "list.GMS_Resources.Local": group("LOCAL", ["200-1", "200-2", "200-3"], _booking_expiration_time=300),
        "list.GMS_Resources.Random": group("RANDOM", ["300-1", "300-2"]),
        "list.GMS_Resources.Backed": group("CLUSTER", ["400-1"], _backup_resource="400-9", _booking_expiration_time=300),
        **more,
    }


class Services:
    """How a test asks a node."""

    def ask_service(self, node, service_name, /, to=None, headers=None, **parameters):
        return node.ask("POST", f"service/{service_name}", urllib.parse.urlencode(parameters), {**FORM, **(headers or {})}, to)

    def request(self, node, **parameters):
        answer = self.ask_service(node, "request-interaction", **parameters)
        self.assertEqual(answer.status, 200, answer.body)
        for value in answer.json.values():
            self.assertIsInstance(value, str)
        return answer.json

    def match(self, node, number, **parameters):
        return self.ask_service(node, "match-interaction", _access_number=number, **parameters)

    def alarms(self, node):
        return [(one["event"], one["subject"]) for one in node.get("admin/counters").json["alarms"]]


class Given(SharedNodeTest, Services):
    """Of one node, which all of them share: each test has a group of its own or gives back what it takes."""

    sections = sections()

    def test_what_a_caller_gets(self):
        given = self.request(self.node, _phone_number="555", city="Ulm")
        self.assertEqual(set(given), {"_id", "_access_number", "_access_code", "_expiration_time"})
        self.assertRegex(given["_id"], f"^1-{UUID}$")
        self.assertIn(given["_access_number"], NUMBERS)
        self.assertRegex(given["_access_code"], r"^01\d{4}$")
        self.assertEqual(given["_expiration_time"], "300")
        answer = self.match(self.node, given["_access_number"].upper().replace("-", " "), _access_code=given["_access_code"])
        self.assertEqual(answer.status, 200)
        self.assertEqual(set(answer.json), {"_id", "_data_id"})
        self.assertEqual(answer.json["_id"], given["_id"])
        self.assertEqual(self.node.read(answer.json["_data_id"]), {"city": "Ulm"})
        self.check_error(self.match(self.node, given["_access_number"]), 404, "NotFound")

    def test_every_form_of_a_request(self):
        for body, headers in ((urllib.parse.urlencode({"city": "Ulm", "_resource_group": "Random"}), FORM),
                              ('{"city":"Ulm"}', JSON), multipart([("city", "Ulm")])):
            answer = self.node.ask("POST", "service/request-interaction", body, headers)
            self.assertEqual(answer.status, 200, answer.body)
            matched = self.match(self.node, answer.json["_access_number"], _return_data="true").json
            self.assertEqual((matched["_id"], matched["city"]), (answer.json["_id"], "Ulm"))
        answer = self.node.get("service/request-interaction?city=Ulm")
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.match(self.node, answer.json["_access_number"]).status, 200)

    def test_code_and_phone_must_be_those_of_the_service(self):
        given = self.request(self.node, _phone_number="+49 (731) 1234")
        number, code = given["_access_number"], given["_access_code"]
        other = str((int(code) + 1) % 10**6).zfill(6)
        self.assertEqual(self.match(self.node, number, _access_code=other).status, 404)
        self.assertEqual(self.match(self.node, number, _phone_number="999").status, 404)
        self.assertEqual(self.match(self.node, "no-such-number").status, 404)
        self.assertEqual(self.match(self.node, number, _phone_number="+49731-1234", _access_code=code).status, 200)

    def test_a_service_is_shown_changed_and_ended(self):
        given = self.request(self.node, city="Ulm", name="Ann")
        path = f"service/{given['_id']}"
        shown = self.node.get(path).json
        self.assertEqual((shown["_id"], shown["_service"], shown["_type"]), (given["_id"], "request-interaction", "builtin"))
        self.assertTrue(0 < shown["_expires_in"] <= 600)
        self.assertEqual(self.node.ask("POST", path + "/update", "city=Bern&zip=3000", FORM).status, 200)
        self.assertEqual(self.node.get(path + "/storage").json, {"city": "Bern", "name": "Ann", "zip": "3000"})
        self.assertEqual(self.node.get(path + "/storage/city").body, b"Bern")
        self.assertEqual(self.node.ask("POST", path + "/storage", "city=Basel", FORM).status, 200)
        self.assertEqual(self.node.ask("DELETE", path + "/storage/zip").status, 200)
        self.assertEqual(self.node.get(path + "/storage").json, {"city": "Basel", "name": "Ann"})
        self.check_error(self.node.ask("POST", path + "/check-position"), 404, "NotFound", "no application")
        self.check_error(self.node.ask("POST", path + "/request"), 400, "BadRequest", "_request")
        for reserved in ("ixn", "internal-poke"):
            self.check_error(self.node.ask("POST", f"{path}/{reserved}"), 404, "NotFound")
        self.assertEqual(self.node.ask("DELETE", path).status, 200)
        for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/storage"), ("POST", "/update")):
            self.check_error(self.node.ask(method, path + tail), 404, "NotFound")
        # Its number and code are nobody's any more.
        self.assertEqual(self.match(self.node, given["_access_number"], _access_code=given["_access_code"]).status, 404)

    def test_request_access_gives_a_service_another_number(self):
        given = self.request(self.node)
        answer = self.ask_service(self.node, "request-access", _id=given["_id"], _provide_code="TRUE", _access_code_length="4",
                                  _resource_group="Local", _booking_expiration_timeout="20")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual((answer.json["_id"], answer.json["_expiration_time"]), (given["_id"], "20"))
        self.assertRegex(answer.json["_access_code"], r"^01\d{2}$")
        self.assertIn(answer.json["_access_number"], ["200-1", "200-2", "200-3"])
        # What it had is given back.
        self.assertEqual(self.match(self.node, given["_access_number"]).status, 404)
        matched = self.match(self.node, answer.json["_access_number"], _access_code=answer.json["_access_code"])
        self.assertEqual(matched.json["_id"], given["_id"])
        self.check_error(self.ask_service(self.node, "request-access", _id="1-" + given["_id"][2:10], _resource_group="Local"), 404, "NotFound")
        self.check_error(self.ask_service(self.node, "request-access"), 400, "BadRequest", "_id")

    def test_bad_input_names_what_is_valid(self):
        for parameters, text in (({"_booking_expiration_timeout": "4"}, "5 to 1800"),
                                 ({"_booking_expiration_timeout": "1801"}, "5 to 1800"),
                                 ({"_booking_expiration_timeout": "x"}, "5 to 1800"),
                                 ({"_access_code_length": "2"}, "3 to 18"), ({"_access_code_length": "19"}, "3 to 18")):
            with self.subTest(parameters):
                self.check_error(self.ask_service(self.node, "request-interaction", **parameters), 400, "BadRequest", text)
        self.check_error(self.ask_service(self.node, "match-interaction"), 400, "BadRequest", "_access_number")
        self.check_error(self.ask_service(self.node, "nothing"), 404, "NotFound")
        self.check_error(self.ask_service(self.node, "a2c-match-interaction"), 404, "NotFound", "match-interaction")
        self.check_error(self.node.get("service/1-" + "0" * 8 + "-0000-4000-8000-" + "0" * 12), 404, "NotFound")
        answer = self.node.ask("POST", "service/request-interaction", *multipart([("_file", b"x", "f", "image/png")]))
        self.check_error(answer, 400, "BadRequest", "_file")

    def test_what_an_external_listener_shows(self):
        given = self.ask_service(self.node, "request-interaction", to="external").json
        self.assertEqual(self.node.get(f"service/{given['_id']}", to="external").status, 200)
        for name in ("match-interaction", "request-access"):
            for method in ("POST", "GET"):
                self.check_error(self.node.ask(method, f"service/{name}?_access_number={given['_access_number']}", to="external"),
                                 403, "NotAllowed")
        self.check_error(self.node.ask("POST", "notification/publish", '{"tag":"a","message":"b"}', JSON, "external"), 403,
                         "NotAllowed")
        self.assertEqual(self.node.ask("DELETE", f"service/{given['_id']}", to="external").status, 200)
        # What is hidden is so by its id as well.
        self.node.reload_with("service.request-interaction", external=False)
        hidden = self.ask_service(self.node, "request-interaction").json["_id"]
        for method in ("GET", "DELETE"):
            self.check_error(self.node.ask(method, f"service/{hidden}", to="external"), 403, "NotAllowed", "this listener")
        self.assertEqual(self.node.get(f"service/{hidden}").status, 200)


class Booked(MobileTest, Services):
    """Numbers run out and come back."""

    def fill(self, node, **parameters):
        return [self.request(node, **parameters) for _ in NUMBERS]

    def test_a_group_runs_out_and_says_so_once(self):
        node = self.node(**sections(**service("request-interaction", ttl=600))).start()
        given = self.fill(node, _resource_group="Cluster")
        self.assertEqual(sorted(one["_access_number"] for one in given), NUMBERS)
        self.assertNotIn("_access_code", given[0])
        for _ in range(3):
            answer = self.ask_service(node, "request-interaction", _resource_group="Cluster")
            self.check_error(answer, 500, "NoResource", "Cluster")
        self.assertEqual(self.alarms(node), [(2001, "Cluster")])
        eventually(lambda: "alarm 2001 is raised" in node.log_text(), "the log says it")
        self.assertEqual(node.log_text().count("alarm 2001 is raised"), 1)
        self.assertEqual([one["event"] for one in node.ctl_json("alarms")["alarms"]], [2001])
        # The one that rests for longest comes first, and the alarm is over.
        self.assertEqual(node.ask("DELETE", f"service/{given[1]['_id']}").status, 200)
        again = self.request(node, _resource_group="Cluster")
        self.assertEqual(again["_access_number"], given[1]["_access_number"])
        self.assertEqual(self.alarms(node), [])
        eventually(lambda: node.log_text().count("alarm 2001 is cleared") == 1, "the log says it")

    def test_a_backup_is_given_to_all_who_come_late(self):
        node = self.node(**sections(**service("request-interaction", ttl=600, resource_group="Backed"))).start()
        numbers = [self.request(node)["_access_number"] for _ in range(3)]
        self.assertEqual(numbers, ["400-1", "400-9", "400-9"])
        self.assertEqual(self.alarms(node), [(2001, "Backed")])

    def test_random_is_never_an_alarm(self):
        node = self.node(**sections(**service("request-interaction", ttl=600, resource_group="Random"))).start()
        self.assertLessEqual({self.request(node)["_access_number"] for _ in range(20)}, {"300-1", "300-2"})
        self.assertEqual(self.alarms(node), [])

    def test_a_value_twice_is_an_alarm_until_a_clean_file(self):
        more = {"list.GMS_Resources.Double": group("RANDOM", ["300-1"])}
        node = self.node(**sections(**more)).start()
        self.assertEqual([event for event, _ in self.alarms(node)], [2000])
        node.reload_with("list.GMS_Resources.Double", number0="300-7")
        self.assertEqual(self.alarms(node), [])

    def test_a_booking_ends_by_itself(self):
        node = self.node(**sections(**service("request-interaction", ttl=600, resource_group="Cluster"))).start()
        self.fill(node, _booking_expiration_timeout="5")
        self.assertEqual(self.ask_service(node, "request-interaction").status, 500)
        eventually(lambda: self.ask_service(node, "request-interaction").status == 200, "five seconds are over")

    def test_a_reload_takes_effect_with_the_next(self):
        node = self.node(**sections(**service("request-interaction", ttl=600, resource_group="Cluster"))).start()
        old = self.request(node)
        node.reload_with("service.request-interaction", ttl=60, provide_code=True, booking_expiration_timeout=30)
        new = self.request(node, _provide_code="false", _ttl="500")
        self.assertIn("_access_code", new)
        self.assertEqual(new["_expiration_time"], "30")
        self.assertLessEqual(node.get(f"service/{new['_id']}").json["_expires_in"], 60)
        self.assertGreater(node.get(f"service/{old['_id']}").json["_expires_in"], 60)
        # The request's booking time is the one thing that beats the file.
        self.assertEqual(self.request(node, _booking_expiration_timeout="20")["_expiration_time"], "20")
        # Values that go are given to nobody, values that come are at once.
        node.reload_with("list.GMS_Resources.Cluster", number0="500-1", number1="500-1", number2="500-2")
        numbers = [self.request(node)["_access_number"] for _ in range(2)]
        self.assertEqual(sorted(numbers), ["500-1", "500-2"])
        self.assertEqual(self.ask_service(node, "request-interaction").status, 500)
        self.assertEqual(self.match(node, old["_access_number"]).json["_id"], old["_id"])

    def test_each_service_may_have_its_own_pair(self):
        secret = {"username": "ivr", "password": "for the ivr"}
        node = self.node(**sections(**service("match-interaction", **secret), server={"username": "all", "password": "for all"}))
        node.start()

        def basic(user, password):
            return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

        all_pair, own_pair = basic("all", "for all"), basic("ivr", "for the ivr")
        for headers, request, match in (({}, 401, 401), (all_pair, 200, 401), (own_pair, 401, 404), (basic("all", "x"), 401, 401)):
            with self.subTest(headers):
                self.assertEqual(self.ask_service(node, "request-interaction", headers=headers).status, request)
                answer = self.ask_service(node, "match-interaction", headers=headers, _access_number="1")
                self.assertEqual(answer.status, match)
                if match == 401:
                    self.assertEqual(answer.headers["WWW-Authenticate"].split()[0], "Basic")
        # Whoever may not ask is not told what there is.
        for name in (f"1-{'0' * 8}-0000-4000-8000-{'0' * 12}", "nothing"):
            self.assertEqual(node.ask("GET", f"service/{name}").status, 401)


@SEVERAL
class TwoNodes(MobileTest, Services):
    def setUp(self):
        super().setUp()
        self.a = self.node(1, **sections()).start()
        self.b = self.node(2, **sections()).start()

    def test_a_caller_of_one_node_is_matched_on_the_other(self):
        given = self.request(self.a, _phone_number="555", city="Ulm")
        self.assertTrue(given["_access_code"].startswith("01"))
        matched = self.match(self.b, given["_access_number"], _access_code=given["_access_code"])
        self.assertEqual(matched.json["_id"], given["_id"])
        self.assertEqual(self.b.read(matched.json["_data_id"]), {"city": "Ulm"})
        self.assertEqual(self.match(self.b, given["_access_number"], _access_code=given["_access_code"]).status, 404)
        rest = [self.request(self.a)["_access_number"] for _ in NUMBERS]
        self.assertEqual(sorted(rest), NUMBERS)

    def test_the_sequence_of_clients_of_a_cluster(self):
        """Source: gms.md 9.2, the cluster tests."""
        self.b.reload_with("service.match-interaction", delete_match=False)
        answer = self.a.ask("POST", "service/request-interaction", "", FORM)
        self.assertEqual(answer.status, 200, answer.body)
        given = answer.json
        for name in ("_id", "_access_number", "_access_code", "_expiration_time"):
            self.assertIsInstance(given[name], str)
        matched = self.match(self.b, given["_access_number"], _access_code=given["_access_code"])
        self.assertEqual((matched.status, matched.json["_id"]), (200, given["_id"]))
        self.assertIn("_data_id", matched.json)
        again = self.ask_service(self.b, "request-access", _id=given["_id"], _resource_group="Cluster")
        self.assertEqual(again.status, 200, again.body)
        self.assertIn(again.json["_access_number"], NUMBERS)

    def test_a_cluster_books_for_all_and_local_for_one(self):
        for node in (self.a, self.b, self.a):
            self.request(node)
        self.check_error(self.ask_service(self.b, "request-interaction"), 500, "NoResource")
        self.a.reload_with("service.request-interaction", resource_group="Local")
        self.b.reload_with("service.request-interaction", resource_group="Local")
        for node in (self.a, self.b):
            numbers = [self.request(node)["_access_number"] for _ in NUMBERS]
            self.assertEqual(sorted(numbers), ["200-1", "200-2", "200-3"])
            self.check_error(self.ask_service(node, "request-interaction"), 500, "NoResource")


if __name__ == "__main__":
    unittest.main()
