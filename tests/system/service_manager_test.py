"""What the service manager is told: that HTTP is served before the start has succeeded, signs of life, reloads."""
import fcntl
import re
import select
import shutil
import signal
import socket
import time
import unittest

from harness import BIN, SystemTest


class ServiceManager(SystemTest):
    def with_taken_port(self, taken, **application):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        return self.outpost(application=application,
                            listeners=[{"name": "default", "address": "127.0.0.1", "port": taken.getsockname()[1]}])

    def reports_until_end(self, server):
        """All of them: the queue of the socket is short."""
        reports = []
        ended = False
        while not ended:
            ended = server.process.poll() is not None
            while select.select([server.notify.socket], [], [], 0 if ended else 0.1)[0]:
                reports.append(server.notify.socket.recv(8192).decode())
        return reports

    def test_a_start_whose_proxy_does_not_come_up_fails_and_says_why(self):
        server = self.outpost()
        (server.log_directory / "outpost_HTTPPRX.log").mkdir(parents=True)
        server.start(wait=False)
        reports = self.reports_until_end(server)
        self.assertEqual(server.process.returncode, 1)
        self.assertNotIn("READY=1", reports)
        self.assertTrue(any(re.match("STATUS=the start has failed: HTTP proxy does not run: .*HTTPPRX.log is no link", r)
                            for r in reports), reports)
        text = (server.directory / "stderr.txt").read_text()
        self.assertRegex(text, r"outpostd: HTTP proxy does not run: .*outpost_HTTPPRX.log is no link")
        self.assertIn("application.start-requires-http", text)

    def test_a_start_whose_port_stays_taken_fails(self):
        with socket.socket() as taken:
            server = self.with_taken_port(taken)
            server.start(wait=False)
            reports = self.reports_until_end(server)
        self.assertEqual(server.process.returncode, 1)
        self.assertNotIn("READY=1", reports)
        self.assertIn("exited with status 10", (server.directory / "stderr.txt").read_text())

    def test_a_start_waits_for_a_port_that_an_earlier_proxy_is_leaving(self):
        with socket.socket() as taken:
            server = self.with_taken_port(taken)
            server.start(wait=False)
            server.notify.wait(r"STATUS=HTTP proxy not running: .*status 10", process=server.process)
        server.await_proxy()
        server.notify.wait("READY=1", process=server.process)
        self.assertEqual(server.stop(), 0)

    def test_a_start_whose_address_this_machine_does_not_have_fails_without_waiting(self):
        server = self.outpost(listeners=[{"address": "192.0.2.1", "port": 8080}])  # for documentation: RFC 5737
        server.start(wait=False)
        reports = self.reports_until_end(server)
        self.assertEqual(server.process.returncode, 1)
        self.assertNotIn("READY=1", reports)
        self.assertIn("cannot listen on 192.0.2.1 port 8080", (server.directory / "stderr.txt").read_text())
        self.assertEqual(sum("HTTP proxy not running" in report for report in reports), 1, reports)

    def waiting_for_port(self, taken, *arguments):
        server = self.with_taken_port(taken)
        server.start(wait=False, command=[BIN / "outpostd", "--config", server.config_path, *arguments])
        self.addCleanup(server.ctl, "stop", check=False)  # a daemon is not the process that the harness ends
        server.notify.wait(r"STATUS=HTTP proxy not running: .*status 10", process=server.process)
        return server

    def test_a_start_ends_when_a_reload_takes_the_listeners_away_that_it_waits_for(self):
        for daemon in (False, True):
            with self.subTest(daemon=daemon), socket.socket() as taken:
                server = self.waiting_for_port(taken, *(["--daemon"] if daemon else []))
                server.config["listeners"] = []
                server.write_config()
                server.command("reload")
                if daemon:
                    self.assertEqual(server.wait(), 0)
                    server.notify.wait("^READY=1$")
                    server.ctl("stop")
                    server.notify.wait("^STOPPING=1$")
                else:
                    server.notify.wait("^READY=1$", process=server.process)
                    self.assertIsNone(server.status()["proxy"])
                    self.assertEqual(server.stop(), 0)
                self.await_free(server)

    def test_a_start_that_is_stopped_while_it_waits_has_failed(self):
        for daemon in (False, True):
            with self.subTest(daemon=daemon), socket.socket() as taken:
                server = self.waiting_for_port(taken, *(["--daemon"] if daemon else []))
                server.ctl("stop")
                self.assertEqual(server.wait(), 1)
                self.await_free(server)
                reports = self.reports_until_end(server)
                self.assertIn("STOPPING=1", reports)
                self.assertNotIn("READY=1", reports)
                self.assertIn("outpostd: stopped before it served: ", (server.directory / "stderr.txt").read_text())
                (server.directory / "stderr.txt").unlink()

    def test_a_start_that_a_signal_stops_while_it_waits_has_failed(self):
        with socket.socket() as taken:
            server = self.waiting_for_port(taken)
            server.kill(signal.SIGTERM)
            reports = self.reports_until_end(server)
        self.assertEqual(server.process.returncode, 1)
        self.assertNotIn("READY=1", reports)
        self.assertIn("outpostd: stopped before it served: signal TERM\n",
                      (server.directory / "stderr.txt").read_text())

    def await_free(self, server):
        """Until the daemon has ended, and let go of its lock."""
        with open(f"{server.control}.lock", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def test_what_brings_an_old_store_up_to_date_is_said_before_and_after(self):
        for redundancy in ({}, {"enabled": True, "name": "a"}):
            with self.subTest(redundancy=redundancy):
                server = self.outpost(redundancy=redundancy).start()
                now = server.status()["store"]["schema_version"]
                self.assertEqual(server.stop(), 0)
                for back in ("DROP TABLE outbox", "DROP TABLE outbox_pauses", "DELETE FROM counters WHERE kind = 3",
                             "DROP INDEX handles_validating", "ALTER TABLE handles DROP COLUMN validating",
                             "ALTER TABLE campaign_groups DROP COLUMN options",
                             "UPDATE schema_version SET version = 7"):  # what the eighth has made
                    server.store.change(back)
                server.start(wait=False)
                begins = server.notify.wait(r"^STATUS=brings the store .* up to date \(schema 7 to (\d+)\)",
                                            process=server.process)
                self.assertEqual(int(begins.group(1)), now)
                server.notify.wait(rf"^STATUS=has brought the store .* up to date \(schema {now}\), in \d+ ms$",
                                   process=server.process)
                server.notify.wait("^READY=1$", process=server.process)
                self.assertEqual(server.stop(), 0)
                text = server.log_text()
                self.assertEqual((text.count("brings the store "), text.count("has brought the store ")), (1, 1))
                shutil.rmtree(server.log_directory)
                server.start()
                self.assertEqual(server.stop(), 0)
                self.assertNotIn("brings the store", server.log_text())
                shutil.rmtree(server.log_directory)

    def test_without_start_requires_http_the_start_succeeds_and_status_says_so(self):
        with socket.socket() as taken:
            server = self.with_taken_port(taken, **{"start-requires-http": False})
            server.start(wait=False)
            server.notify.wait(r"STATUS=HTTP proxy not running: .*status 10", process=server.process)
            server.notify.wait("READY=1", process=server.process)
        server.await_proxy()
        self.assertEqual(server.stop(), 0)

    def test_without_a_listener_there_is_no_http_to_wait_for(self):
        server = self.outpost(listeners=[]).start()
        self.assertEqual(server.stop(), 0)

    def test_a_sign_of_life_comes_for_as_long_as_the_loop_turns(self):
        server = self.outpost()
        server.environment["WATCHDOG_USEC"] = "200000"
        server.start()
        for _ in range(3):
            server.notify.wait("^WATCHDOG=1$", process=server.process)
        self.assertEqual(server.stop(), 0)

    def test_a_watchdog_of_another_process_is_not_fed(self):
        server = self.outpost(listeners=[])
        server.environment.update(WATCHDOG_USEC="20000", WATCHDOG_PID="1")
        server.start()
        server.apply()
        server.kill(signal.SIGTERM)
        self.assertNotIn("WATCHDOG=1", self.reports_until_end(server))

    def reloaded(self, server):
        stamp = int(server.notify.wait(r"^RELOADING=1\nMONOTONIC_USEC=(\d+)$", process=server.process).group(1))
        server.notify.wait("^READY=1$", process=server.process)
        return stamp

    def test_a_reload_is_announced_and_its_end_too_whether_it_is_taken_or_refused(self):
        server = self.outpost().start()
        server.notify.wait("READY=1", process=server.process)
        before = time.monotonic_ns() // 1000
        server.kill(signal.SIGHUP)
        stamp = self.reloaded(server)
        self.assertTrue(before <= stamp <= time.monotonic_ns() // 1000)
        server.config_path.write_text("{")
        refused = server.ctl("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.reloaded(server)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
