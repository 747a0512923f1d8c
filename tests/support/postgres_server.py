"""Real PostgreSQL servers for tests: each in a directory of its own, on a Unix socket and a loopback port that the kernel
chose, gone when the test is gone.

A server is a child that dies with this process, too. initdb takes two seconds, so it runs once for a build tree; servers
begin with copies of what it made. OUTPOST_TIME_SCALE stretches the deadlines.

postgres_keeper.py runs servers for programs that are not Python, and one for all tests of a ctest run.
"""

import contextlib
import fcntl
import glob
import os
import pathlib
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from other_day import THIS_DAY

SCALE = float(os.environ.get("OUTPOST_TIME_SCALE", "1"))
CACHE = pathlib.Path(__file__).resolve().parents[2] / "build" / "postgresql"
USER = "outpost"  # owns the databases; no superuser
PASSWORD = "secret"  # needed over TCP only

# fsync is for a loss of power, which no test can have; a kill -9 of the server is survived without.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",  # in its folder, and gone with it, however the server ends
    "max_connections": "60",
    "max_wal_senders": "4",
    "max_replication_slots": "4",
    "wal_level": "replica",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %a ",
    "logging_collector": "off",
}

HBA = """\
local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def bin_directory():
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        return pathlib.Path(max(found, key=lambda path: int(path.split("/")[4].split(".")[0]))).parent
    initdb = shutil.which("initdb")
    if not initdb:
        raise RuntimeError("the tests need a PostgreSQL server; run scripts/setup")
    return pathlib.Path(initdb).resolve().parent


def server_user():
    """Whom the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("there is no user postgres or nobody to run PostgreSQL as")


def as_server(*command):
    """The command as the server's user, ended (at once, with its children) when this process ends."""
    user = server_user()
    change = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []
    return [*THIS_DAY, "setpriv", *change, "--pdeathsig", "QUIT", *map(str, command)]


def run(*command, **options):
    done = subprocess.run(as_server(*command), capture_output=True, text=True, check=False, timeout=120 * SCALE,
                          cwd="/", **options)
    if done.returncode != 0:
        raise RuntimeError(f"{pathlib.Path(command[0]).name} failed: {done.stderr}{done.stdout}")
    return done.stdout


