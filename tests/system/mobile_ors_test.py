"""Services whose application runs on ORS: what it says is the answer, its session is found again at the server that started it,
with its cookie, and what is not reached leaves nothing behind. Source: gms.md 1.7."""

import json
import pathlib
import unittest
import urllib.parse

import engines
from harness import SCALE, eventually
from mobile import FORM, MobileTest, curl

from ors_peer import HANG, DeadPort, OrsPeer

SEVERAL = unittest.skipUnless(engines.ENGINE == "postgresql", "SQLite has one node")
SCXML = "http://apps.example/hello.scxml"
UNREACHED = {"exception": "com.genesyslab.gsg.services.ors.OrsServiceException",
             "message": "ORS request failed: cannot connect to ORS. IO issue."}
# A machine may take its time: whoever does not test a timeout has none that could come first.
PATIENT = {"http.connection_timeout": 60, "http.socket_timeout": 300}


class OrsTest(MobileTest):
    def peer(self, *arguments):
        peer = OrsPeer(*arguments)
        self.addCleanup(peer.close)
        return peer

    def dead(self):
        port = DeadPort()
        self.addCleanup(port.close)
        return port

    def ors_node(self, *servers, number=1, options=None, **sections):
        """With a service `hello` at these servers, in this order."""
        node = self.node(number, gms=sections.pop("gms", PATIENT))
        service = {"type": "ors", "ttl": 600, "service": SCXML, **(options or {})}
        if servers:
            service["ors"] = ", ".join(server.address for server in servers)
        node.config |= {"service.hello": service, **sections}
        node.write_config()
        return node.start()

    def start_service(self, node, name="hello", to=None, **parameters):
        return node.ask("POST", f"service/{name}", urllib.parse.urlencode(parameters), FORM, to)

    def check_unreached(self, answer):
        self.assertEqual((answer.status, answer.json), (500, UNREACHED))

    def check_failed(self, answer, text):
        self.assertEqual(answer.status, 500, answer.body)
        self.assertEqual(answer.json["exception"], UNREACHED["exception"])
        self.assertIn(text, answer.json["message"])

    def check_no_area(self, node):
        self.assertEqual(list(node.rows("SELECT id FROM mobile_areas")), [])


