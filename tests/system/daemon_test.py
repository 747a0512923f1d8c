"""--daemon: the parent returns when the start has succeeded or failed, with the reason; pid file; second supervisor."""
import os
import signal
import socket
import subprocess
import unittest

from harness import BIN, Outbound, SystemTest, await_gone


class Daemon(SystemTest):
    def daemon(self, server, *arguments):
        return subprocess.run([BIN / "outpostd", "--config", server.config_path, "--daemon", "--pid-file",
                               getattr(server, "pid_file", server.directory / "outpostd.pid"), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def test_it_serves_when_the_parent_has_returned(self):
        server = self.outpost()
        started = self.daemon(server)
        self.assertEqual((started.returncode, started.stderr), (0, ""))
        pid = int((server.directory / "outpostd.pid").read_text())
        self.addCleanup(lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGKILL))
        status = server.status()
        self.assertEqual(status["pid"], pid)
        server.port = status["proxy"]["listeners"][0]["port"]
        server.apply()
        self.assertEqual(server.add().status, 200)

        second = self.daemon(server)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"process {pid}", second.stderr)
        self.assertEqual(int((server.directory / "outpostd.pid").read_text()), pid)

        os.kill(pid, signal.SIGTERM)
        await_gone(pid)
        self.assertFalse((server.directory / "outpostd.pid").exists())

    def test_a_second_supervisor_on_the_same_store_is_refused_though_its_socket_differs(self):
        server = self.running()
        other = Outbound(self.directory)
        other.config_path = other.directory / "other.json"
        other.config["control"]["socket"] = str(other.directory / "other.sock")
        other.write_config()
        second = self.daemon(other)
        self.assertEqual(second.returncode, 1)
        self.assertIn("store.url: another process uses ", second.stderr)
        self.assertIn(f"process {server.process.pid}", second.stderr)
        self.assertEqual(server.add().status, 200)

    def test_a_failed_start_says_why(self):
        server = self.outpost()
        server.config["log"]["level"] = "loud"
        server.write_config()
        failed = self.daemon(server)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("log.level", failed.stderr)

        server.config["log"]["level"] = "trace"
        server.config["store"]["url"] = "sqlite:///proc/nowhere/outpost.db"
        server.write_config()
        failed = self.daemon(server)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("/proc/nowhere", failed.stderr)

    def test_a_port_that_is_taken_is_a_failure_or_a_remark_as_start_requires_http_says(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            server = self.outpost(listeners=[{"address": "127.0.0.1", "port": port}])
            failed = self.daemon(server)
            self.assertEqual(failed.returncode, 1)
            self.assertRegex(failed.stderr, rf"^outpostd: HTTP proxy does not run: .*{port}.*start-requires-http")
            self.assertFalse((server.directory / "outpostd.pid").exists())

            server.config["application"]["start-requires-http"] = False
            server.write_config()
            started = self.daemon(server)
            self.assertEqual(started.returncode, 0)
            self.assertRegex(started.stderr, f"HTTP proxy is not running yet: .*{port}")
            server.ctl("stop")

    def test_the_pid_file_of_a_living_supervisor_is_left_alone(self):
        server = self.running_daemon()
        pid_file = server.directory / "outpostd.pid"
        pid = int(pid_file.read_text())
        other = self.another(server)
        refused = self.daemon(other)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, f"another outpostd has this --pid-file: .*outpostd.pid is locked by the running "
                                         f"process {pid}")
        self.assertEqual(int(pid_file.read_text()), pid)
        self.assertEqual(server.status()["pid"], pid)

    def test_a_pid_file_that_a_killed_supervisor_left_is_taken_over(self):
        server = self.running_daemon()
        pid_file = server.directory / "outpostd.pid"
        killed = int(pid_file.read_text())
        os.kill(killed, signal.SIGKILL)
        await_gone(killed)
        self.assertEqual(int(pid_file.read_text()), killed)
        server = self.running_daemon(server)
        self.assertNotEqual(int(pid_file.read_text()), killed)

    def test_only_ones_own_pid_file_is_removed(self):
        server = self.running_daemon()
        pid_file = server.directory / "outpostd.pid"
        pid_file.unlink()
        other = self.another(server)
        self.running_daemon(other)
        others = int(pid_file.read_text())
        former = server.status()["pid"]
        server.ctl("stop")
        await_gone(former)
        self.assertEqual(int(pid_file.read_text()), others)

    def test_a_file_that_is_no_pid_file_is_neither_overwritten_nor_removed(self):
        server = self.outpost()
        content = server.config_path.read_text()
        server.pid_file = server.config_path
        refused = self.daemon(server)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, "^outpostd: --pid-file .*outpost.json: .* holds something else than a pid")
        self.assertEqual(server.config_path.read_text(), content)

    def test_a_pid_file_that_is_a_symbolic_link_is_refused(self):
        server = self.outpost()
        server.pid_file = server.directory / "link.pid"
        server.pid_file.symlink_to(server.directory / "aim.pid")
        refused = self.daemon(server)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, "^outpostd: --pid-file .*: the pid file .*link.pid is a symbolic link; valid: ")
        self.assertTrue(server.pid_file.is_symlink())
        self.assertFalse((server.directory / "aim.pid").exists())

    def another(self, server):
        """One more supervisor, with the pid file of the first and nothing else of it."""
        folder = server.directory / "other"
        folder.mkdir()
        other = Outbound(folder)
        self.addCleanup(other.close)
        other.pid_file = server.directory / "outpostd.pid"
        return other

    def running_daemon(self, server=None):
        server = server or self.outpost()
        started = self.daemon(server)
        self.assertEqual((started.returncode, started.stderr), (0, ""))
        pid = server.status()["pid"]
        self.addCleanup(lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGKILL))
        return server


if __name__ == "__main__":
    unittest.main()
