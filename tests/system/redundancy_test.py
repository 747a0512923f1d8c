"""Two supervisors over one store, seen by the person who runs them: who is what, switching, telling, and what is refused.
What happens when they are harmed is ha_test.py."""
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import engines
from harness import BIN, SCALE, Outbound, eventually, sanitizer_findings

# Long, so that no lease runs out because a machine is slow; short where it shall run out.
LEASE_MS = 20_000
SHORT_MS = 2000
SHORT = {"lease-time": SHORT_MS}


class RedundancyTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)

    def node(self, name, **redundancy):
        folder = self.directory / name
        folder.mkdir()
        node = Outbound(folder, store=self.store,
                        redundancy={"enabled": True, "name": name, "lease-time": LEASE_MS, "renewal-interval": 250,
                                    **redundancy})
        self.addCleanup(self.finish, node)
        return node

    def finish(self, node):
        node.close()
        text = (node.directory / "stderr.txt").read_text(errors="replace")
        self.assertEqual(sanitizer_findings(text), [])

    def start(self, node):
        node.start(wait=False)
        node.notify.wait("READY=1", process=node.process)
        return node

    def pair(self, **redundancy):
        a = self.node("a", **redundancy)
        b = self.node("b", **redundancy)
        a.start()
        a.apply()
        self.start(b)
        self.await_known(a=a, b=b)
        return a, b

    def await_known(self, primary="a", **nodes):
        """Until each has read in the store who is what, itself included: only then can any of them be asked about the others."""
        roles = {name: "primary" if name == primary else "backup" for name in nodes}
        eventually(lambda: all({m["name"]: m["role"] for m in node.status()["members"]} == roles and
                               node.status()["lease"]["holder"] == primary for node in nodes.values()), "all know of all")

    def role(self, node):
        return node.status()["role"]

    def await_roles(self, *expected):
        """Pairs of a node and its role: whoever gave the role away is backup a moment after the other has it."""
        eventually(lambda: all(self.role(node) == role for node, role in expected), "each has its role")

    def refused(self, node, *arguments):
        done = node.ctl(*arguments, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        return done.stderr

    def test_both_sides_say_who_is_what(self):
        a, b = self.pair()
        for node in (a, b):
            status = node.status()
            self.assertEqual(status["lease"]["holder"], "a")
            members = {member["name"]: member for member in status["members"]}
            self.assertEqual(members["b"]["pid"], b.process.pid)
            self.assertEqual([m["name"] for m in status["members"] if m["self"]], [node.config["redundancy"]["name"]])
        self.assertIsNone(b.status()["proxy"])
        last = a.status()["transitions"][0]
        self.assertEqual((last["from"], last["to"]), ("starting", "primary"))
        self.assertTrue(last["reason"])
        text = b.ctl("status").stdout
        self.assertIn("a has the lease", text)
        self.assertIn("(this one)", text)

    def test_a_switch_from_either_side_keeps_handles_and_idempotency_keys(self):
        a, b = self.pair()
        added = a.add(headers={"Idempotency-Key": "once"})
        handle = a.preview(GSW_AGENT_ID="x").json["GSW_RECORD_HANDLE"]
        a.ctl("dnc", "add", "--phone", "+1999")

        reply = a.ctl_json("switch")
        b.await_proxy()
        self.assertEqual((reply["from"], reply["to"]), ("a", "b"))
        self.assertGreaterEqual(reply["gap_ms"], 0)
        self.await_roles((a, "backup"), (b, "primary"))
        again = b.add(headers={"Idempotency-Key": "once"})
        self.assertEqual(again.json["GSW_CHAIN_ID"], added.json["GSW_CHAIN_ID"])
        self.assertEqual(b.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 33}).status, 200)
        self.assertIn("+1999", b.ctl("dnc", "list").stdout)

        # This time asked of the side that is to be primary, in words.
        text = a.ctl("switch").stdout
        self.assertRegex(text, r"a is primary after b, epoch \d+\nno port was open for \d+ ms\n")
        self.await_roles((a, "primary"), (b, "backup"))

    def test_what_cannot_be_switched_is_refused_with_a_sentence(self):
        a, b = self.pair(**SHORT)
        self.assertIn("there is no supervisor called zzz; known are: a, b", self.refused(a, "switch", "--to", "zzz"))
        self.assertIn("a is primary already", self.refused(b, "switch", "--to", "a"))
        b.stop()
        eventually(lambda: [m for m in a.status()["members"] if m["name"] == "b"][0]["seen_ms_ago"] > 3200,
                   "b is absent")
        self.assertIn("b is absent: it was last heard of", self.refused(a, "switch"))
        self.assertEqual(self.role(a), "primary")

    def test_a_peer_that_does_not_know_the_schema_is_refused(self):
        a, b = self.pair()
        b.kill(signal.SIGSTOP)
        # What an older program would say of itself.
        self.store_execute("UPDATE supervisors SET schema_version = schema_version - 1 WHERE name = 'b'")
        eventually(lambda: [m for m in a.status()["members"] if m["name"] == "b"][0]["schema_version"] <
                   a.status()["store"]["schema_version"], "a reads it")
        self.assertIn("install the newer program there", self.refused(a, "switch"))
        b.kill(signal.SIGCONT)
        eventually(lambda: a.ctl("switch", check=False).returncode == 0, "b says what it is again, and takes over")

    def store_execute(self, sql):
        if self.store.engine == "sqlite":
            subprocess.run(["sqlite3", "-cmd", ".timeout 10000", self.store.path, sql], check=True)
        else:
            subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.store.url, "-c", sql], check=True)

    def test_a_peer_with_a_broken_configuration_is_not_switched_to(self):
        a, b = self.pair()
        good = b.config_path.read_text()
        b.config_path.write_text('{"log": {"level": "loud"}}')
        self.assertIn("b cannot be primary: its configuration is not valid", self.refused(a, "switch"))
        self.assertEqual(a.add().status, 200)
        b.config_path.write_text(good)
        eventually(lambda: a.ctl("switch", check=False).returncode == 0, "b can be switched to again")

    def test_what_a_backup_read_again_is_in_force_when_it_is_primary(self):
        a, b = self.pair()
        b.config["application"]["unknown-fields"] = "refuse"
        b.write_config()
        b.command("reload")
        a.command("switch")
        b.await_proxy()
        self.assertEqual(b.add(state="CA").status, 400)

    def test_a_port_that_was_changed_is_the_next_primarys(self):
        a, b = self.pair()
        b.config["listeners"].append({"name": "second", "address": "127.0.0.1", "port": 0})
        b.write_config()
        a.command("switch")
        self.assertEqual(len(b.status()["proxy"]["listeners"]), 2)

    def test_telling_roles(self):
        a, b = self.pair()
        self.assertIn("this supervisor is backup", b.ctl("role", "backup").stdout)
        self.assertIn("this supervisor is primary", a.ctl("role", "primary").stdout)
        b.command("role", role="primary")
        self.await_roles((a, "backup"), (b, "primary"))
        b.command("role", role="backup")
        eventually(lambda: self.role(a) == "primary", "the other side takes what was given back")
        self.assertEqual(self.role(b), "backup")

    def test_standing_aside_ends_when_the_other_side_has_had_the_role(self):
        a, b = self.pair()
        for _ in range(3):
            for node in (a, b):
                if self.role(node) == "primary":
                    node.command("role", role="backup")
        eventually(lambda: "primary" in (self.role(a), self.role(b)), "one of them takes what both gave back")

    def test_switches_that_cross_end_with_what_was_asked_last(self):
        a, b = self.pair()
        c = self.node("c")
        self.start(c)
        self.await_known(a=a, b=b, c=c)
        for to in ("c", "a", "b", "c", "a"):
            # Asked at once of one that has not yet seen the switch before.
            self.assertEqual(b.command("switch", to=to, timeout_ms=20_000)["to"], to)
            self.assertEqual(b.status()["lease"]["holder"], to)

    def test_a_primary_that_cannot_have_its_port_says_so(self):
        a, b = self.pair()
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen()
            b.config["listeners"][0]["port"] = stranger.getsockname()[1]
            b.write_config()
            error = self.refused(a, "switch", "--timeout", "30")
            self.assertIn("b is primary and does not serve:", error)
            self.assertTrue([m for m in a.status()["members"] if m["name"] == "b"][0]["problem"])
            self.assertEqual(a.command("switch", to="a")["to"], "a")  # and back

    def test_a_switch_to_one_that_dies_is_known_to_have_failed_when_the_old_primary_serves_again(self):
        a, b = self.pair(**SHORT)
        b.kill(signal.SIGSTOP)
        # As if b had got ready and was gone before it could take the lease, and was not silent for long.
        self.store_execute("UPDATE supervisors SET seen_at = seen_at + 3600000 WHERE name = 'b'")
        epoch = a.status()["epoch"]
        asked = subprocess.Popen([BIN / "outpostctl", "--socket", a.control, "--timeout", "50", "switch"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(asked.communicate)
        eventually(lambda: a.status()["lease"]["wanted_by"] == "b", "a has asked b")
        self.store_execute(f"UPDATE supervisors SET ready_for = {epoch} WHERE name = 'b'")
        output, error = asked.communicate(timeout=40 * SCALE)
        self.assertEqual((asked.returncode, output), (1, ""))
        self.assertIn("b did not take the lease; a is primary again", error)
        b.kill(signal.SIGCONT)
        a.await_proxy()
        self.assertEqual(a.add().status, 200)

    def test_without_automatic_failover_nobody_takes_over_untold(self):
        a, b = self.node("a", **SHORT), self.node("b", **SHORT, **{"automatic-failover": False})
        a.start()
        a.apply()
        self.start(b)
        a.kill()
        a.wait()
        eventually(lambda: b.status()["lease"]["expires_in_ms"] < -2 * SHORT_MS, "the lease has run out long ago")
        self.assertEqual(self.role(b), "backup")
        b.command("role", role="primary")
        b.await_proxy()
        self.assertEqual(b.add().status, 200)

    def test_a_stop_hands_over_at_once_and_the_one_that_comes_back_is_backup(self):
        a, b = self.pair()
        self.assertEqual(a.stop(), 0)
        b.await_proxy()
        self.assertIn("the lease is free", b.status()["transitions"][0]["reason"])
        self.start(a)
        self.assertEqual((self.role(a), self.role(b)), ("backup", "primary"))

    def test_who_prefers_to_be_backup_waits(self):
        a, b = self.node("a", **{"preferred-role": "backup", "lease-time": 60000}), self.node("b")
        self.start(a)
        b.start()
        self.assertEqual((self.role(a), self.role(b)), ("backup", "primary"))
        b.stop()
        a.command("role", role="primary")  # told, it does not wait
        a.await_proxy()

    def test_a_backup_changes_nothing_and_says_who_does(self):
        a, b = self.pair()
        path = self.directory / "catalogue.json"
        path.write_text(json.dumps(a.catalogue))
        self.assertIn("this outpostd is backup and changes nothing: a on localhost is primary",
                      self.refused(b, "apply", str(path)))
        self.assertIn("Spring_2024", b.ctl("lists").stdout)  # reading is no change

    def test_the_role_command_is_told_every_change_and_harms_nobody(self):
        told = self.directory / "told"
        command = self.directory / "move-address"
        command.write_text(f'#!/bin/sh\necho "$1 $2 $OUTPOST_NAME" >>{told}\necho moving\nexit 3\n')
        command.chmod(0o755)
        a, b = self.pair(**{"role-command": str(command)})
        a.command("switch")
        eventually(lambda: "primary starting b" in told.read_text(), "b's command has run")
        eventually(lambda: "backup draining a" in told.read_text(), "a's command has run")
        self.assertIn("primary starting a", told.read_text())
        eventually(lambda: "moving" in b.log_text() and "status 3" in b.log_text(), "the log has what it said")
        self.assertEqual(self.role(b), "primary")

    def idle(self, *names, **redundancy):
        """Supervisors of which none takes a lease untold."""
        nodes = [self.start(self.node(name, **{**SHORT, "automatic-failover": False, **redundancy})) for name in names]
        eventually(lambda: all(len(node.status()["members"]) == len(names) for node in nodes), "all hear of all")
        return nodes

    def test_a_switch_gives_the_named_side_a_lease_that_nobody_has(self):
        a, b = self.idle("a", "b")
        self.assertEqual((self.role(a), self.role(b)), ("backup", "backup"))
        reply = a.ctl_json("switch", "--to", "b")
        self.assertEqual((reply["from"], reply["to"]), ("", "b"))
        b.await_proxy()
        b.command("role", role="backup")
        eventually(lambda: not any(node.status()["lease"]["holder"] for node in (a, b)), "both see that nobody has it")
        self.assertRegex(b.ctl("switch", "--to", "a").stdout, r"a is primary, epoch \d+\n")
        self.await_roles((a, "primary"), (b, "backup"))

    def test_a_switch_gives_the_named_side_a_lease_that_has_run_out(self):
        a, b, c = self.idle("a", "b", "c")
        a.command("role", role="primary")
        a.kill()
        a.wait()
        eventually(lambda: all(node.status()["lease"]["expires_in_ms"] < -3 * SHORT_MS for node in (b, c)),
                   "the lease has run out long ago")
        absent = self.refused(c, "switch", "--to", "a")
        self.assertIn("a is absent: it was last heard of", absent)
        self.assertIn("a was primary and its lease has run out: outpostctl role primary, typed here, makes c primary", absent)
        # Who waits to be told has not become absent itself.
        self.assertEqual(c.command("switch", to="b")["to"], "b")
        self.assertEqual(self.role(b), "primary")

    def test_one_that_comes_back_is_not_said_to_be_primary_still(self):
        a, b = self.idle("a", "b")
        a.command("role", role="primary")
        a.kill()
        a.wait()
        self.start(a)
        self.assertEqual(self.role(a), "backup")
        eventually(lambda: [m for m in b.status()["members"] if m["name"] == "a"][0]["pid"] == a.process.pid,
                   "b hears that a lives again")
        self.assertEqual(b.command("switch", to="a")["to"], "a")
        self.assertIn("a is primary already", self.refused(b, "switch", "--to", "a"))

    def wish(self, node, *arguments):
        """A command that waits until the role changes, and its wish, which stands in the lease."""
        asker = subprocess.Popen([BIN / "outpostctl", "--socket", node.control, "--timeout", "600", *arguments],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(asker.communicate)
        self.addCleanup(asker.kill)
        eventually(lambda: node.status()["lease"]["wanted_by"], "the wish stands in the lease")
        return asker

    def test_a_wish_ends_with_whoever_waits_for_it(self):
        # So long that no frozen one counts as absent or loses its lease meanwhile.
        a, b = self.idle("a", "b", **{"lease-time": 60_000})
        b.command("role", role="primary")
        b.await_proxy()
        a.kill(signal.SIGSTOP)
        self.wish(b, "switch", "--to", "a").kill()
        eventually(lambda: b.status()["lease"]["wanted_by"] == "", "the wish is withdrawn")
        b.await_log("no switch to a: whoever asked for it has given up")
        a.kill(signal.SIGCONT)
        self.assertEqual((self.role(a), self.role(b)), ("backup", "primary"))

    def test_a_wish_of_which_nobody_is_left_makes_nobody_primary(self):
        a, b = self.idle("a", "b")
        b.command("role", role="primary")
        a.kill(signal.SIGSTOP)
        self.wish(b, "switch", "--to", "a")
        for node in (a, b):
            node.kill()
            node.wait()
        self.start(a)
        eventually(lambda: a.status()["lease"]["expires_in_ms"] < -2 * SHORT_MS, "the lease has run out long ago")
        self.assertEqual((self.role(a), a.status()["lease"]["wanted_by"]), ("backup", "a"))
        a.command("role", role="primary")
        a.await_proxy()

    def test_a_switch_ends_as_soon_as_the_other_side_counts_as_absent(self):
        # So long that the primary does not lose it on a slow machine, so short that the test sees somebody become absent.
        lease = {"lease-time": 6000}
        a, b = self.pair(**lease)
        c = self.start(self.node("c", **lease))
        self.await_known(a=a, b=b, c=c)
        for asked in (a, c):
            b.kill(signal.SIGSTOP)
            # Long, and yet nobody waits for it.
            self.assertIn("b is absent: it was last heard of", self.refused(asked, "--timeout", "3600", "switch", "--to", "b"))
            eventually(lambda: a.status()["lease"]["wanted_by"] == "", "nothing is wished any more")
            self.assertEqual(self.role(a), "primary")
            b.kill(signal.SIGCONT)
            eventually(lambda: [m for m in asked.status()["members"] if m["name"] == "b"][0]["seen_ms_ago"] < 1500,
                       "b is back")
        self.assertEqual(a.add().status, 200)

    def namesake(self, node):
        folder = self.directory / "other"
        folder.mkdir()
        other = Outbound(folder, store=self.store, redundancy=node.config["redundancy"])
        self.addCleanup(self.finish, other)
        return other

    def refused_start(self, node, sign_of_life=None):
        with subprocess.Popen([BIN / "outpostd", "--config", node.config_path], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as starting:
            while sign_of_life and starting.poll() is None:
                sign_of_life()
            error = starting.communicate(timeout=60 * SCALE)[1]
        self.assertEqual((starting.returncode, sanitizer_findings(error)), (1, []), error)
        return error

    def test_a_second_one_of_a_name_is_refused_at_its_start(self):
        a = self.node("a").start()
        other = self.namesake(a)
        error = self.refused_start(other)
        self.assertIn(f"is called a as well, on localhost, pid {a.process.pid}: give each its own redundancy.name", error)
        self.assertEqual(self.role(a), "primary")
        a.kill()
        a.wait()
        self.start(other)  # at once, after kill -9: the process is gone
        self.assertNotIn("waiting whether it lives", other.log_text())

    def test_a_name_of_another_machine_is_free_when_nobody_gives_signs_of_life_under_it(self):
        a = self.node("a").start()
        other = self.namesake(a)
        a.kill()
        a.wait()
        # As if it had run elsewhere, and by a clock that was set back since.
        self.store_execute("UPDATE supervisors SET process_start = 'elsewhere', seen_at = seen_at + 3600000")
        alive = lambda: self.store_execute("UPDATE supervisors SET seen_at = seen_at + 1")
        self.assertIn("is called a as well", self.refused_start(other, alive))
        self.start(other)
        self.assertIn("waiting whether it lives", other.log_text())

    def test_a_primary_that_is_frozen_in_a_transaction_does_not_keep_the_store(self):
        a, b = self.pair(**SHORT)
        holder = subprocess.Popen(["sqlite3", self.store.path], stdin=subprocess.PIPE, text=True) \
            if self.store.engine == "sqlite" else None
        if holder is None:
            self.skipTest("a database throws out whoever is frozen: the store's own tests have that")
        # The primary is stopped, and its file locked, as it would be in the midst of a commit.
        a.kill(signal.SIGSTOP)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdin.close)
        holder.stdin.write(".timeout 10000\nBEGIN IMMEDIATE;\nSELECT 1;\n")
        holder.stdin.flush()
        # Only the death of the real holder of the lock helps: the primary is killed, and this one lets go then.
        a.wait()
        b.await_log("is stopped, its lease has run out, and it keeps the store locked: it is killed")
        holder.stdin.write("ROLLBACK;\n")
        holder.stdin.flush()
        b.await_proxy()
        self.assertEqual(b.add().status, 200)

    def test_one_without_redundancy_does_not_share_a_file(self):
        if self.store.engine != "sqlite":
            self.skipTest("only a file can be locked")
        self.node("a").start()
        folder = self.directory / "alone"
        folder.mkdir()
        alone = Outbound(folder, store=self.store)
        done = subprocess.run([BIN / "outpostd", "--config", alone.config_path], capture_output=True, text=True,
                              timeout=60 * SCALE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("two may share it when both have redundancy.enabled", done.stderr)

    def test_switching_without_redundancy_is_refused(self):
        alone = self.node("alone", enabled=False)
        alone.start()
        for command in (["switch"], ["role", "backup"]):
            self.assertIn("redundancy.enabled is off", self.refused(alone, *command))


if __name__ == "__main__":
    unittest.main()