class Session(OrsTest):
    def test_the_answer_is_exactly_what_the_session_says(self):
        peer = self.peer()
        node = self.ors_node(peer)
        answer = curl(self.directory, "-d", "_phone_number=+49 731/555", "-d", "city=Ulm", node.url("service/hello"))
        self.assertEqual((answer.status, answer.body), (200, b'{"msg":"hello"}'))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual([one["what"] for one in peer.messages()], ["start", "request/gms.start"])

    def test_a_start_has_parameters_and_options_but_no_user_data(self):
        peer = self.peer()
        node = self.ors_node(peer, options={"_priority": "high"})
        answer = self.start_service(node, _phone_number="+49 731/555&x=y", _ttl=5, _priority="low", city="Köln", note="")
        self.assertEqual(answer.status, 200, answer.body)
        start = peer.only("start")
        self.assertEqual(start["type"], FORM["Content-Type"])
        self.assertIsNone(start["cookie"])
        form = start["form"]
        area = form.pop("_data_id")
        self.assertEqual(node.read(area), {"city": "Köln", "note": ""})
        self.assertEqual(form["src"], SCXML)
        self.assertEqual(form["_phone_number"], "+49 731/555&x=y")
        self.assertEqual((form["_ttl"], form["_priority"]), ("600", "high"))  # an option comes first
        self.assertEqual({name for name in form if not name.startswith("_")}, {"src"})
        begin = peer.only("request/gms.start")
        self.assertEqual((begin["text"], begin["session"]), (b"", *peer.sessions))
        self.assertEqual(begin["cookie"], peer.sessions[begin["session"]])

    def test_the_id_of_the_session_is_that_of_the_service(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.assertEqual(self.start_service(node).status, 200)
        session, = peer.sessions
        answer = node.get(f"service/{session}")
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual((answer.json["_id"], answer.json["_service"], answer.json["_type"]), (session, "hello", "ors"))

    def test_an_id_in_json_or_in_a_cookie_alone(self):
        peer = self.peer()
        node = self.ors_node(peer)
        for body, fields, session in (('{"_id":"A1"}', {}, "A1"), ('{"sessionid":"A2"}', {}, "A2"), ('{"session":"A3"}', {}, "A3"),
                                      ("", {"Set-Cookie": "ORSSESSIONID=A4.node; Path=/"}, "A4")):
            with self.subTest(session):
                peer.sessions[session] = ""
                peer.answers["start"] = lambda _, answer=(200, body, fields): answer
                self.assertEqual(self.start_service(node).status, 200)
                self.assertEqual(node.get(f"service/{session}").status, 200)
                self.assertEqual(peer.messages("request/gms.start")[-1]["session"], session)

    def test_customers_start_services_of_ors(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.assertEqual(self.start_service(node, to="external").body, b'{"msg":"hello"}')

    def test_the_end_of_a_service_is_that_of_its_session(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.start_service(node, city="Ulm")
        session, = peer.sessions
        cookie = peer.sessions[session]
        answer = node.ask("DELETE", f"service/{session}")
        self.assertEqual((answer.status, answer.body), (200, b""))
        eventually(lambda: peer.messages("terminate"), "the session is ended")
        end = peer.only("terminate")
        self.assertEqual((end["session"], end["cookie"], end["text"]), (session, cookie, b""))
        self.check_error(node.get(f"service/{session}"), 404, "NotFound")
        self.check_no_area(node)

    def test_an_update_is_none_of_the_sessions_business(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.start_service(node, city="Ulm")
        session, = peer.sessions
        area = peer.only("start")["form"]["_data_id"]
        answer = node.ask("POST", f"service/{session}/update", "city=Bonn&zip=53111", FORM)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(node.read(area), {"city": "Bonn", "zip": "53111"})
        self.assertEqual([one["what"] for one in peer.messages()], ["start", "request/gms.start"])


class Requests(OrsTest):
    def test_a_request_goes_to_the_server_of_the_session_with_its_cookie(self):
        peers = [self.peer("ors1"), self.peer("ors2")]
        node = self.ors_node(*peers)
        for peer in peers:
            self.assertEqual(self.start_service(node).status, 200)
            peer.answers["request/check-queue-position"] = lambda _, name=peer.node: (200, name, {"Content-Type": "text/x-place"})
        for peer in peers:
            session, = peer.sessions
            for path in ("check-queue-position", "request/check-queue-position", "request?_request=check-queue-position"):
                with self.subTest(peer.node, path=path):
                    answer = node.ask("POST", f"service/{session}/{path}", "depth=a%26b&_x=1", FORM)
                    self.assertEqual((answer.status, answer.body.decode()), (200, peer.node))
                    self.assertEqual(answer.headers["Content-Type"], "text/x-place")
                    asked = peer.messages("request/check-queue-position")[-1]
                    self.assertEqual((asked["session"], asked["cookie"]), (session, peer.sessions[session]))
                    self.assertEqual((asked["form"]["depth"], asked["form"]["_x"]), ("a&b", "1"))
            self.assertEqual(len(peer.messages("request/check-queue-position")), 3)

    @SEVERAL
    def test_a_request_over_another_node_goes_to_the_same_session(self):
        peers = [self.peer("ors1"), self.peer("ors2")]
        first = self.ors_node(*peers)
        second = self.ors_node(*reversed(peers), number=2)
        self.start_service(first)
        session, = peers[0].sessions
        answer = second.ask("POST", f"service/{session}/check-queue-position")
        self.assertEqual((answer.status, answer.body), (200, b'{"msg":"hello"}'))
        self.assertEqual(peers[0].only("request/check-queue-position")["cookie"], peers[0].sessions[session])
        self.assertEqual(peers[1].messages(), [])

    def test_what_ors_refuses_is_an_error_and_none_of_its_text(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.start_service(node)
        session, = peer.sessions
        for status in (400, 404, 500, 503):
            peer.answers["request/x"] = lambda _, status=status: (status, b"inner matters", {})
            answer = node.ask("POST", f"service/{session}/x")
            self.check_failed(answer, f"ORS answered {status}")
            self.assertNotIn(b"inner", answer.body)
        self.assertEqual(node.get(f"service/{session}").status, 200)
        peer.close()
        self.check_unreached(node.ask("POST", f"service/{session}/x"))

    def test_a_file_is_no_parameter_of_a_request(self):
        peer = self.peer()
        node = self.ors_node(peer)
        self.start_service(node)
        session, = peer.sessions
        pathlib.Path(self.directory, "p.jpg").write_bytes(b"\xff\xd8")
        answer = curl(self.directory, "-F", "photo=@p.jpg", node.url(f"service/{session}/x"))
        self.check_error(answer, 400, "BadRequest", "photo")
        self.assertEqual(peer.messages("request/x"), [])


class Failure(OrsTest):
    def test_a_server_that_is_down_leaves_no_data(self):
        peer = self.peer()
        node = self.ors_node(peer)
        peer.close()
        self.check_unreached(self.start_service(node, city="Ulm"))
        self.check_no_area(node)

    def test_no_server_at_all(self):
        node = self.ors_node()
        self.check_unreached(self.start_service(node, city="Ulm"))
        self.check_no_area(node)

    def test_a_server_that_is_down_is_followed_by_the_next(self):
        dead, peer = self.dead(), self.peer()
        node = self.ors_node(dead, peer, options={"ors_lb_strategy": "linear"})
        for _ in range(2):
            self.assertEqual(self.start_service(node).body, b'{"msg":"hello"}')
        self.assertEqual(len(peer.messages("start")), 2)

    def test_there_are_as_many_attempts_as_the_option_says(self):
        dead, peer = self.dead(), self.peer()
        node = self.ors_node(dead, dead, dead, peer, options={"ors_lb_strategy": "linear"}, ors={"max_ors_request_attempts": 3})
        self.check_unreached(self.start_service(node))
        node.reload_with("ors", max_ors_request_attempts=4)
        self.assertEqual(self.start_service(node).status, 200)

    def test_a_start_that_answers_late_is_not_sent_again(self):
        late, other = self.peer(), self.peer()
        node = self.ors_node(late, other, options={"ors_lb_strategy": "linear"},
                             gms={"http.connection_timeout": 60, "http.socket_timeout": int(2 * SCALE)})
        self.assertEqual(self.start_service(node).status, 200)  # the next goes over a connection that is there
        late.answers["start"] = lambda _: HANG
        self.check_failed(self.start_service(node, city="Ulm"), "time ran out")
        self.assertEqual((len(late.messages("start")), len(other.messages())), (2, 0))
        self.assertEqual(len(node.rows("SELECT id FROM mobile_areas")), 1)

    def test_a_session_that_does_not_begin_is_ended(self):
        peer = self.peer()
        peer.answers["request/gms.start"] = lambda _: (500, b"inner matters", {})
        node = self.ors_node(peer)
        self.check_failed(self.start_service(node, city="Ulm"), "ORS answered 500")
        eventually(lambda: peer.messages("terminate"), "the session is ended")
        self.assertEqual(peer.only("terminate")["session"], peer.only("request/gms.start")["session"])
        self.check_no_area(node)

    def test_an_answer_without_a_session(self):
        peer = self.peer()
        node = self.ors_node(peer)
        for answer in ((200, b"<html>", {}), (200, b'{"_id":"a/b"}', {}), (404, b"A1", {})):
            peer.answers["start"] = lambda _, answer=answer: answer
            answer = self.start_service(node, city="Ulm")
            self.check_failed(answer, "ORS request failed: ")
            self.assertNotEqual(answer.json, UNREACHED)
        self.check_no_area(node)
        self.assertEqual(len(peer.messages()), 3)


class Order(OrsTest):
    def starts_of(self, node, peers, times):
        """Which of the servers each start went to."""
        order = []
        for _ in range(times):
            before = [len(peer.messages("start")) for peer in peers]
            self.assertEqual(self.start_service(node).status, 200)
            after = [len(peer.messages("start")) for peer in peers]
            order += [i for i, (old, new) in enumerate(zip(before, after)) for _ in range(new - old)]
        return order

    def test_linear_is_always_the_first(self):
        peers = [self.peer(), self.peer()]
        node = self.ors_node(*peers, options={"ors_lb_strategy": "linear"})
        self.assertEqual(self.starts_of(node, peers, 4), [0, 0, 0, 0])

    def test_circular_is_the_next_each_time_and_is_the_default(self):
        peers = [self.peer(), self.peer()]
        node = self.ors_node(*peers)
        self.assertEqual(self.starts_of(node, peers, 4), [0, 1, 0, 1])

    def test_the_connections_serve_where_a_service_names_no_server(self):
        peers = [self.peer(), self.peer()]
        connections = [{"name": f"ors{i}", "type": "ors", "host": "127.0.0.1", "port": peer.port} for i, peer in enumerate(peers)]
        node = self.ors_node(connections=[{"name": "web", "type": "webapi", "host": "127.0.0.1"}, *connections])
        self.assertEqual(self.starts_of(node, peers, 3), [0, 1, 0])

    def test_a_reload_brings_other_servers(self):
        old, new = self.peer(), self.peer()
        node = self.ors_node(old)
        self.start_service(node)
        node.reload_with("service.hello", ors=new.address)
        self.start_service(node)
        self.assertEqual((len(old.messages("start")), len(new.messages("start"))), (1, 1))
        session, = old.sessions
        self.assertEqual(node.ask("POST", f"service/{session}/x").status, 200)
        self.assertEqual(len(old.messages("request/x")), 1)


class Dialogue(OrsTest):
    def test_a_dialogue_as_the_sample_application_has_it(self):
        peer = self.peer()
        node = self.ors_node(peer)

        def begin(message):
            url = node.url(f"service/{message['session']}/choose", to="external")
            menu = [{"_group_name": "Sales", "_group_content": [{"_label": "Buy", "_user_action_url": url}]}]
            return 200, json.dumps({"_id": message["session"], "_action": "DisplayMenu", "_label": "What?", "_content": menu}), {}

        def choose(message):
            answer = {"_id": message["session"], "_action": "DialNumber", "_tel_url": "tel:555", "_label": message["form"]["what"]}
            return 200, json.dumps(answer), {"Content-Type": "application/json"}

        peer.answers |= {"request/gms.start": begin, "request/choose": choose}
        menu = self.start_service(node, to="external").json
        self.assertEqual(menu["_action"], "DisplayMenu")
        url = menu["_content"][0]["_group_content"][0]["_user_action_url"]
        answer = curl(self.directory, "-d", "what=Buy", url)
        self.assertEqual((answer.json["_action"], answer.json["_label"], answer.json["_id"]), ("DialNumber", "Buy", menu["_id"]))


if __name__ == "__main__":
    unittest.main()
