"""What the tests of attacks share: a clear and a secure port, and what must hold after each attack.

OUTPOST_HOSTILE=long makes each attack longer (scripts/soak does).
"""

import contextlib
import os
import pathlib
import re
import subprocess
import threading

from harness import BIN, COUNTED_SOON, SCALE, Client, SystemTest, eventually, sanitizer_findings

LONG = os.environ.get("OUTPOST_HOSTILE") == "long"

# Every line of a log: a header, a stamped line, an attribute line or nothing. A peer that could end a line early would
# make one that is none of these, or one with its mark in the wrong place.
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} "
LINE = re.compile(rf"(?:{STAMP}(?:Std|Int|Trc|Dbg) \d{{5}} .*|{STAMP}[A-Z(\[].*|\t.*|[A-Z][A-Za-z ()]*: .*|)\Z")
# Sent by the attacks wherever bytes can be sent: as if it began a line of the log.
FORGED = "2026-01-01T00:00:00.000 Std 04999 FORGED"

# The memory that a process keeps after an attack may be this much more than after the same attack before. A sanitizer
# keeps notes of what was freed, which grow; scripts/soak holds programs without one to their limit.
SANITIZED = b"__asan_init" in (BIN / "outpost-proxy").read_bytes()
GROWTH_MAX = 1.10
GROWTH_FREE = (64 if SANITIZED else 2) * 1024 * 1024


def memory(pid):
    """Anonymous resident bytes of a process."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", text).group(1)) * 1024


def make_certificate(directory, name="localhost"):
    """A certificate of its own and its key, as the options of a secure listener."""
    certificate, key = pathlib.Path(directory, "tls.crt"), pathlib.Path(directory, "tls.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "365", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    key.chmod(0o600)
    return {"secure": True, "certificate": str(certificate), "key": str(key)}


class HostileTest(SystemTest):
    """Of a server of calling lists; of another kind where the methods that begin with `of_kind` are."""

    application = {}
    kept_target = "/records/1?req=ChainedRecordRequest"  # answered 404

    def of_kind_server(self, **sections):
        return self.outpost(**sections)

    def of_kind_fill(self):
        self.server.apply()

    def of_kind_ask(self):
        """A request by a new connection that changes something."""
        self.assertEqual(self.server.add(f"+1555{self._next():07}").status, 200)

    def setUp(self):
        super().setUp()
        self.server = self.of_kind_server(
            application={**COUNTED_SOON, **self.application}, log={"level": "debug", "segment-size": 0},
            listeners=[{"name": "clear", "address": "127.0.0.1", "port": 0},
                       {"name": "secure", "address": "127.0.0.1", "port": 0, **make_certificate(self.directory)},
                       {"name": "six", "address": "::1", "port": 0}])
        # A sanitizer keeps what was freed for a while, to see who uses it: little here, since memory is measured.
        options = os.environ.get("ASAN_OPTIONS", "")
        self.server.environment["ASAN_OPTIONS"] = f"{options}:quarantine_size_mb=1:thread_local_quarantine_size_kb=16"
        self.server.start()
        self.of_kind_fill()
        self.ports = {one["name"]: one["port"] for one in self.server.status()["proxy"]["listeners"]}
        self.pids = (self.server.process.pid, self.server.proxy_pid)
        self.good = Client(self.server)
        self.addCleanup(self.good.close)
        self.check_unharmed()

    def check_service(self):
        """A new connection is answered, clear and secure, and so is one that was open all the time."""
        self.of_kind_ask()
        self.assertEqual(self.ask_on_kept_connection().status, 404)
        done = subprocess.run(["curl", "-sk", "-m", "30", "-o", "/dev/null", "-w", "%{http_code}", "-d", "{}",
                               f"https://127.0.0.1:{self.ports['secure']}/nowhere"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stdout, "404", done.stderr)

    def ask_on_kept_connection(self):
        for _ in range(2):
            with contextlib.suppress(ConnectionResetError):  # it was idle for too long; the next one is fresh
                return self.good.request("GET", self.kept_target)
        raise AssertionError("a fresh connection was closed without an answer")

    def check_unharmed(self):
        self.check_service()
        status = self.server.status()
        self.assertEqual((status["pid"], status["proxy"]["pid"]), self.pids)
        self.assertEqual(status["proxy"]["restarts"], 0)
        self.assertEqual({one["name"]: one["port"] for one in status["proxy"]["listeners"]}, self.ports)
        self.assertEqual(sanitizer_findings((self.server.directory / "stderr.txt").read_text(errors="replace")), [])

    def check_logs(self):
        for proxy in (False, True):
            for line in self.server.log_text(proxy).split("\n"):
                self.assertRegex(line, LINE)
                self.assertFalse(line.startswith(FORGED[:24]) and "FORGED" in line[:len(FORGED)], line)

    def withstand(self, attack, rounds=3):
        """The attack again and again; after each all is well, and the later ones take no more memory than the first."""
        first = None
        for _ in range(rounds + 1):
            attack()
            self.check_unharmed()
            # What the attack left open ends by its deadlines.
            eventually(lambda: self.server.status()["proxy"]["connections"] <= 2, "its connections are gone", 90)
            now = [memory(pid) for pid in self.pids]
            if first is None:
                first = now
        for before, after in zip(first, now):
            self.assertLessEqual(after, before * GROWTH_MAX + GROWTH_FREE)
        self.check_logs()

    def _next(self):
        self._counter = getattr(self, "_counter", 0) + 1
        return self._counter


def in_threads(work, count=4):
    """Runs work(number) in each thread; what one of them raises is raised here."""
    failures = []

    def run(number):
        try:
            work(number)
        except BaseException as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def broken(valid, rng):
    """One or two of these requests with some bits turned; now and then bytes that are nothing."""
    data = bytearray(rng.choice(valid) * rng.randint(1, 2))
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    if rng.random() < 0.1:
        data = rng.randbytes(rng.randint(1, 400))
    return data


def run_tool(*command, seconds=300):
    """A scanner of Debian; it says what it likes, but it must have run."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=seconds * SCALE, check=False)
    return done
