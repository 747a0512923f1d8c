"""outpost-courier's life: killed, hung, reconfigured, drained; what it has given up; outpostctl test-call."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from courier import PATIENT, Call, courier_of
from harness import BIN, SCALE, SystemTest, await_gone, eventually

from strange_server import StrangeServer

ROOT = os.geteuid() == 0


class Life(SystemTest):
    def started(self, clients=(PATIENT,), **options):
        server = self.outpost(**options)
        server.config["http-client"] = list(clients)
        server.write_config()
        server.start()
        peer = StrangeServer()
        self.addCleanup(peer.close)
        return server, peer

    def test_a_courier_that_is_killed(self):
        server, peer = self.started()
        courier = courier_of(server)
        call = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        os.kill(courier["pid"], signal.SIGKILL)
        reply = call.outcome()
        self.assertEqual((reply["outcome"], reply["may_have_arrived"]), ("lost", True), reply)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200, "it waits for the next courier")
        again = courier_of(server)
        self.assertNotEqual(again["pid"], courier["pid"])
        self.assertEqual(again["restarts"], 1)
        self.assertEqual(server.status()["health"]["ready"], True)

    def test_a_courier_that_stands_still(self):
        server, peer = self.started(application={"channel-timeout": round(3000 * SCALE)})
        pid = courier_of(server)["pid"]
        call = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        os.kill(pid, signal.SIGSTOP)
        self.assertEqual(call.outcome()["outcome"], "lost")
        await_gone(pid)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        self.assertIn("courier is killed", server.log_text())

    def test_it_is_there_while_it_is_configured(self):
        server, peer = self.started()
        pid = courier_of(server)["pid"]
        clients = server.config.pop("http-client")
        server.reload()
        await_gone(pid)
        eventually(lambda: server.status()["courier"] is None, "no courier")
        reply = server.command("test-call", url=peer.url("/"))
        self.assertEqual(reply["outcome"], "unavailable")
        self.assertIn("there is no http-client", reply["text"])
        server.config["http-client"] = clients
        server.reload()
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        # What changes is in force for the next request.
        server.config["http-client"] = [{**PATIENT, "http-deny-targets": "127.0.0.0/8"}]
        server.reload()
        self.assertEqual(server.command("test-call", url=peer.url("/"))["outcome"], "denied")

    def test_the_end_waits_for_what_was_asked(self):
        server, peer = self.started(application={"stop-timeout": 120})
        courier_of(server)
        call = Call(server, peer.url("/wait"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        server.kill(signal.SIGTERM)
        eventually(lambda: "draining: 1 fetch" in self.courier_log(server), "it drains")
        peer.let_go.set()
        self.assertEqual(server.wait(), 0)
        self.assertEqual(call.outcome()["status"], 200)

    def test_what_a_courier_that_ends_did_not_send_is_the_next_ones(self):
        server, peer = self.started([{**PATIENT, "http-connection-pool-size": 1}])
        pid = courier_of(server)["pid"]
        under_way = Call(server, peer.url("/hang"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        waiting = Call(server, peer.url("/waited"), body="its text is kept")
        eventually(lambda: server.status()["courier"]["in_flight"] == 2, "it waits for its turn")
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: "draining: 2 fetch" in self.courier_log(server), "it drains")
        late = Call(server, peer.url("/late"))
        self.assertEqual(under_way.outcome()["outcome"], "lost")
        for call, target, body in ((waiting, "/waited", "its text is kept"), (late, "/late", "")):
            reply = call.outcome()
            self.assertEqual(reply["outcome"], "answered", reply)
            seen = json.loads(reply["body"])
            self.assertEqual((seen["target"], seen["body"]), (target, body))
        courier = courier_of(server)
        self.assertNotEqual(courier["pid"], pid)
        self.assertEqual((courier["in_flight"], courier["waiting"]), (0, 0))
        self.assertEqual(courier["outcomes"], {"answered": 2, "lost": 1})
        self.assertRegex(self.courier_log(server), r"fetch \d+ POST \S+/waited: not-taken")
        metrics = server.ctl("metrics").stdout
        self.assertIn('outpost_fetches_total{outcome="lost"} 1', metrics)
        self.assertNotIn("not-taken", metrics)

    @unittest.skipUnless(ROOT, "it takes root to give a program an /etc of its own")
    def test_a_resolver_file_that_was_replaced(self):
        peer = StrangeServer()
        self.addCleanup(peer.close)
        etc = pathlib.Path(self.directory, "etc")
        shutil.copytree("/etc", etc, symlinks=True)

        def put(name, text):
            new = etc / f"{name}.new"
            new.write_text(text)
            os.replace(new, etc / name)
        put("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        put("hosts", "127.0.0.1 localhost\n")
        server = self.outpost()
        server.config["http-client"] = [PATIENT]
        server.write_config()
        server.start(command=["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', etc,
                              BIN / "outpostd", "--config", server.config_path])
        pid = courier_of(server)["pid"]
        call = Call(server, peer.url("/wait"))
        self.assertTrue(peer.arrived.acquire(timeout=30 * SCALE))
        nobody = "http://no-such-host.invalid/"
        self.assertEqual(server.command("test-call", url=nobody)["outcome"], "resolve")
        self.assertEqual(courier_of(server)["pid"], pid, "nothing was replaced")
        put("hosts", "127.0.0.1 localhost new.invalid\n")
        self.assertEqual(server.command("test-call", url=nobody)["outcome"], "resolve")
        eventually(lambda: "draining: 1 fetch" in self.courier_log(server), "another takes over")
        peer.let_go.set()
        self.assertEqual(call.outcome()["status"], 200, "what was under way")
        # Whether it comes before the end of the first or behind it.
        self.assertEqual(server.command("test-call", url=peer.url("/", host="new.invalid"))["status"], 200)
        self.assertNotEqual(courier_of(server)["pid"], pid)
        self.assertIn("a file of the resolver was replaced", self.courier_log(server))

    def courier_log(self, server):
        return "".join(p.read_text(errors="replace") for p in server.log_directory.glob("outpost_COURIER.2*.log"))

    def test_it_has_given_up_what_it_does_not_need(self):
        server, peer = self.started()
        courier = courier_of(server)
        self.assertEqual(server.command("test-call", url=peer.url("/"))["status"], 200)
        status = dict(line.split(":\t", 1) for line in
                      pathlib.Path(f"/proc/{courier['pid']}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)), ("1", "2", 0))
        if ROOT:
            nobody = subprocess.check_output(["id", "-u", "nobody"], text=True).strip()
            self.assertEqual(status["Uid"].split(), [nobody] * 4)
        measures = {m["name"]: m for m in courier["sandbox"]}
        self.assertTrue(measures["seccomp"]["active"])
        if measures["landlock"]["active"]:
            self.assertRegex(measures["landlock"]["text"], r"^no file but \d to read")
        shown = server.ctl("status").stdout
        self.assertRegex(shown, r"courier +running, pid \d+")
        self.assertIn("outpost_COURIER.log", shown)
        self.assertIn('outpost_fetches_total{outcome="answered"} 1', server.ctl("metrics").stdout)

    def test_outpostctl_shows_it(self):
        server, peer = self.started()
        done = server.ctl("test-call", peer.url("/x"), "--data", "-", "--header", "X-Key: 1", input="the body")
        self.assertRegex(done.stdout, r"^answer +200 over HTTP/1.1, \d+ bytes\nserver +127.0.0.1 \d+\nms +")
        self.assertIn('"method": "POST"', done.stdout)
        self.assertIn('"x-key": "1"', done.stdout)
        refused = server.ctl("test-call", "http://169.254.169.254/", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("denied: the address of the server is not one that may be connected to\n", refused.stdout)
        self.assertEqual(json.loads(server.ctl("test-call", peer.url("/"), "--json").stdout)["outcome"], "answered")
        wrong = server.ctl("test-call", peer.url("/"), "--method", "get", check=False)
        self.assertEqual((wrong.returncode, "is no method" in wrong.stderr), (1, True))

    def test_options_that_are_wrong(self):
        folder = pathlib.Path(self.directory)
        config = folder / "wrong.json"
        for clients, text in (
                ([{"http-proxy": "socks5://a:1"}], "http-client[0].http-proxy"),
                ([{"http-allow-targets": "10.0.0.1/8"}], "http-client[0].http-allow-targets"),
                ([{"http-custom-headers": "Host: a"}], "http-client[0].http-custom-headers"),
                ([{"http-client-ports": "9-1"}], "http-client[0].http-client-ports"),
                ([{"ca": str(folder / "none.pem")}], "http-client[0].ca"),
                ([{"certificate": "/a.pem"}], "http-client[0].key: the certificate needs its key"),
                ([{}, {}], "http-client[1].name: http-client[0] has this name too")):
            config.write_text(json.dumps({"http-client": clients}))
            done = subprocess.run([BIN / "outpostd", "--config", config, "--check-config"], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 1, clients)
            self.assertIn(text, done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
