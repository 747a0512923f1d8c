"""No log of a node at its most talkative holds what names beginning with XXX and MMM, passwords and tokens have as values,
wherever in a request they are and whatever becomes of it; of XXX not even the names. Source: gms.md 7.5."""

import base64
import itertools
import json
import pathlib
import unittest
import urllib.parse

from mobile import FORM, JSON, SharedNodeTest, multipart
from ors_peer import OrsPeer

NAMES = ["XXX_card", "XXX", "MMM_phone", "password", "Password", "token", "access_token", "secureKey", "authorization"]
USER, PASSWORD = "gms", "w0rd-of-the-node"


class Secrets(SharedNodeTest):
    sections = {
        "log": {"level": "debug", "access": "combined"}, "server": {"username": USER, "password": PASSWORD},
        "service.request-interaction": {"type": "builtin", "service": "request-interaction", "resource_group": "Any"},
        "service.hello": {"type": "ors", "service": "http://apps.example/hello.scxml"},
        "list.GMS_Resources.Any": {"number": "100-1"}, "push": {"pushEnabled": "httpcb"}}

    @classmethod
    def setUpClass(cls):
        cls.ors = OrsPeer()
        cls.addClassCleanup(cls.ors.close)
        host, port = cls.ors.address.split(":")
        cls.sections = {**cls.sections, "connections": [{"name": "one", "type": "ors", "host": host, "port": int(port)}]}
        super().setUpClass()
        cls.serial = itertools.count(1)
        cls.sent = {}  # value: where it was sent

    def secret(self, name, where):
        """A value that nothing else has, in which nothing is encoded; XXX names get an end that nothing else has, too."""
        value = f"zq{next(self.serial):04}vk"
        self.sent[value] = f"{name} in {where}"
        return value

    def members(self, where):
        return {f"{name}zq{next(self.serial):04}nk" if name.startswith("XXX") else name: self.secret(name, where)
                for name in NAMES}

    def ask(self, method, path, body=None, headers=None):
        basic = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
        return self.node.ask(method, path, body, {**basic, **(headers or {})})

    def send_everywhere(self, ending=""):
        """In each place of a request; `ending` makes it one that is refused."""
        query = urllib.parse.urlencode(self.members("the query"))
        self.ask("POST", f"storage/60?{query}{ending}")
        self.ask("POST", "storage/60", urllib.parse.urlencode(self.members("a form")) + ending, FORM)
        body, headers = multipart(list(self.members("a multipart form").items()) + [
            (name, self.secret(name, "a file").encode(), self.secret(name, "a file's name"), "image/png") for name in ("XXX_f", "MMM_f")])
        self.ask("POST", "storage/60", body + (b"--B" if not ending else body[:40]), headers)
        self.ask("POST", "storage/60", body[:-8] if ending else body, headers)
        deep = {"shown": [{"deep": self.members("JSON, deep")}], **self.members("JSON")}
        self.ask("POST", "storage/60", json.dumps(deep) + ending, JSON)
        self.ask("POST", "storage/60", json.dumps(deep) + ending, FORM)

    def test_no_log_shows_a_secret(self):
        self.send_everywhere()
        for ending in ("&a=%zz", "&a=%00", "&_refused=1"):
            self.send_everywhere(ending)
        self.send_keys()
        self.send_json_in_disguise()
        self.send_to_services()
        self.send_to_subscribers()
        self.send_credentials()
        self.assertEqual(self.ask("GET", "node").status, 200)
        self.node.await_log("storage", proxy=True)
        self.node.stop()
        self.look()

    def send_json_in_disguise(self):
        """As a form that is none, as a text of JSON, behind a blank, as a file."""
        deep = json.dumps({"shown": {"deep": self.members("JSON in a text")}})
        for body, kind in ((deep[:-1] + ",}", FORM), (deep[:200] + ",}", FORM), (deep, JSON), (" " + deep, FORM),
                           (urllib.parse.urlencode({"shown": " " + deep}), FORM)):
            answer = self.ask("POST", "storage/60", body, kind)
            if answer.status == 200:
                self.ask("GET", f"storage/{answer.json['id']}")
        for name, value in self.members("a file of JSON").items():
            body, headers = multipart([(name, json.dumps({"shown": value}).encode(), "f.json", "application/json")])
            area = self.ask("POST", "storage/60", body, headers).json["id"]
            self.ask("GET", f"storage/binary/{area}/{name}")

    def send_to_services(self):
        """As user data, and in what goes on to an application."""
        for name in ("request-interaction", "hello"):
            form = urllib.parse.urlencode({**self.members(f"a service {name}"), "_XXX_own": self.secret("_XXX_own", name),
                                           "_MMM_own": self.secret("_MMM_own", name)})
            answer = self.ask("POST", f"service/{name}", form, FORM)
            self.assertEqual(answer.status, 200, answer.body)
            service = answer.json.get("_id") or self.ors.messages("request/gms.start")[-1]["session"]
            for what in ("update", "storage", "position", "request/position"):
                self.ask("POST", f"service/{service}/{what}", urllib.parse.urlencode(self.members(what)), FORM)
            self.ask("GET", f"service/{service}/storage")
            self.ask("DELETE", f"service/{service}")

    def send_to_subscribers(self):
        secret = self.secret("the URL", "a subscription")
        self.ask("POST", "notification/subscription", json.dumps({
            "subscriberId": "test", "filter": "secrets.*", "authorization": "ann:" + self.secret("authorization", "a subscription"),
            "notificationDetails": {"type": "httpcb", "deviceId": f"http://{self.ors.address}/hook?key={secret}",
                                    "properties": self.members("properties")}}), JSON)
        self.ask("POST", "notification/publish", json.dumps({"tag": "secrets.all", "message": self.members("a message")}), JSON)
        self.node.ctl("publish", "secrets.all", self.secret("a message", "outpostctl publish"))

    def send_keys(self):
        """Keys of storage are part of a path."""
        for name, value in self.members("a key").items():
            area = self.ask("POST", "storage/60", urllib.parse.urlencode({name: value}), FORM).json["id"]
            self.ask("GET", f"storage/{area}/{name}")
            self.ask("GET", f"storage/binary/{area}/{name}")
            self.ask("GET", f"storage/{area}/{name}x")
            self.ask("DELETE", f"storage/{area}/{name}")
            self.ask("GET", f"nowhere/{name}?{name}={value}")
            self.ask("GET", f"storage/%zz/{name}?{name}={value}")

    def send_credentials(self):
        for scheme in ("Basic", "Bearer", "Digest", "Other"):
            self.node.get("node", Authorization=f"{scheme} {self.secret('Authorization', scheme)}")
        wrong = self.secret("password", "Basic")
        self.sent[base64.b64encode(f"{USER}:{wrong}".encode()).decode().rstrip("=")] = "Basic, encoded"
        self.node.get("node", Authorization="Basic " + base64.b64encode(f"{USER}:{wrong}".encode()).decode())
        token = self.node.ctl_json("token", "add", "app", "--resources", "storage")["token"]
        self.sent[token] = "a token"
        self.sent[PASSWORD] = "the password of the node"
        self.node.get("node", Authorization=f"Bearer {token}")

    def look(self):
        files = [path for path in pathlib.Path(self.directory, "log").iterdir() if path.is_file()]
        self.assertGreaterEqual(len({path.name.split(".")[0] for path in files}), 3, files)
        files.append(pathlib.Path(self.directory, "stderr.txt"))
        text = {path.name: path.read_text(errors="replace") for path in files}
        self.assertIn("Dbg", "".join(text.values()))
        self.assertIn("MMM_phone", "".join(text.values()))  # masked, not left out
        for name, content in text.items():
            for value, place in self.sent.items():
                self.assertNotIn(value, content, f"{place} is in {name}")
            self.assertNotIn("XXX", content, name)
            self.assertNotRegex(content, r"zq\d{4}[vn]k", name)


if __name__ == "__main__":
    unittest.main()
