"""outpostctl on a terminal: top and --watch redraw, survive a restart and leave the terminal as it was; long output is
paged; a question is asked; where the cursor cannot be placed nothing is redrawn."""
import contextlib
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import unittest
from fcntl import ioctl

from harness import BIN, SCALE, SharedServerTest


class Terminal:
    """A program that finds a terminal at all three of its streams."""

    def __init__(self, command, columns=80, rows=24, **environment):
        self.master, self.slave = pty.openpty()
        ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        environment = {**os.environ, "TERM": "xterm", "PAGER": "cat", **environment}
        self.process = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        env=environment, start_new_session=True, preexec_fn=self.own)
        self.text = ""

    @staticmethod
    def own():
        ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, words, seconds=60):
        """What came, up to where `words` are, none of which an earlier call has passed."""
        deadline = time.monotonic() + seconds * SCALE
        while words not in self.text:
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {words!r} in {self.text[-2000:]!r}")
            self.text += os.read(self.master, 65536).decode(errors="replace")
        end = self.text.index(words) + len(words)
        passed, self.text = self.text[:end], self.text[end:]
        return passed

    def press(self, keys):
        os.write(self.master, keys)

    def end(self):
        """The exit status, and what was left to read."""
        deadline = time.monotonic() + 60 * SCALE
        ended = None
        while ended is None:
            ended = self.process.poll()
            while select.select([self.master], [], [], 0.02 if ended is None else 0)[0]:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            if time.monotonic() > deadline:
                raise AssertionError(f"it has not ended: {self.text[-2000:]!r}")
        return ended, self.text

    def read_frame(self):
        return self.read_until("\x1b[J")

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class CtlTerminal(SharedServerTest):
    def setUp(self):
        super().setUp()
        self.server.ctl("records", "delete", "Spring_2024", "--all")

    def on_terminal(self, *arguments, **more):
        terminal = Terminal([BIN / "outpostctl", "--socket", self.server.control, *arguments], **more)
        self.addCleanup(terminal.close)
        return terminal

    def assert_restored(self, terminal):
        status, text = terminal.end()
        self.assertEqual(status, 0, text)
        self.assertIn("\x1b[?1049l", text)
        self.assertTrue(terminal.is_as_before())

    def test_top_shows_rates_survives_a_restart_and_ends_with_q(self):
        terminal = self.on_terminal("top", "--interval", "0.1")
        terminal.read_until("requests received")
        self.assertFalse(terminal.is_as_before())
        self.server.add("+15550100")
        terminal.read_until("AddRecordAcknowledge")
        self.server.stop()
        terminal.read_until("waiting for it")
        self.server.start()
        terminal.read_frame()
        while "waiting for it" in terminal.read_frame():
            pass
        terminal.press(b"q")
        self.assert_restored(terminal)

    def test_no_line_of_top_is_wider_than_a_narrow_terminal(self):
        terminal = self.on_terminal("top", "--interval", "0.1", columns=30, rows=8)
        frame = terminal.read_frame().split("\x1b[H", 1)[1].removesuffix("\x1b[J")
        lines = [line.removesuffix("\x1b[K") for line in frame.split("\r\n")]
        self.assertLessEqual(max(map(len, lines)), 30, lines)
        self.assertLessEqual(len(lines), 8)
        terminal.process.send_signal(signal.SIGINT)
        self.assert_restored(terminal)

    def test_top_once_has_rates_and_no_terminal_sequences(self):
        done = self.server.ctl("top", "--once", "--interval", "0.1")
        self.assertIn("requests received", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        told = self.server.ctl_json("top", "--once", "--interval", "0.1")
        self.assertGreaterEqual(told["rates"]["requests received"], 0)
        self.assertEqual(told["status"]["pid"], self.server.process.pid)

    def test_a_reading_command_is_watched_until_ctrl_c(self):
        terminal = self.on_terminal("stats", "Spring_2024", "--watch", "0.1")
        terminal.read_until("RECORDS")
        self.server.add("+15550100")
        terminal.read_until("1 Ready")
        terminal.press(b"\x03")
        self.assert_restored(terminal)
        refused = self.on_terminal("stats", "Sprong", "--watch", "0.1")
        status, text = refused.end()
        self.assertEqual(status, 1)
        self.assertIn("Sprong", text)
        self.assertTrue(refused.is_as_before())

    def test_a_dumb_terminal_gets_frame_after_frame(self):
        terminal = self.on_terminal("status", "--watch=0.1", TERM="dumb")
        terminal.read_until("supervisor")
        text = terminal.read_until("supervisor")
        self.assertNotIn("\x1b", text)
        terminal.press(b"\x03")
        self.assertEqual(terminal.end()[0], 0)

    def test_what_is_drawn_into_a_closed_pipe_ends(self):
        """Also where SIGPIPE, which would end it, is ignored: as under Python, cron and some shells."""
        for arguments in (["top", "--interval", "0.1"], ["status", "--watch", "0.1"]):
            command = [BIN / "outpostctl", "--socket", self.server.control, *arguments]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  restore_signals=False) as live:
                self.assertTrue(live.stdout.readline())
                live.stdout.close()
                self.assertEqual(live.wait(timeout=60 * SCALE), 4, arguments)
                self.assertEqual(live.stderr.read(), "outpostctl: cannot write to standard output: Broken pipe\n")

    def test_watched_json_is_one_object_a_line(self):
        command = [BIN / "outpostctl", "--socket", self.server.control, "status", "--json", "--watch", "0.1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
            for _ in range(2):
                self.assertEqual(json.loads(watch.stdout.readline())["pid"], self.server.process.pid)
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.wait(timeout=60 * SCALE), 0)

    def test_long_output_goes_through_the_pager_of_a_terminal_only(self):
        for n in range(3):
            self.server.add(f"+1555010{n}")
        terminal = self.on_terminal("records", "Spring_2024", PAGER="sed 's/^/paged /'")
        terminal.read_until("paged RECORD")
        status, text = terminal.end()
        self.assertEqual(status, 0)
        self.assertEqual(text.count("paged "), 3)
        json_only = self.on_terminal("records", "Spring_2024", "--json", PAGER="sed 's/^/paged /'")
        self.assertNotIn("paged", json_only.end()[1])
        missing = self.on_terminal("lists", PAGER="/no/such/pager")
        status, text = missing.end()
        self.assertEqual(status, 4)
        self.assertIn("PAGER cannot be run", text)
        plain = subprocess.run([BIN / "outpostctl", "--socket", self.server.control, "lists"], capture_output=True,
                               text=True, check=True, timeout=60 * SCALE, env={**os.environ, "PAGER": "false"})
        self.assertIn("Spring_2024", plain.stdout)

    def test_whoever_sits_there_is_asked_before_records_are_changed(self):
        self.server.add("+15550100")
        for key, left in ((b"n\n", 1), (b"y\n", 0)):
            terminal = self.on_terminal("records", "delete", "Spring_2024", "--all")
            asked = terminal.read_until("[y/N] ")
            self.assertIn("1 record of calling list Spring_2024 will be deleted, with no undo file", asked)
            terminal.press(key)
            self.assertEqual(terminal.end()[0], left)
            self.assertEqual(len(self.server.ctl_json("records", "Spring_2024")["records"]), left)
        unasked = self.on_terminal("records", "delete", "Spring_2024", "--all", "--yes")
        self.assertEqual(unasked.end()[0], 0)

    def test_no_colour_where_none_is_wanted(self):
        self.server.add("+15550100")
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            terminal = self.on_terminal("stats", "Spring_2024", **environment)
            self.assertEqual("\x1b[36m" in terminal.end()[1], coloured, environment)

    def test_errors_are_json_too(self):
        for arguments, status in ((["records", "Sprong", "--json"], 1), (["records", "--json", "--limit", "x"], 2),
                                  (["export", "Spring_2024", "--json"], 2)):
            done = self.server.ctl(*arguments, check=False)
            told = json.loads(done.stdout)
            self.assertEqual((done.returncode, told["exit_status"]), (status, status))
            self.assertTrue(told["error"])
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    unittest.main()
