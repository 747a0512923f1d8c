"""Nodes over one store: what one has stored the others serve, until its time is over by the store's clock; each has a
node_id of its own; what differs where nothing may differ is said. On SQLite there is one node. Source: mobile.md 6.4, 12."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import unittest

import engines
import postgres_query
from harness import BIN, SCALE, eventually
from mobile import API, MobileTest, curl
from postgres_server import PostgresServer

FAKETIME = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SEVERAL = unittest.skipUnless(engines.ENGINE == "postgresql", "SQLite has one node")
PHOTO = b"\xff\xd8\xff\xe0" + os.urandom(200_000)
CHANNEL_TIMEOUT_MS = 5_000
HOUR_AHEAD = {"FAKETIME": "+1h", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}


def refused(node):
    """Starts a node that must not start; gives what it says."""
    done = subprocess.run([BIN / "outpostd", "--config", node.config_path], capture_output=True, text=True, check=False,
                          timeout=60 * SCALE)
    assert done.returncode != 0, "it started"
    return done.stderr


class OneNode(MobileTest):
    def test_online_and_offline_by_each_way(self):
        node = self.node().start()
        self.check_node(node, "ONLINE")
        node.ctl("node", "offline")
        self.check_node(node, "OFFLINE")
        node.create(name="Ann")  # it goes on with what comes
        answer = node.ask("POST", "admin/node/changestatus/ONLINE")
        self.assertEqual(answer.status, 200)
        self.check_node(node, "ONLINE")
        self.assertEqual(node.ask("POST", "admin/node/changestatus/OFFLINE").status, 200)
        self.check_node(node, "OFFLINE")
        node.ctl("node", "online")
        self.check_node(node, "ONLINE")
        self.check_error(node.ask("POST", "admin/node/changestatus/away"), 400, "BadRequest", "ONLINE")

    def check_node(self, node, status):
        answer = node.get("node")
        self.assertEqual((answer.status, answer.body.decode()), (200 if status == "ONLINE" else 503, status))
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        answer = node.get("admin/node/status")
        self.assertEqual((answer.status, answer.body.decode()), (200, status))
        self.assertEqual(answer.headers["Content-Type"], "text/plain;charset=ISO-8859-1")
        self.assertEqual(node.get("admin/counters").json["node"]["status"], status)

    def test_term_is_offline_and_then_the_end(self):
        node = self.node(server={"shutdown_delay": 60}).start()
        self.assertEqual(node.get("node").status, 200)
        node.process.terminate()
        eventually(lambda: node.get("node").status == 503, "the balancer is told")
        node.create(name="Ann")  # and served meanwhile
        node.process.terminate()  # again: at once
        self.assertEqual(node.wait(), 0)

    def test_what_a_node_says_of_itself(self):
        node = self.node(7, server={"web_host": "node7.example"}).start()
        area = node.create(name="Ann")
        self.assertEqual(node.get("admin/counters").json["node"]["id"], 7)
        eventually(lambda: node.get("admin/counters").json["storage"]["areas"] == 1, "it is counted")
        self.assertEqual(node.ctl_json("nodes")["nodes"][0]["node_id"], 7)
        self.assertIn("node7.example", node.ctl("nodes").stdout)
        self.assertIn("ONLINE", node.ctl("status").stdout)
        # Commands of the other type say so.
        done = node.ctl("switch", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mobile", done.stderr)
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.read(area), {"name": "Ann"})

    def test_who_has_lost_its_node_id_ends_with_an_error(self):
        node = self.node().start()
        self.store.change("UPDATE mobile_nodes SET life = 'another'")
        self.assertEqual(node.wait(), 1)  # so that systemd starts it again
        text = node.log_text()
        self.assertIn("node_id 1 is that of another outpostd by now", text)
        self.assertIn("another server-info.host or control.socket", text)
        node.start()
        self.assertEqual(node.get("node").status, 200)

    def test_a_start_that_fails_gives_the_node_id_back(self):
        fails = self.node(1, name="a")
        fails.control.mkdir()  # no socket can be there
        self.assertIn("control.socket", refused(fails))
        self.assertEqual(self.store.rows("SELECT node_id FROM mobile_nodes"), [])

    def test_urls_begin_as_the_node_is_told(self):
        node = self.node(server={"external_url_base": "https://m.example/"}).start()
        pathlib.Path(self.directory, "p.jpg").write_bytes(PHOTO)
        area = curl(self.directory, "-F", "photo=@p.jpg", node.url("storage/60")).json["id"]
        self.assertEqual(node.read(area)["photo"], f"https://m.example{API}/storage/binary/{area}/photo")


@SEVERAL
class TwoNodes(MobileTest):
    def check_nodes(self, node, *numbers):
        eventually(lambda: [one["node_id"] for one in node.ctl_json("nodes")["nodes"] if one["live"]] == list(numbers),
                   "each sees the others within a second or two")

    def test_a_start_that_takes_long_is_no_silence_of_its_proxy(self):
        node = self.node(application={"type": "mobile", "channel-timeout": CHANNEL_TIMEOUT_MS}).start()
        self.assertEqual(node.stop(), 0)
        lock = postgres_query.Connection(self.store.url)
        lock.rows("BEGIN")
        lock.rows("LOCK TABLE mobile_nodes")
        node.start(wait=False)
        eventually(lambda: self.store.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "it waits for the table")
        node.kill(signal.SIGSTOP)
        lock.close()
        threading.Event().wait(1.5 * CHANNEL_TIMEOUT_MS / 1000)  # a start that takes so long, whatever the machine
        node.kill(signal.SIGCONT)
        node.await_proxy()
        self.assertNotIn("said nothing", node.log_text())
        self.assertNotIn("the store does not answer", node.log_text())

    def test_what_one_has_stored_the_other_serves(self):
        a, b = self.node(1).start(), self.node(2).start()
        pathlib.Path(self.directory, "p.jpg").write_bytes(PHOTO)
        area = curl(self.directory, "-F", "name=Ann", "-F", "photo=@p.jpg", a.url("storage/60")).json["id"]
        whole = curl(self.directory, b.url(f"storage/{area}")).json
        self.assertEqual(whole["name"], "Ann")
        self.assertIn(area, whole["photo"])
        self.assertEqual(curl(self.directory, b.url(f"storage/binary/{area}/photo")).body, PHOTO)
        b.ask("POST", f"storage/{area}/60", json.dumps({"city": "Köln"}), {"Content-Type": "application/json"})
        self.assertEqual(a.read(area)["city"], "Köln")
        b.ask("DELETE", f"storage/{area}")
        self.check_error(a.get(f"storage/{area}"), 404, "NotFound")
        self.check_nodes(a, 1, 2)

    @unittest.skipUnless(FAKETIME, "there is no faketime; run scripts/setup")
    def test_an_area_ends_by_the_clock_of_the_store(self):
        # The proxy gets the library, too, which makes calls that its filter would kill it for.
        ahead, right = self.node(1, sandbox={"seccomp": "off"}), self.node(2).start()
        options = os.environ.get("ASAN_OPTIONS", "")  # the library is loaded before a sanitizer's
        ahead.environment = {"LD_PRELOAD": str(FAKETIME[0]), **HOUR_AHEAD,
                             "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0"}
        ahead.start()
        for maker in (ahead, right):
            long, short = maker.create(600, name="Ann"), maker.create(1, name="Bob")
            for node in (ahead, right):
                self.assertEqual(node.read(long), {"name": "Ann"})
                eventually(lambda at=node, area=short: at.get(f"storage/{area}").status == 404, "its time is over")
                self.assertEqual(node.read(long), {"name": "Ann"})

    def test_a_node_id_is_of_one_node(self):
        a = self.node(1, name="a").start()
        text = refused(self.node(1, name="b"))
        self.assertRegex(text, r"node_id 1 is that of node \S+ \(.*a/control\.sock\), seen \d+ s ago; give this node another "
                               r"server\.node_id")
        self.assertEqual(a.get("node").status, 200)
        # Whoever ends in good order gives it back; whoever was killed has it again at once.
        a.kill_both()
        a.start()
        self.assertEqual(a.stop(), 0)
        b = self.node(1, name="c").start()
        self.assertEqual(b.get("node").status, 200)

    def test_a_reload_takes_a_node_id_that_is_free(self):
        a, b = self.node(1).start(), self.node(2).start()
        b.config["server"]["node_id"] = 1
        b.write_config()
        done = b.ctl("reload", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("node_id 1 is that of node", done.stderr)
        self.assertEqual(b.get("admin/counters").json["node"]["id"], 2)
        b.reload_with("server", node_id=3)
        self.assertEqual(b.get("admin/counters").json["node"]["id"], 3)
        self.check_nodes(a, 1, 3)

    def test_what_differs_where_nothing_may_is_said_by_both(self):
        a, b = self.node(1).start(), self.node(2, gms={"http.connection_timeout": 3}).start()
        for node, other in ((a, 2), (b, 1)):
            found = eventually(lambda at=node: at.status()["warnings"], "the difference is seen")
            self.assertEqual(len(found), 1, found)
            self.assertRegex(found[0], rf"gms.*\b{other}\b")
            self.assertIn("gms", node.ctl("status").stdout)
            self.assertEqual(node.get("admin/counters").json["warnings"], found)
            node.await_log(re.escape(found[0]))
            self.assertEqual(node.log_text().count(found[0]), 1)  # once for each change
        b.reload_with("gms", **{"http.connection_timeout": 2})
        for node in (a, b):
            eventually(lambda at=node: at.status()["warnings"] == [], "it is settled")

    def test_a_store_that_is_away(self):
        with PostgresServer() as server:
            node = self.node(store=engines.PostgresqlStore(server)).start()
            area = node.create(name="Ann")
            server.stop()
            eventually(lambda: node.get("node").status == 503, "the balancer is told")
            self.check_error(node.get(f"storage/{area}"), 503, "Unavailable")
            self.check_error(node.ask("POST", "storage/60"), 503, "Unavailable")
            server.start()
            eventually(lambda: node.get("node").status == 200, "the store is back")
            self.assertEqual(node.read(area), {"name": "Ann"})
            self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
