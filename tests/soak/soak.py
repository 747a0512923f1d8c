#!/usr/bin/env python3
"""The soak: a million requests on kept connections and a hundred thousand uploads that are broken off, then every attack
of the system tests in its long form. The memory of both processes must stay flat, and the pair must be the same at the
end. A node of the mobile services is killed ten thousand times on each engine, and loses nothing; 100,000 calls of services are held against a model. Run by scripts/soak;
OUTPOST_BIN names the folder of the programs."""

import argparse
import multiprocessing
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import time
import unittest

SYSTEM = pathlib.Path(__file__).resolve().parent.parent / "system"
sys.path.insert(0, str(SYSTEM))

from harness import Client, SystemTest, eventually  # noqa: E402
from hostile import memory  # noqa: E402

PIPELINED = 16
SAMPLES = 20
# Memory after the first tenth, when caches are warm, against the end.
GROWTH_MAX = 1.10
GROWTH_FREE = 4 * 1024 * 1024
ARGUMENTS = None


def request(rng):
    """Nine of ten change nothing; the tenth is an AddRecord, repeated by its key so that the store does not grow."""
    if rng.random() < 0.1:
        number = rng.randrange(1000)
        body = b'{"GSW_PHONE":"+1555%07d","GSW_TZ_NAME":"GMT","GSW_CAMPAIGN_NAME":"Spring"}' % number
        return (b"POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k%d\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (number, len(body), body))
    handle = rng.randrange(10**9)
    return b"GET /records/%d?req=ChainedRecordRequest HTTP/1.1\r\nHost: a\r\n\r\n" % handle


def keep_alive(port, count, seed, done):
    rng = random.Random(seed)
    peer = socket.create_connection(("127.0.0.1", port), timeout=120)
    stream = peer.makefile("rb")
    for _ in range(count // PIPELINED):
        peer.sendall(b"".join(request(rng) for _ in range(PIPELINED)))
        for _ in range(PIPELINED):
            status = int(stream.readline().split()[1])
            length = 0
            closing = False
            while (line := stream.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name == b"Content-Length" else length
                closing = closing or name == b"Connection"
            stream.read(length)
            if status not in (200, 404):
                raise SystemExit(f"a good request was answered {status}")
        if closing:  # http-max-requests-per-connection
            peer.close()
            peer = socket.create_connection(("127.0.0.1", port), timeout=120)
            stream = peer.makefile("rb")
        with done.get_lock():
            done.value += PIPELINED
    stream.close()
    peer.close()


def aborted(port, count, seed, done):
    rng = random.Random(seed)
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), timeout=120) as peer:
            peer.sendall(b"POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
                         + b"x" * rng.randrange(1, 59_999))
            if rng.random() < 0.5:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with done.get_lock():
            done.value += 1


def run_test(path, **environment):
    print(path.name, environment, flush=True)
    subprocess.run([sys.executable, "-B", str(path)], env={**os.environ, **environment}, check=True)


class Soak(SystemTest):
    def soak(self, work, count, workers=4):
        """Runs `work` in processes and samples memory on the way."""
        server = self.running(log={"level": "standard"})
        seed = int(os.environ.get("OUTPOST_SEED") or random.SystemRandom().randrange(2**32))
        print(f"{work.__name__}: {count} in {workers} processes, seed {seed}", flush=True)
        pids = {"supervisor": server.process.pid, "proxy": server.proxy_pid}
        done = multiprocessing.Value("q", 0)
        processes = [multiprocessing.Process(target=work, args=(server.port, count // workers, seed + i, done))
                     for i in range(workers)]
        for process in processes:
            process.start()
        began, samples = time.monotonic(), []
        for step in range(1, SAMPLES + 1):
            eventually(lambda: done.value >= count // workers // PIPELINED * workers * PIPELINED * step // SAMPLES
                       or not any(p.is_alive() for p in processes), "progress", 3600)
            samples.append({name: memory(pid) for name, pid in pids.items()})
            print(f"  {done.value:>9} done, {time.monotonic() - began:6.1f} s, " +
                  ", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in samples[-1].items()), flush=True)
        for process in processes:
            process.join()
            self.assertEqual(process.exitcode, 0)
        for name in pids:
            warm = samples[SAMPLES // 10][name]
            self.assertLessEqual(samples[-1][name], warm * GROWTH_MAX + GROWTH_FREE, f"{name} grew")
        status = server.status()
        self.assertEqual((status["pid"], status["proxy"]["pid"]), tuple(pids.values()))
        self.assertEqual(Client(server).request("GET", "/records/1?req=ChainedRecordRequest").status, 404)
        self.assertEqual(server.stop(), 0)

    def test_keep_alive_requests(self):
        self.soak(keep_alive, ARGUMENTS.requests)

    def test_aborted_uploads(self):
        self.soak(aborted, ARGUMENTS.uploads)

    def test_attacks_in_their_long_form(self):
        for path in [*sorted(SYSTEM.glob("hostile_*_test.py")), SYSTEM / "mobile_hostile_test.py"]:
            run_test(path, OUTPOST_HOSTILE="long")

    def test_mobile_kills(self):
        for engine in ARGUMENTS.engines.split(","):
            run_test(SYSTEM / "mobile_killed_test.py", OUTPOST_TEST_ENGINE=engine, OUTPOST_KILLS=str(ARGUMENTS.kills))

    def test_mobile_model(self):
        run_test(SYSTEM / "mobile_model_test.py", OUTPOST_TEST_ENGINE="postgresql",
                 OUTPOST_MODEL_REQUESTS=str(ARGUMENTS.calls))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--uploads", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10_000, help="of a node of the mobile services, on each engine")
    parser.add_argument("--calls", type=int, default=100_000, help="of services, held against the model")
    parser.add_argument("--engines", default="sqlite,postgresql", help="of its store")
    names = {"requests": "test_keep_alive_requests", "uploads": "test_aborted_uploads",
             "attacks": "test_attacks_in_their_long_form", "mobile-kills": "test_mobile_kills",
             "mobile-model": "test_mobile_model"}
    parser.add_argument("--only", help="one part", choices=[*names, ""], default="")
    ARGUMENTS = parser.parse_args()
    wanted = [f"Soak.{names[ARGUMENTS.only]}"] if ARGUMENTS.only else ["Soak"]
    unittest.main(argv=[sys.argv[0], *wanted], verbosity=2)
