"""The servers that Outpost is measured beside. Each is started by us in a directory of its own, on a port that is free, and
stopped when its turn is over. `missing` says in a sentence why a peer cannot be had on this machine; empty: it can."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from machine import children, free_port

HERE = pathlib.Path(__file__).resolve().parent
MODULES = HERE.parents[1] / "build/deps/bench-peers"
ANSWER = ('{"GSW_USER_EVENT":"AddRecordAcknowledge","GSW_APPLICATION_ID":134,"GSW_CAMPAIGN_NAME":"Spring",'
          '"GSW_CALLING_LIST":"Spring_2024","GSW_PHONE":"+15550100","GSW_TZ_NAME":"PST","GSW_PHONE_TYPE":4,'
          '"GSW_RECORD_TYPE":2,"GSW_RECORD_STATUS":1,"GSW_CHAIN_ID":9001,"GSW_CHAIN_N":0,"GSW_CALL_RESULT":28,'
          '"GSW_ATTEMPTS":0,"GSW_FROM":28800,"GSW_UNTIL":64800,"STATE":"CA"}')
DEADLINE_S = 20


def lacks(*programs):
    absent = [program for program in programs if not shutil.which(program)]
    return f"{' and '.join(absent)} not installed" if absent else ""


class Peer:
    """Processes and their end. A subclass starts them and sets `url` and `pids`."""

    shape = "json"

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory, name)
        self.directory.mkdir()
        self.processes = []
        self.pids = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, *command, **options):
        with open(self.directory / "output", "ab") as output:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       **options)
        self.processes.append(process)
        return process

    def await_true(self, what):
        """None of them says in a common way when it is ready, so it is asked till it is."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and all(process.poll() is None for process in self.processes):
            try:
                if found := what():
                    return found
            except OSError:
                pass
            time.sleep(0.02)
        text = (self.directory / "output").read_text(errors="replace")
        self.__exit__()
        raise RuntimeError(f"{type(self).__name__} did not start: {text}")

    def takes_connections(self, port):
        with socket.create_connection(("127.0.0.1", port)):
            return True


class Nginx(Peer):
    """One worker per hop, which answers 200 and stores nothing; two hops talk over a Unix socket that stays open. `tls` are
    the lines that make its port a secure one."""

    @staticmethod
    def missing():
        return lacks("nginx")

    def __init__(self, directory, hops=1, tls=""):
        super().__init__(directory, f"nginx{hops}{'s' if tls else ''}")
        self.port = free_port()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"
        back = self.directory / "back.sock"
        answer = f"location / {{ default_type application/json; return 200 '{ANSWER}'; }}"
        front = answer if hops == 1 else (
            "location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ''; }")
        if hops == 2:
            self._start("back", f"server {{ listen unix:{back}; {answer} }}")
        self._start("front", f"""
            upstream back {{ server unix:{back}; keepalive 64; }}
            server {{ listen 127.0.0.1:{self.port} {'ssl' if tls else ''} backlog=1024; {tls} {front} }}""")
        names = ("back", "front") if hops == 2 else ("front",)
        self.pids = {name: self.await_true(lambda: children(process.pid))[0]
                     for name, process in zip(names, self.processes)}

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
        self.start("nginx", "-e", f"{self.directory}/{name}.err", "-c", config, "-p", self.directory)


def start_redis(peer, sync):
    """At redis.sock in the peer's directory. `sync`: when what it was told is on the disk. Gives its pid."""
    redis = peer.directory / "redis.sock"
    store = peer.start("redis-server", "--port", 0, "--unixsocket", redis, "--dir", peer.directory, "--save", "",
                       "--appendonly", "yes", "--appendfsync", sync, "--auto-aof-rewrite-percentage", 0)
    peer.await_true(redis.exists)
    return store.pid


class Webdis(Peer):
    """HTTP in front of Redis, which has each command on the disk before it is answered; Debian's settings otherwise."""

    shape = "webdis"

    @staticmethod
    def missing():
        return lacks("webdis", "redis-server")

    def __init__(self, directory):
        super().__init__(directory, "webdis")
        redis = self.directory / "redis.sock"
        store = start_redis(self, "always")
        port = free_port()
        config = self.directory / "webdis.json"
        config.write_text(json.dumps({
            "redis_host": str(redis), "redis_port": 0, "redis_auth": None, "http_host": "127.0.0.1", "http_port": port,
            "threads": 2, "daemonize": False, "database": 0, "acl": [], "verbosity": 3,
            "logfile": str(self.directory / "webdis.log")}))
        front = self.start("webdis", config)
        self.await_true(lambda: self.takes_connections(port))
        self.url = f"http://127.0.0.1:{port}/"
        self.pids = {"webdis": front.pid, "redis": store}


class Node(Peer):
    """A script of peers/ for Node.js, with its modules."""

    @staticmethod
    def missing():
        return lacks("node") or ("" if (MODULES / ".outpost-setup").exists() else
                                 "the modules of the Node.js peers are not installed (scripts/setup bench)")

    def run(self, script, *arguments):
        self.port = free_port()
        # The modules are found from where it runs.
        process = self.start("node", HERE / "peers" / script, self.port, *arguments, cwd=MODULES)
        self.await_true(lambda: self._answers(self.port))
        self.url = f"http://127.0.0.1:{self.port}/"
        self.pids["node"] = process.pid

    @staticmethod
    def _answers(port):
        peer = http.client.HTTPConnection("127.0.0.1", port)
        peer.request("GET", "/")
        peer.getresponse().read()
        peer.close()
        return True


class Fastify(Node):
    """Node.js with better-sqlite3. `commit` is how much one transaction holds: a turn of its loop, or one request."""

    def __init__(self, directory, commit):
        super().__init__(directory, f"fastify-{commit}")
        self.run("fastify.mjs", self.directory / "store.db", commit)


class FastifyRedis(Node):
    """Storage in Redis, which has what it was told on the disk within a second; Debian's settings otherwise."""

    @staticmethod
    def missing():
        return lacks("redis-server") or Node.missing()

    def __init__(self, directory):
        super().__init__(directory, "fastify-redis")
        self.pids["redis"] = start_redis(self, "everysec")
        self.run("fastify_storage.mjs", self.directory / "redis.sock")
