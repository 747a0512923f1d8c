"""--daemon: the parent returns when the start has succeeded or failed, with the reason; pid file; second supervisor."""
import os
import signal
import socket
import subprocess
import unittest

from harness import BIN, Outpost, SystemTest, await_gone


class Daemon(SystemTest):
    def daemon(self, server, *arguments):
        return subprocess.run([BIN / "outpostd", "--config", server.config_path, "--daemon", "--pid-file",
                               server.directory / "outpostd.pid", *arguments],
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
        other = Outpost(self.directory)
        other.config_path = other.directory / "other.json"
        other.config["control"]["socket"] = str(other.directory / "other.sock")
        other.write_config()
        second = self.daemon(other)
        self.assertEqual(second.returncode, 1)
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

    def test_a_port_that_is_taken_is_a_remark_and_not_a_failure(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            server = self.outpost(listeners=[{"address": "127.0.0.1", "port": taken.getsockname()[1]}])
            started = self.daemon(server)
            self.assertEqual(started.returncode, 0)
            self.assertIn(str(taken.getsockname()[1]), started.stderr)
            server.ctl("stop")


if __name__ == "__main__":
    unittest.main()
