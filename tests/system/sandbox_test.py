"""What is left to a proxy that was taken over: nothing. A debugger makes the running proxy try."""
import os
import pathlib
import platform
import re
import resource
import signal
import socket
import subprocess
import unittest

from harness import SystemTest, await_gone, eventually

ROOT = os.geteuid() == 0
SWITCHES = {"user": "", "drop-capabilities": False, "resource-limits": False, "no-new-privileges": False,
            "landlock": False, "seccomp": "off"}
NAMES = list(SWITCHES)
EPERM, EACCES = 1, 13

# Numbers of system calls.
CALLS = {
    "x86_64": {"openat": 257, "execve": 59, "socket": 41, "connect": 42, "bind": 49, "clone": 56, "kill": 62, "ptrace": 101},
    "aarch64": {"openat": 56, "execve": 221, "socket": 198, "connect": 203, "bind": 200, "clone": 220, "kill": 129,
                "ptrace": 117},
}.get(platform.machine())


def call(name, *arguments):
    return f"((long (*)(long, ...)) syscall)({', '.join(str(a) for a in (CALLS[name], *arguments))})"


def text(value):
    return f'"{value}"'


def tcp_address(port):
    octets = [socket.AF_INET, 0, port >> 8, port & 255, 127, 0, 0, 1] + [0] * 8
    return '"' + "".join(f"\\{octet:03o}" for octet in octets) + '"'


def debug(pid, *expressions):
    """Makes process `pid` evaluate; returns what the debugger says, and (value, errno) of each."""
    # Symbols are enough, and read in a moment.
    command = ["gdb", "-nx", "-batch", "--readnever", "-iex", "set debuginfod enabled off", "-p", str(pid)]
    for expression in expressions:
        command += ["-ex", f'printf "tried %ld", {expression}', "-ex",
                    r'printf " %d\n", *((int *(*)(void)) __errno_location)()']
    # A debugger that crashes must not leave its memory in the folder that the tests were started in.
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    said = done.stdout + done.stderr
    if "ptrace: Operation not permitted" in said:
        raise unittest.SkipTest("no process may be debugged here")
    return said, [(int(a), int(b)) for a, b in re.findall(r"tried (-?\d+) (\d+)", said)]


def status_of(path):
    return dict(line.split(":\t", 1) for line in (path / "status").read_text().splitlines() if ":\t" in line)


