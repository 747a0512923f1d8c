"""What idle keep-alive connections cost: memory of the proxy for each, and CPU per request of the busy ones beside them.

One run on this machine; each connection has sent one request and got its answer, so it is idle as a client's would be.
Standard library only (scripts/bench idle)."""

import argparse
import pathlib
import re
import socket
import time

from machine import cpu_us, prepare, resident_kib, scratch
from outpost import Outbound

GET = b"GET /nothing/1?req=x HTTP/1.1\r\nHost: x\r\n\r\n"


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
        before, begin, count = cpu_us(pid), time.monotonic(), 0
        while time.monotonic() - begin < seconds:
            for _ in range(100):
                peer.sendall(GET)
                answer(peer)
            count += 100
        return count / (time.monotonic() - begin), (cpu_us(pid) - before) / count


def standing(pid, seconds):
    """Share of one CPU that the proxy needs while nothing happens."""
    before = cpu_us(pid)
    time.sleep(seconds)
    return (cpu_us(pid) - before) / 1e6 / seconds * 100


def connect(port, count):
    """Connections that have each sent one request and got its answer."""
    peers = []
    for _ in range(count):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(GET)
        answer(peer)
        peers.append(peer)
    return peers


def measure(port, pid, options):
    busy(port, pid, 1)  # buffers are there
    before, alone, quiet = resident_kib(pid), busy(port, pid, options.seconds), standing(pid, options.seconds)
    peers = connect(port, options.connections)
    after = resident_kib(pid)
    beside, crowded = busy(port, pid, options.seconds), standing(pid, options.seconds)
    for peer in peers:
        peer.close()
    print(f"{options.connections} idle connections: {(after - before) * 1024 / options.connections:.0f} bytes each in the proxy "
          f"({before / 1024:.1f} -> {after / 1024:.1f} MiB)")
    print(f"one busy connection   alone {alone[0]:.0f} requests/s, {alone[1]:.1f} us CPU each"
          f"   beside them {beside[0]:.0f} requests/s, {beside[1]:.1f} us CPU each")
    print(f"nothing happens       alone {quiet:.2f} % of a CPU   with them {crowded:.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    prepare()
    limits = {"http-max-connections": options.connections + 100, "http-max-connections-per-source": 0,
              "http-idle-timeout": 3600, "http-max-requests-per-connection": 0}
    with scratch() as directory, Outbound(directory, options.bin, application=limits) as server:
        measure(server.port, server.pids["proxy"], options)


if __name__ == "__main__":
    main()
