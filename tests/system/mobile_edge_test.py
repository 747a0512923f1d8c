"""What a client meets at the edge of a node: what an external listener shows, who may ask, cross-origin pages, the cookie
of the balancer, the way to the secure port, and proxies that are believed. Source: mobile.md 5, gms.md 7.3, 8.2, G2, G14,
G15."""

import base64
import re
import secrets
import unittest

from harness import eventually
from hostile import make_certificate
from mobile import API, FORM, SharedNodeTest, curl, listener

SHOP = "https://shop.example"
ROUTE = "jetty1"
COOKIE = rf"JSESSIONID=([a-z0-9]{{25,}})\.{ROUTE}; Path=/genesys; HttpOnly"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class EdgeTest(SharedNodeTest):
    def status(self, method, path, to="external", **headers):
        return self.node.ask(method, path, headers=headers, to=to).status


class External(EdgeTest):
    """What customers reach, and what they do not."""

    def test_storage_is_open_and_the_node_is_not(self):
        area = self.node.create(name="Ann", to="external")
        for path in (f"storage/{area}", f"storage/{area}/name", f"storage/binary/{area}/name"):
            self.assertEqual(self.status("GET", path), 200)
        for method, path in (("GET", "node"), ("GET", "admin/node/status"), ("GET", "admin/counters"),
                             ("POST", "admin/node/changestatus/OFFLINE")):
            with self.subTest(path):
                self.check_error(self.node.ask(method, path, to="external"), 403, "NotAllowed")
        for path in ("node", "admin/node/status", "admin/counters"):
            self.assertEqual(self.status("GET", path, to="internal"), 200)

    def test_no_other_spelling_of_a_path_is_another_way_in(self):
        for path in ("//genesys//1/node", "/genesys/1/node/", "/genesys/1/node;jsessionid=a", "/genesys/1/%6eode",
                     "/genesys/1/admin//counters", "http://node/genesys/1/node"):
            with self.subTest(path):
                self.assertEqual(self.status("GET", path), 403)
        for path in ("/genesys/1/./node", "/genesys/1/storage/../node", "/genesys/1/%2e%2e/1/node",
                     "/genesys/1/storage%2f..%2fnode"):
            with self.subTest(path):
                self.assertIn(self.status("GET", path), (400, 404))
        self.assertEqual(self.status("HEAD", "node"), 403)

    def test_slashes_and_path_parameters_count_for_nothing(self):
        area = self.node.create(name="Ann")
        for path in (f"//genesys//1/storage///{area}", f"{API}/storage/{area}/", f"{API}/storage/{area};jsessionid=x.jetty2",
                     f"http://anywhere.example{API}/storage/{area}"):
            with self.subTest(path):
                self.assertEqual(self.node.ask("GET", path, to="external").json, {"name": "Ann"})
        self.assertEqual(self.status("POST", "//genesys//1/storage/60"), 200)
        self.assertEqual(self.status("POST", "/genesys/1/./storage/60"), 400)