class Sandbox(SystemTest):
    def test_every_thread_is_inside_and_serves(self):
        server = self.running()
        self.assertEqual(server.add().status, 200)
        tasks = list(pathlib.Path(f"/proc/{server.proxy_pid}/task").iterdir())
        self.assertGreaterEqual(len(tasks), 2, "the loop's thread and the log's")
        for task in tasks:
            status = status_of(task)
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
            for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(status[kind], 16), 0, kind)
            if ROOT:
                nobody = int(subprocess.check_output(["id", "-u", "nobody"]))
                group = int(subprocess.check_output(["id", "-g", "nobody"]))
                self.assertEqual(status["Uid"].split(), [str(nobody)] * 4)
                self.assertEqual(status["Gid"].split(), [str(group)] * 4)
                self.assertEqual(status["Groups"].strip(), "")
                self.assertEqual(int(status["CapBnd"], 16), 0)
        limits = pathlib.Path(f"/proc/{server.proxy_pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        self.assertRegex(limits, r"Max locked memory\s+0\s+0")
        sandbox = server.status()["proxy"]["sandbox"]
        self.assertEqual(sorted(m["name"] for m in sandbox), sorted(NAMES))
        inactive = {m["name"]: m["text"] for m in sandbox if not m["active"]}
        self.assertLessEqual(set(inactive), {"landlock"}, inactive)
        self.assertIn("sandbox.seccomp is on", server.ctl("status").stdout)
        eventually(lambda: "in the sandbox: " in server.log_text(proxy=True), "the log says so")
        self.assertEqual(server.stop(), 0)

    def test_reload_reopen_and_drain(self):
        server = self.running(application={"encoding": "windows-1251"})
        link = server.log_directory / "outpost_HTTPPRX.log"
        for begin in (lambda: server.ctl("reopen-logs"), lambda: server.kill(signal.SIGUSR1)):
            before = link.readlink()
            begin()
            eventually(lambda: link.readlink() != before, "another log file")
            self.assertEqual(server.add(STATE="\u0434\u0430").status, 200)
            eventually(lambda: "AddRecordAcknowledge" in link.read_text(), "the log goes on there")
        server.config["application"]["http-custom-headers"] = "X-Frame-Options: DENY"
        server.write_config()
        server.command("reload")
        eventually(lambda: server.add().headers.get("X-Frame-Options") == "DENY", "the new configuration is in effect")
        self.assertEqual(server.add(STATE="\u0434\u0430").status, 200)
        pid = server.proxy_pid
        self.assertEqual(server.stop(), 0)
        await_gone(pid)
        self.assertIn("stopped: drained (exit code 0)", server.log_text(proxy=True))

    def test_log_files_are_changed_and_removed(self):
        server = self.running(log={"segment-size": 65536, "keep-files": 3})
        link = server.log_directory / "outpost_HTTPPRX.log"
        seen = {link.readlink()}

        def more():
            connection = server.connect()
            for _ in range(40):
                server.add(connection=connection)
            connection.close()
            seen.add(link.readlink())
            return len(seen) > 4

        eventually(more, "five log files", 120)
        eventually(lambda: len(list(server.log_directory.glob("outpost_HTTPPRX.2*.log"))) == 3, "three are left")
        removed = link.resolve()
        removed.unlink()

        def back():
            server.add()
            return link.exists() and link.resolve() != removed

        eventually(back, "a file that somebody removed is followed by another")
        self.assertEqual(server.status()["proxy"]["restarts"], 0)
        self.assertEqual(server.stop(), 0)

    def test_a_log_file_that_cannot_be_made_is_told(self):
        server = self.outpost(application={"start-requires-http": False})
        (server.log_directory / "outpost_HTTPPRX.log").mkdir(parents=True)
        server.start(wait=False)
        server.notify.wait(r"STATUS=HTTP proxy not running: could not be started: .*outpost_HTTPPRX.log is no link",
                           process=server.process)
        (server.log_directory / "outpost_HTTPPRX.log").rmdir()
        server.await_proxy()
        self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(ROOT, "only root becomes another user")
    def test_an_unknown_user_is_told(self):
        server = self.outpost(application={"start-requires-http": False}, sandbox={"user": "no-such-user"})
        server.start(wait=False)
        server.notify.wait(r'STATUS=HTTP proxy not running: .*sandbox.user: there is no user "no-such-user"',
                           process=server.process)
        self.assertIn("there is no user", server.status()["proxy"]["last_exit"])
        self.assertEqual(server.stop(), 0)

    def test_each_switch_is_shown(self):
        server = self.outpost()
        for name, off in SWITCHES.items():
            if name == "user" and not ROOT:
                continue
            # Without no-new-privileges the two filters cannot be had.
            others = {"landlock": False, "seccomp": "off"} if name == "no-new-privileges" else {}
            server.config["sandbox"] = {name: off, **others}
            server.write_config()
            server.start()
            measures = {m["name"]: m for m in server.status()["proxy"]["sandbox"]}
            expected = f"switched off by sandbox.{name}"
            self.assertFalse(measures[name]["active"])
            self.assertEqual(measures[name]["text"], expected)
            inactive = {n for n, m in measures.items() if not m["active"]}
            self.assertLessEqual(inactive, {name, *others, "landlock"})
            eventually(lambda: f"sandbox.{name} is not in force: {expected}" in server.log_text(proxy=True), "the log")
            self.assertEqual(server.stop(), 0)

    def test_what_was_asked_for_and_cannot_be_had_is_told(self):
        server = self.running(sandbox={"no-new-privileges": False})
        measures = {m["name"]: m for m in server.status()["proxy"]["sandbox"]}
        for name in ("landlock", "seccomp"):
            self.assertEqual((measures[name]["active"], measures[name]["text"]),
                             (False, "it needs sandbox.no-new-privileges"))
        self.assertEqual(server.stop(), 0)


@unittest.skipUnless(ROOT and CALLS, "only root may debug a process that became another user")
class TakenOver(SystemTest):
    def setUp(self):
        super().setUp()
        self.elsewhere = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.elsewhere.close)
        self.address = tcp_address(self.elsewhere.getsockname()[1])

    def attempts(self, server):
        """Each a list of expressions."""
        supervisor = server.process.pid
        return {
            "open": [call("openat", -100, text(server.store_path), 0)],
            "execve": [call("execve", text("/bin/true"), 0, 0)],
            "connect": [call("socket", 2, 1, 0), call("connect", "$fd", self.address, 16)],
            "bind": [call("socket", 2, 1, 0), call("bind", "$fd", tcp_address(0), 16)],
            "fork": [call("clone", int(signal.SIGCHLD), 0, 0, 0, 0)],
            "kill": [call("kill", supervisor, int(signal.SIGTERM))],
            "ptrace": [call("ptrace", 16, supervisor, 0, 0)],
        }

    def last(self, server, expressions):
        """What the last expression came to; the first one's value is $fd."""
        if len(expressions) == 2:
            expressions = [f"($fd = {expressions[0]})", expressions[1]]
        said, outcomes = debug(server.proxy_pid, *expressions)
        self.assertEqual(len(outcomes), len(expressions), said)
        return outcomes[-1]

    def test_each_attempt_ends_the_proxy_and_the_next_one_serves(self):
        server = self.running()
        self.sandbox_kills = True
        for name, expressions in self.attempts(server).items():
            with self.subTest(name):
                victim = server.proxy_pid
                # gdb itself may stumble over the sudden end; the supervisor knows how it came.
                said, outcomes = debug(victim, expressions[0])
                self.assertEqual(outcomes, [], said)
                server.await_proxy()
                self.assertNotEqual(server.proxy_pid, victim)
                self.assertEqual(server.add().status, 200)
                self.assertIn("killed by the sandbox for a system call that is not on its list",
                              server.status()["proxy"]["last_exit"])
        self.assertEqual(server.stop(), 0)

    def test_each_attempt_is_refused(self):
        server = self.running(sandbox={"seccomp": "refuse"})
        tries = self.attempts(server)
        said, outcomes = debug(server.proxy_pid, *(expressions[0] for expressions in tries.values()))
        self.assertEqual(len(outcomes), len(tries), said)
        for name, outcome in zip(tries, outcomes):
            with self.subTest(name):
                self.assertEqual(outcome, (-1, EPERM))
        self.assertEqual(server.add().status, 200)
        self.assertEqual(server.status()["proxy"]["restarts"], 0)
        self.assertEqual(server.stop(), 0)

    def test_without_the_filter_landlock_refuses(self):
        server = self.running(sandbox={"seccomp": "off", "user": "", "drop-capabilities": False})
        landlock = next(m for m in server.status()["proxy"]["sandbox"] if m["name"] == "landlock")
        if not landlock["active"]:
            self.skipTest(landlock["text"])
        tries = self.attempts(server)
        tries["log directory"] = [call("openat", -100, text(server.log_directory), 0o200000)]
        for name in ("open", "log directory", "execve"):
            with self.subTest(name):
                self.assertEqual(self.last(server, tries[name]), (-1, EACCES))
        abi = int(re.search(r"ABI (\d+)", landlock["text"]).group(1))
        for name, least, refusal in (("connect", 4, EACCES), ("bind", 4, EACCES), ("kill", 6, EPERM)):
            if abi >= least:
                with self.subTest(name):
                    self.assertEqual(self.last(server, tries[name]), (-1, refusal))
        self.assertEqual(self.last(server, tries["ptrace"]), (-1, EPERM))
        self.assertEqual(server.stop(), 0)

    def test_without_filter_and_landlock_the_user_has_no_way_to_the_store(self):
        server = self.running(sandbox={"seccomp": "off", "landlock": False})
        tries = self.attempts(server)
        self.assertEqual(self.last(server, tries["open"]), (-1, EACCES))
        self.assertEqual(self.last(server, tries["kill"]), (-1, EPERM))
        self.assertEqual(self.last(server, tries["ptrace"]), (-1, EPERM))
        self.assertEqual(server.stop(), 0)

    def test_with_everything_off_the_same_attempts_succeed(self):
        server = self.outpost(sandbox=SWITCHES)
        # The texts that the debugger puts into the memory of the proxy stay there.
        server.environment["ASAN_OPTIONS"] = "detect_leaks=0"
        server.start()
        tries = self.attempts(server)
        for name in ("open", "connect", "bind"):
            with self.subTest(name):
                self.assertGreaterEqual(self.last(server, tries[name])[0], 0)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
