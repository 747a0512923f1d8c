"""Runs PostgreSQL servers for tests: those of one test, as a program beside it, or one for all tests of a ctest run.

`postgres_keeper.py serve` keeps servers of its own for the test that started it, and answers each line of its input with
"ok ..." or "error ...":

    place                        starts a server called "primary"; answers SOCKET_DIRECTORY PORT
    database NAME                makes a database; answers its URL (by the Unix socket)
    sql SERVER DATABASE SQL...   answers what a superuser's psql prints, on one line
    start SERVER                 stop SERVER, kill9 SERVER, freeze SERVER, thaw SERVER
    standby NAME                 a synchronous standby of the primary; answers SOCKET_DIRECTORY PORT
    promote SERVER
    tls SERVER                   switches TLS on, for "localhost"; answers the file of the CA

The end of its input ends the servers, so a test that crashes leaves nothing behind.

`postgres_keeper.py keep FILE` is for ctest, which starts it before the tests: it goes on in the background, and writes to
FILE.PID (of ctest) on which Unix socket it answers the first three of these lines, for each test that connects, and its own
pid. A test's databases are dropped when it hangs up. The server is started for the first test that asks. It is there till
`postgres_keeper.py end FILE`, or till ctest is gone, however that ended.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from postgres_server import PostgresServer

# For each test that may run at the same time (scripts/test: two a processor) 60, as a server of its own has.
SETTINGS_FOR_MANY = {"max_connections": str(max(500, 60 * 2 * os.cpu_count())), "shared_buffers": "64MB"}


class Guest:
    """A test on a server that others use as well."""

    def __init__(self, server):
        self.servers = {"primary": server}
        self.databases = []

    def answer(self, line):
        verb, *words = line.split(" ")
        if verb == "place":
            return self.place(self.servers["primary"])
        if verb == "database":
            self.databases.append(words[0])
            return self.servers["primary"].create_database(words[0])
        if verb == "sql":
            return self.servers[words[0]].sql(" ".join(words[2:]), words[1]).replace("\n", " ")
        return self.answer_owner(verb, words[0])

    @staticmethod
    def place(server):
        return f"{server.directory} {server.port}"

    def answer_owner(self, verb, _):
        raise RuntimeError(f"{verb} is for a test with a server of its own")

    def close(self):
        for name in self.databases:
            with contextlib.suppress(RuntimeError):
                self.servers["primary"].sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class Owner(Guest):
    """A test with servers of its own."""

    def place(self, server):
        return super().place(server if server.process else server.start())

    def answer_owner(self, verb, name):
        if verb == "standby":
            self.servers[name] = self.servers["primary"].standby(name)
            return self.place(self.servers[name])
        if verb not in ("start", "stop", "kill9", "freeze", "thaw", "promote", "tls"):
            raise RuntimeError(f"there is no command {verb}")
        result = getattr(self.servers[name], verb)()
        return str(result) if verb == "tls" else ""

    def close(self):
        for server in self.servers.values():
            server.close()


def converse(test, questions, answers):
    try:
        for line in questions:
            try:
                said = f"ok {test.answer(line.rstrip())}".rstrip()
            except (RuntimeError, KeyError, OSError, subprocess.SubprocessError) as error:
                said = "error " + " ".join(str(error).split())
            print(said, file=answers, flush=True)
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        test.close()


def serve():
    # The end of the input is how we end; ^C at a terminal reaches the test as well, and is its affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    converse(Owner(PostgresServer()), sys.stdin, sys.stdout)


# --- For a run of ctest -----------------------------------------------------------------------------------------------


def keep(prefix):
    ctest = os.getppid()
    name = pathlib.Path(f"/proc/{ctest}/comm").read_text(encoding="ascii").strip()
    if name != "ctest":
        sys.exit(f"this is ended by the end of ctest, and was started by {name}")
    gone = os.pidfd_open(ctest)
    file = pathlib.Path(f"{prefix}.{ctest}")
    directory = tempfile.mkdtemp(prefix="outpost-pg-")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{directory}/keeper")
        listener.listen(1000)
        keeper = os.fork()
        if keeper != 0:
            file.write_text(f"{directory}/keeper {keeper}\n", encoding="ascii")
            return
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):  # ctest waits for the end of what it reads
            os.dup2(nothing, standard)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        try:
            welcome(listener, gone)
        finally:
            file.unlink(missing_ok=True)
            shutil.rmtree(directory, ignore_errors=True)


def welcome(listener, gone):
    server = None
    try:
        while gone not in select.select([listener, gone], [], [])[0]:
            peer = listener.accept()[0]
            try:
                # Here, for a server ends with the thread that started it.
                server = server or started()
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                turn_away(peer, error)
                continue
            threading.Thread(target=entertain, args=(peer, server), daemon=True).start()
    finally:
        if server:
            server.close()


def started():
    server = PostgresServer(SETTINGS_FOR_MANY)
    try:
        return server.start()
    except BaseException:
        server.close()
        raise


def turn_away(peer, error):
    """Whoever asks where the server is hears why there is none."""
    with peer, peer.makefile("r") as questions, peer.makefile("w") as answers, contextlib.suppress(OSError):
        questions.readline()
        print("error", " ".join(str(error).split()), file=answers, flush=True)


def entertain(peer, server):
    with peer, peer.makefile("r") as questions, peer.makefile("w") as answers:
        converse(Guest(server), questions, answers)


def end(prefix):
    file = pathlib.Path(f"{prefix}.{os.getppid()}")
    keeper = int(file.read_text(encoding="ascii").split()[1])
    gone = os.pidfd_open(keeper)
    signal.pidfd_send_signal(gone, signal.SIGTERM)
    select.select([gone], [], [])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["keep", path]:
            keep(path)
        case ["end", path]:
            end(path)
        case _:
            sys.exit("usage: postgres_keeper.py serve | keep FILE | end FILE")
