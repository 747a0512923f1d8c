"""What the kernel knows about processes and the device: CPU time, memory, the time of a sync. Standard library only."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_us(pid):
    """CPU time of all threads, in microseconds; finer than the ticks of /proc/PID/stat."""
    return sum(int(pathlib.Path(task, "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e3


class CpuMeter:
    """CPU time that named processes use from now on."""

    def __init__(self, pids):
        self.pids = dict(pids)
        self.before = {name: cpu_us(pid) for name, pid in self.pids.items()}

    def us_each(self, requests):
        return {name: (cpu_us(pid) - self.before[name]) / requests for name, pid in self.pids.items()}


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def resident_text(pids):
    return ", ".join(f"{name} {resident_kib(pid) / 1024:.1f} MiB" for name, pid in pids.items())


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def prepare():
    """For a run with many connections, which takes down what it started even when it is ended from outside."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def scratch():
    """A directory for one run. TMPDIR chooses the device that is measured."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-bench-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def one_sync_ms(file):
    file.write(b"x" * 4096)
    file.flush()
    start = time.perf_counter()
    os.fdatasync(file.fileno())
    return (time.perf_counter() - start) * 1e3


def middle(values):
    return sorted(values)[len(values) // 2]


def sync_ms(directory):
    """Median time of one small write and fdatasync on the device of the store."""
    with open(pathlib.Path(directory, "sync"), "wb") as file:
        return middle([one_sync_ms(file) for _ in range(200)])


class SyncSampler:
    """The same while something else runs: a sync every 50 ms, till the block ends."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory, "sync-beside")
        self.times = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        with open(self.path, "wb") as file:
            while not self.over.wait(0.05):
                self.times.append(one_sync_ms(file))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def median_ms(self):
        return middle(self.times) if self.times else 0.0

    def p99_ms(self):
        return sorted(self.times)[len(self.times) * 99 // 100] if self.times else 0.0
