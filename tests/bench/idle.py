"""What idle keep-alive connections cost: memory of the proxy for each, and CPU per request of the busy ones beside them.

One run on this machine; each connection has sent one request and got its answer, so it is idle as a client's would be.
Standard library only (scripts/bench idle)."""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
GET = b"GET /nothing/1?req=x HTTP/1.1\r\nHost: x\r\n\r\n"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def answer(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        data += peer.recv(65536)
    length = int(re.search(rb"Content-Length: (\d+)", data).group(1))
    while len(data) < data.index(b"\r\n\r\n") + 4 + length:
        data += peer.recv(65536)


def busy(port, pid, seconds):
    """Requests per second of one busy connection, and CPU microseconds of the proxy for each."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        before, begin, count = cpu_seconds(pid), time.monotonic(), 0
        while time.monotonic() - begin < seconds:
            for _ in range(100):
                peer.sendall(GET)
                answer(peer)
            count += 100
        return count / (time.monotonic() - begin), (cpu_seconds(pid) - before) / count * 1e6


def standing(pid, seconds):
    """Share of one CPU that the proxy needs while nothing happens."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds * 100


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-bench-"))
    control = directory / "control.sock"
    config = directory / "outpost.json"
    config.write_text(json.dumps({
        "application": {"http-max-connections": options.connections + 100, "http-max-connections-per-source": 0,
                        "http-idle-timeout": 3600, "http-max-requests-per-connection": 0},
        "listeners": [{"name": "default", "address": "127.0.0.1", "port": 0}],
        "log": {"directory": str(directory / "log")},
        "store": {"url": f"sqlite://{directory}/store/outpost.db"},
        "control": {"socket": str(control)},
    }))
    ctl = [options.bin / "outpostctl", "--socket", control]
    subprocess.run([options.bin / "outpostd", "--config", config, "--daemon"], check=True)
    try:
        proxy = json.loads(subprocess.run([*ctl, "status", "--json"], check=True, capture_output=True).stdout)["proxy"]
        port, pid = proxy["listeners"][0]["port"], proxy["pid"]
        busy(port, pid, 1)  # buffers are there
        rss_before, alone, quiet = resident_kib(pid), busy(port, pid, options.seconds), standing(pid, options.seconds)
        peers = []
        for _ in range(options.connections):
            peer = socket.create_connection(("127.0.0.1", port))
            peer.sendall(GET)
            answer(peer)
            peers.append(peer)
        rss_after = resident_kib(pid)
        beside, crowded = busy(port, pid, options.seconds), standing(pid, options.seconds)
        per_connection = (rss_after - rss_before) * 1024 / options.connections
        print(f"{options.connections} idle connections: {per_connection:.0f} bytes each in the proxy "
              f"({rss_before / 1024:.1f} -> {rss_after / 1024:.1f} MiB)")
        print(f"one busy connection   alone {alone[0]:.0f} requests/s, {alone[1]:.1f} us CPU each"
              f"   beside them {beside[0]:.0f} requests/s, {beside[1]:.1f} us CPU each")
        print(f"nothing happens       alone {quiet:.2f} % of a CPU   with them {crowded:.2f} %")
    finally:
        subprocess.run([*ctl, "stop"], check=False, capture_output=True)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
