"""Requests per second, latency, CPU per request and syncs of a durable AddRecord, beside nginx answering 200 (one hop)
and nginx in front of nginx over a Unix socket (two hops), in one run. Figures of one machine mean little; the ratios do.

Standard library only; wrk and nginx come from Debian (scripts/setup bench)."""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
ANSWER = ('{"GSW_USER_EVENT":"AddRecordAcknowledge","GSW_APPLICATION_ID":134,"GSW_CAMPAIGN_NAME":"Spring",'
          '"GSW_CALLING_LIST":"Spring_2024","GSW_PHONE":"+15550100","GSW_TZ_NAME":"PST","GSW_PHONE_TYPE":4,'
          '"GSW_RECORD_TYPE":2,"GSW_RECORD_STATUS":1,"GSW_CHAIN_ID":9001,"GSW_CHAIN_N":0,"GSW_CALL_RESULT":28,'
          '"GSW_ATTEMPTS":0,"GSW_FROM":28800,"GSW_UNTIL":64800,"STATE":"CA"}')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def wrk(port, options, pids):
    """One measurement: rate, latency in ms, and CPU microseconds per request of each process."""
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    out = subprocess.run(
        ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", HERE / "post.lua",
         f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"(\w+)=(\d+)", re.search(r"^RESULT .*$", out, re.M).group(0)))
    numbers = {key: int(value) for key, value in found.items()}
    if numbers["non2xx"] or numbers["socket_errors"]:
        sys.exit(f"the load was not answered cleanly: {numbers}\n{out}")
    requests = numbers["requests"]
    return {
        "requests": requests,
        "rate": requests / (numbers["duration_us"] / 1e6),
        "p50": numbers["p50_us"] / 1e3,
        "p99": numbers["p99_us"] / 1e3,
        "cpu": {name: (cpu_seconds(pid) - before[name]) / requests * 1e6 for name, pid in pids.items()},
    }


class Nginx:
    """nginx with one worker per hop; two hops talk over a Unix socket with keep-alive."""

    def __init__(self, directory, hops):
        self.directory = pathlib.Path(directory, f"nginx{hops}")
        self.directory.mkdir()
        self.port = free_port()
        back = self.directory / "back.sock"
        answer = f"location / {{ default_type application/json; return 200 '{ANSWER}'; }}"
        front = answer if hops == 1 else (
            "location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ''; }")
        self.processes = [self._start("front", f"""
            upstream back {{ server unix:{back}; keepalive 64; }}
            server {{ listen 127.0.0.1:{self.port} backlog=1024; {front} }}""")]
        if hops == 2:
            self.processes.append(self._start("back", f"server {{ listen unix:{back}; {answer} }}"))

    def _start(self, name, servers):
        config = self.directory / f"{name}.conf"
        # Workers of another user could not reach the sockets in our folder.
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(f"""
            {user} daemon off; worker_processes 1; pid {self.directory}/{name}.pid; error_log {self.directory}/{name}.err;
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {self.directory}/body;
                    proxy_temp_path {self.directory}/proxy; fastcgi_temp_path {self.directory}/f;
                    uwsgi_temp_path {self.directory}/u; scgi_temp_path {self.directory}/s;
                    {servers} }}""")
        # -e: nothing may be written where the package would put its log.
        return subprocess.Popen(["nginx", "-e", f"{self.directory}/{name}.err", "-c", config, "-p", self.directory])

    def workers(self):
        """pid of each hop's worker, once it exists."""
        found = {}
        for name, process in zip(("front", "back"), self.processes):
            while name not in found:
                children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                if children:
                    found[name] = int(children[0])
        return found

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()


class Outpost:
    def __init__(self, directory, options):
        self.bin = options.bin
        self.directory = pathlib.Path(directory, "outpost")
        self.directory.mkdir()
        self.socket = self.directory / "control.sock"
        config = self.directory / "outpost.json"
        config.write_text(json.dumps({
            "application": {"name": "bench", "dbid": 134},
            "listeners": [{"name": "default", "address": "127.0.0.1", "port": 0}],
            "log": {"directory": str(self.directory / "log"), "level": options.log_level},
            "store": {"url": f"sqlite://{self.directory}/store/outpost.db"},
            "control": {"socket": str(self.socket)},
        }))
        subprocess.run([self.bin / "outpostd", "--config", config, "--daemon"], check=True)
        self.ctl("apply", HERE.parent.parent / "etc/sample/catalogue.json")
        status = self.status()
        self.port = status["proxy"]["listeners"][0]["port"]
        self.pids = {"proxy": status["proxy"]["pid"], "supervisor": status["pid"]}

    def ctl(self, *arguments):
        return subprocess.run([self.bin / "outpostctl", "--socket", self.socket, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def status(self):
        return json.loads(self.ctl("status", "--json"))

    def stop(self):
        self.ctl("stop")


def sync_ms(directory):
    """Median time of one small write and fdatasync on the device of the store."""
    import time
    path = pathlib.Path(directory, "sync")
    times = []
    with open(path, "wb") as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    directory = tempfile.mkdtemp(prefix="outpost-bench-")
    results = {}
    try:
        sync = sync_ms(directory)
        for name, hops in (("nginx, 200", 1), ("nginx > nginx", 2)):
            server = Nginx(directory, hops)
            try:
                results[name] = wrk(server.port, options, server.workers())
            finally:
                server.stop()
        server = Outpost(directory, options)
        try:
            before = server.status()["store"]
            result = results["outpost AddRecord"] = wrk(server.port, options, server.pids)
            after = server.status()["store"]
            result["syncs"] = after["syncs"] - before["syncs"]
            rss = {name: resident_kib(pid) for name, pid in server.pids.items()}
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)

    print(f"{'':20} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU us/request':>15}")
    for name, result in results.items():
        parts = ", ".join(f"{who} {us:.1f}" for who, us in result["cpu"].items())
        print(f"{name:20} {result['rate']:10.0f} {result['p50']:8.2f} {result['p99']:8.2f} "
              f"{sum(result['cpu'].values()):15.1f}   ({parts})")
    ours, one, two = results["outpost AddRecord"], results["nginx, 200"], results["nginx > nginx"]
    seconds = ours["requests"] / ours["rate"]
    print(f"\nsyncs/s {ours['syncs'] / seconds:.0f}, requests per sync {ours['requests'] / max(1, ours['syncs']):.1f}, "
          f"one sync takes {sync:.2f} ms here; resident: "
          + ", ".join(f"{who} {kib / 1024:.1f} MiB" for who, kib in rss.items()))
    cpu = {name: sum(result["cpu"].values()) for name, result in results.items()}
    print("ratios (ours to theirs):")
    print(f"  request rate          to one hop {ours['rate'] / one['rate']:.2f}   to two hops {ours['rate'] / two['rate']:.2f}")
    print(f"  CPU per request       to one hop {cpu['outpost AddRecord'] / cpu['nginx, 200']:.2f}   "
          f"to two hops {cpu['outpost AddRecord'] / cpu['nginx > nginx']:.2f}")
    print(f"  requests/s to what one sync per request would allow: {ours['rate'] * sync / 1e3:.1f}")


if __name__ == "__main__":
    main()
