"""Load on a server: by wrk, or by a client of our own (load.c) where requests must be taken from a list or sent at a
steady pace. Either gives rate, latency and CPU microseconds per request of each process."""

import itertools
import json
import pathlib
import re
import struct
import subprocess

from machine import CpuMeter

HERE = pathlib.Path(__file__).resolve().parent
SERIES = itertools.count(10)


class LoadError(RuntimeError):
    """The load was not answered as it should be, so there is nothing to measure."""


def wrk(server, seconds, connections, url=None):
    """AddRecords over connections that stay, one thread."""
    meter = CpuMeter(server.pids)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", HERE / "post.lua", url or server.url, "--",
         str(next(SERIES)), getattr(server, "shape", "json")], capture_output=True, text=True, check=False)
    result = re.search(r"^RESULT .*$", done.stdout, re.M)
    if done.returncode != 0 or not result:
        raise LoadError(f"wrk failed: {done.stdout}{done.stderr}")
    numbers = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", result.group(0))}
    if numbers["non2xx"] or numbers["socket_errors"] or not numbers["requests"]:
        raise LoadError(f"the load was not answered cleanly: {numbers}")
    return {
        "requests": numbers["requests"],
        "rate": numbers["requests"] / (numbers["duration_us"] / 1e6),
        "p50": numbers["p50_us"] / 1e3,
        "p99": numbers["p99_us"] / 1e3,
        "cpu": meter.us_each(numbers["requests"]),
    }


class Client:
    """load.c, compiled for this run."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.program = self.directory / "load"
        subprocess.run(["cc", "-O2", "-o", self.program, HERE / "load.c"], check=True)

    def send(self, server, requests, connections, rate=0, seconds=0):
        """All requests, each once: as fast as they are answered, or `rate` a second whether answered or not; no more than
        those of the first `seconds` when that is given. The latency counts from the moment when a request was due. Gives the
        bodies of the answers as well."""
        requests_file, answers_file = self.directory / "requests", self.directory / "answers"
        with open(requests_file, "wb") as file:
            for request in requests:
                file.write(struct.pack("=I", len(request)) + request)
        meter = CpuMeter(server.pids)
        done = subprocess.run([self.program, str(server.port), str(connections), str(rate), str(seconds), requests_file,
                               answers_file], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LoadError(done.stderr)
        result = json.loads(done.stdout)
        result["cpu"] = meter.us_each(result["requests"])
        return result, answers_file.read_bytes().split(b"\n")[:-1]


def total(result):
    return sum(result["cpu"].values())