class Pages(EdgeTest):
    """Pages of other origins, and the balancer."""

    sections = {"server": {"cross_origin": f"https://other.example, {SHOP}", "worker_name": ROUTE}}

    def test_a_preflight_of_a_page_that_may(self):
        asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "gms_user"}
        answer = self.node.ask("OPTIONS", "storage/60", headers=asked)
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
        self.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")
        allowed = re.split(", *", answer.headers["Access-Control-Allow-Headers"].lower())
        self.assertLessEqual({"content-type", "gms_user", "authorization", "x-requested-with"}, set(allowed))
        self.assertLessEqual({"GET", "POST", "DELETE"}, set(re.split(", *", answer.headers["Access-Control-Allow-Methods"])))
        self.assertIn("Origin", answer.headers["Vary"])

    def test_answers_say_it_too_also_those_that_refuse(self):
        for method, path, status in (("POST", "storage/60", 200), ("GET", "storage/none", 404), ("GET", "nowhere", 404),
                                     ("PUT", "storage/60", 405)):
            with self.subTest(path):
                answer = self.node.ask(method, path, headers={"Origin": SHOP})
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)

    def test_another_origin_is_told_nothing(self):
        for origin in ("https://evil.example", "null", SHOP + ".evil.example", SHOP.upper() + "x"):
            with self.subTest(origin):
                for method, path in (("OPTIONS", "storage/60"), ("POST", "storage/60")):
                    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                    answer = self.node.ask(method, path, headers=asked)
                    self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
        self.assertIsNone(self.node.get("node").headers["Access-Control-Allow-Origin"])

    def test_the_cookie_is_set_where_a_session_may_begin(self):
        answer = self.node.get("admin/node/status")
        first = re.fullmatch(COOKIE, answer.headers["Set-Cookie"])
        self.assertIsNotNone(first, answer.headers["Set-Cookie"])
        other = re.fullmatch(COOKIE, self.node.get("admin/node/status").headers["Set-Cookie"])
        self.assertNotEqual(first.group(1), other.group(1))
        ours = f"a=b; JSESSIONID={first.group(1)}.{ROUTE}"
        self.assertIsNone(self.node.get("admin/node/status", Cookie=ours).headers["Set-Cookie"])
        self.assertIsNone(self.node.ask("POST", "storage/60").headers["Set-Cookie"])

    def test_a_cookie_of_another_node_keeps_its_id(self):
        session = "0123456789abcdefghijklmnop"
        answer = self.node.get("admin/node/status", Cookie=f"JSESSIONID={session}.jetty2")
        self.assertEqual(re.fullmatch(COOKIE, answer.headers["Set-Cookie"]).group(1), session)

    def test_a_cookie_that_is_none_is_not_repeated(self):
        for cookie in ("JSESSIONID=a b.x", "JSESSIONID=!.x", "JSESSIONID=" + "x" * 5000, "JSESSIONID=; JSESSIONID", ";;;"):
            with self.subTest(cookie[:20]):
                answer = self.node.get("admin/node/status", Cookie=cookie)
                self.assertRegex(answer.headers["Set-Cookie"], rf"\A{COOKIE}\Z")


class Callers(EdgeTest):
    """A password for all, tokens for some."""

    sections = {"server": {"username": "gms", "password": "se:cret"}}

    def test_a_password_protects_every_call(self):
        for path in ("storage/none", "node", "admin/counters"):
            for headers in ({}, basic("gms", "wrong"), basic("other", "se:cret"), {"Authorization": "Basic ???"},
                            {"Authorization": "Bearer se:cret"}):
                with self.subTest(headers):
                    answer = self.node.get(path, **headers)
                    self.check_error(answer, 401, "Unauthorized")
                    self.assertIn('Basic realm="outpost"', answer.headers["WWW-Authenticate"])
        self.assertEqual(self.node.get("node", **basic("gms", "se:cret")).status, 200)
        self.assertEqual(curl(self.directory, "-u", "gms:se:cret", "-d", "a=1", self.node.url("storage/60")).status, 200)

    def test_a_token_opens_what_it_is_for(self):
        storage = self.node.ctl_json("token", "add", "app", "--resources", "storage")["token"]
        operator = self.node.ctl_json("token", "add", "operator", "--resources", "node,admin")["token"]
        self.node.reload(authentication="token")
        try:
            bearer = {"Authorization": f"Bearer {storage}"}
            self.assertEqual(self.node.ask("POST", "storage/60", "a=1", {**FORM, **bearer}).status, 200)
            self.check_error(self.node.get("node", **bearer), 403, "NotAllowed")
            bearer = {"Authorization": f"Bearer {operator}"}
            self.assertEqual(self.node.get("node", **bearer).status, 200)
            self.check_error(self.node.ask("POST", "storage/60", headers=bearer), 403, "NotAllowed")
            for headers in ({}, {"Authorization": "Bearer nothing"}, basic("gms", "wrong")):
                self.check_error(self.node.get("node", **headers), 401, "Unauthorized")
            self.assertEqual(self.node.get("node", **basic("gms", "se:cret")).status, 200)
            self.node.ctl("token", "revoke", "operator")
            self.check_error(self.node.get("node", **bearer), 401, "Unauthorized")
        finally:
            self.node.reload(authentication="none")

    def test_a_token_may_be_for_one_request(self):
        token = self.node.ctl_json("token", "add", "reader", "--resources", "storage", "--requests", "storage-get")["token"]
        self.node.reload(authentication="token")
        try:
            bearer = {"Authorization": f"Bearer {token}"}
            self.assertEqual(self.node.get("storage/none", **bearer).status, 404)
            self.check_error(self.node.ask("POST", "storage/60", headers=bearer), 403, "NotAllowed")
        finally:
            self.node.reload(authentication="none")


