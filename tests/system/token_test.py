"""Bearer tokens of the HTTP interface: issue 4, "Optional authentication". Real programs, real store."""

import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import signal
import threading
import unittest

from harness import COUNTED_SOON, Client, SharedServerTest, SystemTest, eventually

ADD = "/lists/Spring_2024?req=AddRecord"
REJECT = "/records/1?req=RecordReject"
BODY = {"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}
TOKEN = re.compile(r"outpost_[A-Za-z0-9_-]{43}\n")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class TokenMaker:
    def token(self, server, name, *arguments):
        done = server.ctl("token", "add", name, *arguments)
        self.assertRegex(done.stdout, rf"\A{TOKEN.pattern}\Z")
        return done.stdout.strip()


class TokenTest(TokenMaker, SharedServerTest):
    options = {"application": {"authentication": "token"}}

    def secured(self):
        """The server, with no token. What a test leaves is revoked."""
        for token in self.server.command("token-list")["tokens"]:
            self.server.command("token-revoke", name=token["name"])
        return self.server

    def test_two_headers_are_refused_with_400(self):
        server = self.secured()
        token = self.token(server, "crm")
        for second in (token, "other"):
            answer = server.raw(f"POST {ADD} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
                                f"Authorization: Bearer {second}\r\nContent-Length: 0\r\n\r\n".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)

    def test_limits_of_resource_and_request(self):
        server = self.secured()
        lists = self.token(server, "lists", "--resources", "lists,campaigngroups")
        adder = self.token(server, "adder", "--requests", "AddRecord,recordcancel")
        self.assertEqual(server.post(ADD, BODY, bearer(lists)).status, 200)
        self.assertEqual(server.post(ADD, BODY, bearer(adder)).status, 200)
        self.assertEqual(server.post("/campaigngroups/201?req=PreviewRecordRequest", {}, bearer(lists)).status, 200)
        self.assertNotIn(server.post("/phones/1?req=RequestRecordCancel", {}, bearer(adder)).status, (401, 403))
        for token, target, what in ((lists, REJECT, "resource type records"), (adder, REJECT, "request RecordReject")):
            answer = server.post(target, {}, bearer(token))
            self.assertEqual(answer.status, 403)
            self.assertIn('error="insufficient_scope"', answer.headers["www-authenticate"])
            self.assertEqual(answer.json["GSW_ERROR"], f"The token is not for the {what}.")
            self.assertNotIn("AddRecord", answer.body.decode() + answer.headers["www-authenticate"])

    def test_revoked_at_once_on_a_connection_that_stays(self):
        server = self.secured()
        token = self.token(server, "crm")
        other = self.token(server, "other")
        client = Client(server)
        self.addCleanup(client.close)
        for _ in range(3):
            self.assertEqual(client.post(ADD, BODY, bearer(token)).status, 200)
        peer = client.peer
        self.assertEqual(server.ctl("token", "revoke", "crm").stdout, "token crm is revoked\n")
        answer = client.post(ADD, BODY, bearer(token))
        self.assertEqual(answer.status, 401)
        self.assertEqual(client.post(ADD, BODY, bearer(other)).status, 200)
        self.assertIs(client.peer, peer, "the connection was not kept")
        done = server.ctl("token", "revoke", "crm", check=False)
        self.assertEqual(done.returncode, 1)
        # The name is free again, for another token.
        again = self.token(server, "crm")
        self.assertEqual(client.post(ADD, BODY, bearer(token)).status, 401)
        self.assertEqual(client.post(ADD, BODY, bearer(again)).status, 200)

    def test_revoked_between_head_and_body(self):
        server = self.secured()
        token = self.token(server, "crm")
        connection = server.connect()
        connection.putrequest("POST", ADD)
        connection.putheader("Authorization", f"Bearer {token}")
        connection.putheader("Content-Length", str(len(json.dumps(BODY))))
        connection.endheaders()
        server.ctl("token", "revoke", "crm")
        connection.send(json.dumps(BODY).encode())
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()

    def test_refused_before_the_body_is_asked_for(self):
        server = self.secured()
        token = self.token(server, "crm")
        head = f"POST {ADD} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n"
        answer = server.raw((head + "\r\n").encode(), finish=False)
        self.assertTrue(answer.startswith(b"HTTP/1.1 401 Unauthorized\r\n"), answer)
        self.assertIn(b"\r\nConnection: close\r\n", answer)
        with_token = (head + f"Authorization: Bearer {token}\r\n\r\n").encode()
        self.assertTrue(server.raw(with_token).startswith(b"HTTP/1.1 100 Continue\r\n"))

    def test_expiry(self):
        server = self.secured()
        token = self.token(server, "short", "--expires-in", "0.00003")
        long = self.token(server, "long", "--expires-in", "30")
        eventually(lambda: server.post(ADD, BODY, bearer(token)).status == 401, "the token expires")
        answer = server.post(ADD, BODY, bearer(token))
        self.assertIn("expired", answer.headers["www-authenticate"])
        self.assertEqual(server.post(ADD, BODY, bearer(long)).status, 200)

    def test_list_and_mistakes(self):
        server = self.secured()
        self.token(server, "b", "--requests", "AddRecord", "--expires-in", "1")
        self.token(server, "a@site.one-1_2", "--resources", "customerids", "--resources", "lists")
        text = server.ctl("token", "list").stdout
        self.assertRegex(text, r"(?s)TOKEN.*a@site\.one-1_2 +customer_ids, lists +all .* never\n.*b +all +AddRecord ")
        listed = server.ctl_json("token", "list")["tokens"]
        self.assertEqual([t["name"] for t in listed], ["a@site.one-1_2", "b"])
        self.assertEqual(sorted(listed[0]), ["created_at", "expires_at", "name", "requests", "resources"])
        self.assertEqual(listed[1]["expires_at"] - listed[1]["created_at"], 86400)
        made = server.ctl_json("token", "add", "c")
        self.assertRegex(made["token"] + "\n", rf"\A{TOKEN.pattern}\Z")
        for arguments, code, words in (
                (("add", "b"), 1, "already"), (("add", "a b"), 1, "A-Z a-z 0-9"), (("add", ""), 1, "A-Z a-z 0-9"),
                (("add", "x" * 65), 1, "64"), (("add", "d", "--resources", "list"), 1, "is lists meant"),
                (("add", "d", "--requests", "AddRecrd"), 1, "is AddRecord meant"),
                (("add", "d", "--resources", "lists", "--requests", "LogOut"), 1, "no request of the resource types"),
                (("add", "d", "--expires-in", "0"), 2, "range"), (("revoke", "bb"), 1, "is \"b\" meant"),
                (("revok", "b"), 2, "did you mean revoke"), ((), 2, "subcommand")):
            done = server.ctl("token", *arguments, check=False)
            self.assertEqual(done.returncode, code, (arguments, done.stderr))
            self.assertIn(words, done.stderr, arguments)
            self.assertNotIn("outpost_", done.stdout)

    def test_changes_under_load(self):
        server = self.secured()
        steady = self.token(server, "steady")
        stop = threading.Event()
        statuses = [[] for _ in range(4)]

        def ask(seen):
            client = Client(server)
            while not stop.is_set():
                seen.append(client.post(ADD, BODY, bearer(steady)).status)
            client.close()

        threads = [threading.Thread(target=ask, args=(seen,)) for seen in statuses]
        for thread in threads:
            thread.start()
        for number in range(15):
            token = f"outpost_{secrets.token_urlsafe(32)}"
            server.command("token-add", name=f"t{number}", digest=hashlib.sha256(token.encode()).hexdigest())
            self.assertEqual(server.post(ADD, BODY, bearer(token)).status, 200)
            server.command("token-revoke", name=f"t{number}")
            self.assertEqual(server.post(ADD, BODY, bearer(token)).status, 401)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertTrue(all(seen for seen in statuses))
        self.assertEqual({status for seen in statuses for status in seen}, {200})


class TokenAloneTest(TokenMaker, SystemTest):
    """What a server cannot go through with others."""

    def secured(self, **application):
        return self.running(application={"authentication": "token", **application})

    def test_who_has_no_token_learns_nothing(self):
        server = self.secured(**COUNTED_SOON)
        token = self.token(server, "crm")
        for headers, challenge in (
                ({}, 'Bearer realm="outpost"'),
                ({"Authorization": "Basic " + base64.b64encode(b"crm:" + token.encode()).decode()},
                 'Bearer realm="outpost"'),
                ({"Authorization": token}, 'Bearer realm="outpost"'),
                (bearer(token[:-1]), 'error="invalid_token"'),
                (bearer(token + "A"), 'error="invalid_token"'),
                (bearer(token.swapcase()), 'error="invalid_token"'),
                (bearer(f"{token} {token}"), 'error="invalid_token"'),
                (bearer("A" * 4000), 'error="invalid_token"'),
                ({"Authorization": "Bearer"}, 'error="invalid_token"')):
            client = Client(server)
            seen = set()
            for target, body in ((ADD, BODY), (ADD, "no JSON"), ("/lists/Nothing?req=AddRecord", BODY), (REJECT, None)):
                answer = client.post(target, body, headers)
                self.assertEqual(answer.status, 401, (headers, target))
                self.assertIn(challenge, answer.headers["www-authenticate"])
                self.assertTrue(answer.headers["www-authenticate"].startswith('Bearer realm="outpost"'))
                self.assertEqual(answer.json["GSW_ERROR_NUMBER"], 401)
                seen.add((answer.body, answer.headers["www-authenticate"]))
            self.assertEqual(len(seen), 1, "the answer depends on what is there")
            client.close()
        self.assertEqual(server.rows("SELECT count(*) FROM records"), [(0,)])
        self.assertEqual(server.status()["requests"]["received"], 0)
        # What the head alone decides is told to anybody.
        self.assertEqual(server.post("/nothing").status, 404)
        self.assertEqual(server.request("DELETE", ADD).status, 405)
        answer = server.request("HEAD", "/records/1?req=ChainedRecordRequest")
        self.assertEqual((answer.status, answer.body), (401, b""))
        self.assertEqual(answer.headers["www-authenticate"], 'Bearer realm="outpost"')

        for spelling in ("Bearer", "bearer", "BEARER"):
            answer = server.post(ADD, BODY, {"authorization": f"{spelling} {token}"})
            self.assertEqual(answer.status, 200, answer.body)
        self.assertNotIn("www-authenticate", answer.headers)
        eventually(lambda: server.status()["proxy"]["unauthorized"] == 9 * 4 + 1, "the refusals are counted")

    def test_switched_on_and_off_by_reload(self):
        server = self.running()
        token = self.token(server, "crm")
        client = Client(server)
        self.addCleanup(client.close)
        self.assertEqual(client.post(ADD, BODY).status, 200)
        self.assertEqual(client.post(ADD, BODY, bearer("nonsense")).status, 200)
        for mode, status in (("token", 401), ("none", 200)):
            self.assertIn("application.authentication", "".join(server.reload(authentication=mode)["changes"]))
            self.assertEqual(client.post(ADD, BODY).status, status)
            self.assertEqual(client.post(ADD, BODY, bearer(token)).status, 200)

    def test_tokens_outlive_both_programs(self):
        server = self.secured()
        token = self.token(server, "crm", "--resources", "lists")
        gone = self.token(server, "gone")
        server.ctl("token", "revoke", "gone")
        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        for _ in range(2):
            self.assertEqual(server.post(ADD, BODY, bearer(token)).status, 200)
            self.assertEqual(server.post(ADD, BODY, bearer(gone)).status, 401)
            self.assertEqual(server.post(REJECT, {}, bearer(token)).status, 403)
            server.kill()
            server.wait()
            server.start()
        self.assertEqual(server.post(ADD, BODY, bearer(token)).status, 200)

    def test_the_secret_is_nowhere(self):
        server = self.running(application={"authentication": "token"}, log={"level": "debug"})
        token = self.token(server, "crm@site")
        made = server.ctl_json("token", "add", "second")["token"]
        wrong = "outpost_" + "w" * 43
        for text in (token, made, wrong):
            server.post(ADD, BODY, bearer(text))
            server.post("/nothing", BODY, bearer(text))
            server.post(ADD, "{", bearer(text))
            server.raw(f"POST {ADD} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {text}\r\n"
                       f"Authorization: Bearer {text}\r\n\r\n".encode())
        shown = [json.dumps(server.status()), server.ctl("token", "list").stdout,
                 *(pathlib.Path(f"/proc/{pid}/{file}").read_text(errors="replace")
                   for pid in (server.process.pid, server.proxy_pid) for file in ("cmdline", "environ"))]
        server.ctl("token", "revoke", "second")
        server.stop()
        files = [path for path in server.directory.rglob("*") if path.is_file()]
        self.assertTrue(server.store_path in files or server.store_path is None)
        for text in (token, made, wrong):
            secret = text[len("outpost_"):].encode()
            for part in shown:
                self.assertNotIn(secret.decode(), part)
            for path in files:
                self.assertNotIn(secret, path.read_bytes(), path)
        log = server.log_text(proxy=True)
        self.assertRegex(log, r'Int 41070 connection \d+ request 1: token "crm@site", AddRecord of lists')
        self.assertRegex(log, r"Int 41071 connection \d+ request 1 from 127\.0\.0\.1:\d+: unknown token")


if __name__ == "__main__":
    unittest.main()