def own_directory():
    path = pathlib.Path(tempfile.mkdtemp(prefix="outpost-pg-"))
    user = server_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def make_cluster(data):
    # A locale of its own kind: columns whose order matters have to say so themselves.
    run(bin_directory() / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--wal-segsize=1",
        "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
    run(bin_directory() / "postgres", "--single", "-D", data, "postgres",
        input=f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'\n")
    (data / "pg_hba.conf").write_text(HBA)


def template():
    """A cluster to copy, made by the first who needs it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    user = server_user()
    version = run(bin_directory() / "initdb", "--version").split()[2]
    ready = CACHE / f"{version}-{user.pw_name if user else 'own'}"
    with open(CACHE / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            place = own_directory()
            try:
                make_cluster(place / "data")
                copy(place / "data", ready.with_suffix(".new"))
                ready.with_suffix(".new").rename(ready)
            finally:
                shutil.rmtree(place)
    return ready


def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningServer:
    """What may be done with a server that others use as well."""

    def __init__(self, directory, port):
        self.directory = directory
        self.port = port

    def url(self, database="postgres", tcp=False, options=""):
        """For store.url. By TCP with a password, by the Unix socket without."""
        if tcp:
            query = f"?{options}" if options else ""
            return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}{query}"
        more = f"&{options}" if options else ""
        return f"postgresql://{USER}@/{database}?host={self.directory}&port={self.port}{more}"

    def create_database(self, name):
        self.sql(f"CREATE DATABASE {name} OWNER {USER} TEMPLATE template0")
        return self.url(name)

    def sql(self, statement, database="postgres", user="postgres"):
        """What psql prints: a row a line, columns separated by |."""
        command = [bin_directory() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-p",
                   self.port, "-U", user, "-d", database, "-c", statement]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60 * SCALE)
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")
        return done.stdout.strip()

    def rows(self, statement, database="postgres"):
        return [tuple(line.split("|")) for line in self.sql(statement, database).splitlines()]


class PostgresServer(RunningServer):
    """A server of one's own. start() it, restart it as often as you like, close() it at the end."""

    def __init__(self, settings=None):
        super().__init__(own_directory(), free_port())
        self.data = self.directory / "data"
        self.settings = {**SETTINGS, **(settings or {})}
        self.process = None
        self.primary = None
        self.ca = None
        self.name = "primary"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # --- Life ---------------------------------------------------------------------------------------------------------

    def start(self):
        if not self.data.exists():
            copy(template(), self.data)
        for _ in range(5):
            if self._start_once():
                return self
            self.port = free_port()  # somebody took it between our look and the server's
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log_text()}")

    def _start_once(self):
        notify = self.directory / "notify"
        with contextlib.suppress(FileNotFoundError):
            notify.unlink()
        options = {**self.settings, "port": self.port, "unix_socket_directories": self.directory}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(self.directory / "log", "ab") as log:
            ready.bind(str(notify))
            notify.chmod(0o777)
            self.process = subprocess.Popen(
                as_server(bin_directory() / "postgres", "-D", self.data,
                          *(f"--{name}={value}" for name, value in options.items())),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(notify), "TZ": "UTC"})
            return self._await_ready(ready)

    def _await_ready(self, ready):
        deadline = time.monotonic() + 60 * SCALE
        gone = os.pidfd_open(self.process.pid)
        try:
            while time.monotonic() < deadline:
                readable = select.select([ready, gone], [], [], max(0, deadline - time.monotonic()))[0]
                if ready in readable and b"READY=1" in ready.recv(4096):
                    return True
                if gone in readable:
                    self.process.wait()
                    return False
        finally:
            os.close(gone)
        self.kill9()
        return False

    def stop(self):
        """Ends it in good order: open sessions are ended, what is committed is on the disk."""
        self._end(signal.SIGINT)

    def kill9(self):
        """The server and each of its sessions, at once."""
        self._end(signal.SIGKILL)

    def _end(self, number):
        if not self.process:
            return
        # A session would notice the end of its server only when it next waits for its client.
        sessions = self._children() if number == signal.SIGKILL else []
        for pid in [self.process.pid, *sessions]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        self.process.wait(timeout=60 * SCALE)
        for pid in sessions:
            self._await_gone(pid)
        self.process = None

    def _children(self):
        with contextlib.suppress(FileNotFoundError):
            path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            return [int(pid) for pid in path.read_text(encoding="ascii").split()]
        return []

    @staticmethod
    def _await_gone(pid):
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                select.select([handle], [], [], 60 * SCALE)
            finally:
                os.close(handle)

    def freeze(self):
        """Stops every process of the server where it stands: connections stay open, and nothing answers."""
        os.kill(self.process.pid, signal.SIGSTOP)
        for pid in self._children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in [*self._children(), self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def close(self):
        self.kill9()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_text(self):
        return (self.directory / "log").read_text(errors="replace")

    def set(self, name, value):
        self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql("SELECT pg_reload_conf()")

    # --- Replication --------------------------------------------------------------------------------------------------

    def standby(self, name="standby", synchronous=True):
        """A running copy that follows this server; a commit here waits for it when it is synchronous."""
        other = PostgresServer({k: v for k, v in self.settings.items() if k not in SETTINGS})
        other.name = name
        run(bin_directory() / "pg_basebackup", "-D", other.data, "-R", "-c", "fast", "--no-sync", "-U", "postgres", "-d",
            f"host={self.directory} port={self.port} application_name={name}")
        other.start()
        if synchronous:
            self.set("synchronous_standby_names", name)
            # Waits until the standby has it: there is no other event that says that it follows.
            self.sql("SELECT pg_logical_emit_message(true, 'outpost', 'the standby follows')")
        return other

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")

    # --- TLS ----------------------------------------------------------------------------------------------------------

    def tls(self):
        """Switches it on, with a certificate for localhost of a CA made here. Returns the file of the CA."""
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
                      "-subj", "/CN=Outpost test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout",
                      "ca.key", "-out", "ca.pem")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost", "-keyout", "server.key", "-out", "server.csr")
        self._openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "90", "-copy_extensions", "copy", "-out", "server.pem")
        user = server_user()
        for name in ("server.key", "server.pem"):
            if user:
                os.chown(self.directory / name, user.pw_uid, user.pw_gid)
        (self.directory / "server.key").chmod(0o600)
        # Others than the server's user read the CA.
        self.directory.chmod(0o711)
        (self.directory / "ca.pem").chmod(0o644)
        self.sql(f"ALTER SYSTEM SET ssl_cert_file = '{self.directory}/server.pem'")
        self.sql(f"ALTER SYSTEM SET ssl_key_file = '{self.directory}/server.key'")
        self.set("ssl", "on")
        self.ca = self.directory / "ca.pem"
        return self.ca

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.directory, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def shared_server(prefix=os.environ.get("OUTPOST_POSTGRESQL"), ctest=os.getppid()):
    """The one of the ctest run whose test this process is (postgres_keeper.py); None when the test runs alone."""
    try:
        with open(f"{prefix}.{ctest}", encoding="ascii") as file:
            keeper = file.read().split()[0]
        with socket.socket(socket.AF_UNIX) as peer, peer.makefile("r") as answers:
            peer.connect(keeper)
            peer.sendall(b"place\n")
            verdict, *place = answers.readline().split()
        if verdict != "ok":
            raise RuntimeError(" ".join(place))
        directory, port = place
    except FileNotFoundError:
        return None
    return RunningServer(directory, int(port))