class Ways(EdgeTest):
    """Ports that lead to others, and requests that come by others."""

    sections = {"application": {"http-trusted-proxies": "127.0.0.0/8"}, "log": {"access": "combined"}}

    @classmethod
    def listeners(cls):
        return [listener("internal"), listener("moved", **{"redirect-to": "secure"}),
                listener("secure", **make_certificate(cls.directory))]

    def test_a_clear_port_that_leads_to_a_secure_one(self):
        secure = self.node.ports["secure"]
        for method, target in (("GET", f"{API}/node"), ("POST", f"{API}/storage/60?a=%20b"), ("DELETE", "/nowhere"),
                               ("GET", "//other.example/")):
            with self.subTest(target):
                body = "a=1" if method == "POST" else None
                answer = self.node.ask(method, target, body, {"Host": "node.example:80"}, "moved")
                self.assertEqual(answer.status, 308)
                self.assertEqual(answer.headers["Location"], f"https://node.example:{secure}{target}")
        answer = curl(self.directory, "-kL", "-d", "name=Ann", self.node.url("storage/60", "moved"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(self.node.read(answer.json["id"]), {"name": "Ann"})

    def test_a_host_that_is_none_leads_nowhere(self):
        for host in ("a b", "evil.example/x", "user@evil.example", "a\tb"):
            with self.subTest(host):
                answer = self.node.ask("GET", "node", headers={"Host": host}, to="moved")
                self.assertEqual(answer.status, 400)
                self.assertIsNone(answer.headers["Location"])

    def check_client(self, said, client):
        """That the access log says `client` of a request whose X-Forwarded-For is `said`."""
        asked = secrets.token_hex(8)
        self.assertEqual(self.node.get("node", **{"X-Forwarded-For": said, "X-Request-Id": asked}).status, 200)
        log = self.node.log_directory / "outpost_ACCESS.log"
        line = eventually(lambda: next((one for one in log.read_text().splitlines() if asked in one), None), "its line")
        self.assertEqual(line.split()[0], client)

    def test_a_trusted_proxy_says_who_asks(self):
        for said, client in (("203.0.113.9", "203.0.113.9"), ("10.0.0.1, 203.0.113.8", "203.0.113.8"),
                             ("2001:db8::7", "2001:db8::7"), ("nonsense", "127.0.0.1"), ("", "127.0.0.1")):
            with self.subTest(said):
                self.check_client(said, client)

    def test_nobody_else_does(self):
        self.node.reload(**{"http-trusted-proxies": "192.0.2.0/24"})
        try:
            self.check_client("203.0.113.9", "127.0.0.1")
        finally:
            self.node.reload(**{"http-trusted-proxies": "127.0.0.0/8"})

    def test_the_rate_is_that_of_who_asks(self):
        self.node.reload(**{"http-request-rate": 1, "http-request-burst": 2})
        try:
            def ask(source):
                return self.node.get("node", **{"X-Forwarded-For": source})

            refused = next(answer for answer in (ask("203.0.113.20") for _ in range(10)) if answer.status != 200)
            self.check_error(refused, 429, "TooManyRequests")
            self.assertEqual(ask("203.0.113.21").status, 200)
        finally:
            self.node.reload(**{"http-request-rate": 0})


if __name__ == "__main__":
    unittest.main()
