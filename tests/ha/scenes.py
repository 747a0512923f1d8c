"""What a nemesis needs around the pair: a place for the store, clocks that can be set, a network of its own."""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess

import engines
import network
from pair import Pair
from postgres_server import PostgresServer, bin_directory, copy, run, template
from moody_receiver import MoodyReceiver
from told import options_for as told_options

FAKETIME = "/usr/lib/{}/faketime/libfaketimeMT.so.1"


class NotHere(Exception):
    """This machine, or this user, cannot do it: said, not failed."""


@contextlib.contextmanager
def plain(directory, engine):
    pair = Pair(directory, engine)
    try:
        pair.start()
        yield {"pair": pair}
    finally:
        pair.close()


@contextlib.contextmanager
def patient(directory, engine):
    """Nothing runs out because the machine is slow: for what waits for no timeout."""
    store = engines.new_store(directory, engine)
    if engine == "postgresql":
        store.url += ("&" if "?" in store.url else "?") + "connect_timeout=10"
    with pair_on(directory, engine, store, redundancy={"lease-time": 20_000}) as pair:
        yield {"pair": pair}


@contextlib.contextmanager
def told(directory, engine, redundancy=None):
    """Another server is told of everything, and is not always in the mood to take it."""
    receiver = MoodyReceiver(str(directory))
    pair = Pair(directory, engine, redundancy=redundancy)
    for node in pair.nodes.values():
        options, node.config["webhooks"] = told_options(receiver)
        node.config["application"] |= options
        node.config["http-client"] = [{"name": "default", "http-response-timeout": 30}]
        node.write_config()
    try:
        pair.start()
        yield {"pair": pair, "receiver": receiver}
    finally:
        pair.close()
        receiver.close()


TWO_ADDRESSES = {"a": ("127.0.0.1", contextlib.nullcontext), "b": ("127.0.0.2", contextlib.nullcontext)}


@contextlib.contextmanager
def two_addresses(directory, engine, arguments=()):
    """For harm that leaves a process frozen: its port stays open, and the clients must find the other one elsewhere."""
    pair = Pair(directory, engine, hosts=TWO_ADDRESSES)
    for node in pair.nodes.values():
        node.arguments = arguments
    try:
        pair.start()
        yield {"pair": pair, "timeout": 1}
    finally:
        pair.close()


@contextlib.contextmanager
def faketime(directory, engine):
    """The clock of each supervisor is read from a file, whenever it asks for the time of day."""
    library = pathlib.Path(FAKETIME.format(multiarch()))
    if not library.exists():
        raise NotHere("there is no faketime; run scripts/setup")
    pair = Pair(directory, engine)
    for node in pair.nodes.values():
        clock = node.directory / "clock"
        clock.write_text("+0s\n")
        node.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
        # The proxy gets the library, too, which makes calls that its filter would kill it for.
        node.config["sandbox"] = {"seccomp": "off"}
        node.write_config()
    try:
        pair.start()
        yield {"pair": pair}
    finally:
        pair.close()


def multiarch():
    return subprocess.run(["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], capture_output=True, text=True,
                          check=False).stdout.strip() or f"{os.uname().machine}-linux-gnu"


@contextlib.contextmanager
def small_disk(directory, engine):
    """The store on a small file system; the write-ahead log alone may take a good part of it."""
    if os.geteuid() != 0:
        raise NotHere("a small file system of its own needs root")
    store = engines.SqliteStore(directory)
    store.path.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "outpost-ha", store.path.parent], check=True)
    try:
        pair = Pair(directory, engine, store=store)
        try:
            pair.start()
            yield {"pair": pair}
        finally:
            pair.close()
    finally:
        subprocess.run(["umount", "--lazy", store.path.parent], check=True)


class Database:
    """A server of the pair's own, perhaps with a synchronous standby; who is primary changes."""

    def __init__(self, replicated=False, prepare=None):
        self.primary = PostgresServer()
        self.standby = None
        if prepare:
            prepare(self.primary)
        self.primary.start()
        if replicated:
            self.standby = self.primary.standby("standby")

    def url(self, name):
        """For reading past the programs: of the one that is primary now."""
        return self.primary.url(name)

    def url_of_both(self, name):
        """For the programs."""
        servers = (self.primary, self.standby)
        hosts, ports = (",".join(str(part) for part in parts)
                        for parts in zip(*((server.directory, server.port) for server in servers)))
        return f"postgresql://outpost@/{name}?host={hosts}&port={ports}&target_session_attrs=read-write"

    def promote(self):
        # Nothing follows the new primary yet, so its commits must wait for nobody.
        self.primary, self.standby = self.standby, self.primary
        self.primary.set("synchronous_standby_names", "")
        self.primary.promote()

    def replace_standby(self):
        """What was primary follows from now on, at the address that it had."""
        standby = self.standby
        shutil.rmtree(standby.data)
        run(bin_directory() / "pg_basebackup", "-D", standby.data, "-R", "-c", "fast", "--no-sync", "-U", "postgres", "-d",
            f"host={self.primary.directory} port={self.primary.port} application_name={standby.name}")
        standby.start()
        self.primary.set("synchronous_standby_names", standby.name)
        self.primary.sql("SELECT pg_logical_emit_message(true, 'outpost', 'the standby follows')")

    def close(self):
        for server in filter(None, (self.standby, self.primary)):
            server.close()


@contextlib.contextmanager
def database(directory, engine, replicated=False):
    server = Database(replicated)
    try:
        store = engines.PostgresqlStore(server)
        if replicated:
            store.url = server.url_of_both(store.name)
        with pair_on(directory, engine, store) as pair:
            yield {"pair": pair, "database": server}
    finally:
        server.close()


@contextlib.contextmanager
def on_hosts(directory, engine):
    """a, b, the database and the clients on hosts of their own; a and b have an address each."""
    if not network.available():
        raise NotHere("hosts of their own need root and /dev/net/tun")
    hosts = network.Network("a", "b", "db", "client")
    try:
        with hosts["db"].inside():
            server = Database(prepare=lambda server: listen(server, hosts["db"].address))
        try:
            store = engines.PostgresqlStore(server)
            # Silence on a link is noticed by these alone.
            store.url = (f"postgresql://outpost@{hosts['db'].address}:{server.primary.port}/{store.name}"
                         "?connect_timeout=2")
            places = {name: (hosts[name].address, hosts[name].inside) for name in "ab"}
            with pair_on(directory, engine, store, hosts=places) as pair:
                yield {"pair": pair, "network": hosts, "enter_client": hosts["client"].enter, "timeout": 1.5}
        finally:
            server.close()
    finally:
        hosts.close()


def listen(server, address):
    copy(template(), server.data)
    with open(server.data / "pg_hba.conf", "a", encoding="ascii") as file:
        file.write("host all all 10.77.0.0/24 trust\n")
    server.settings["listen_addresses"] = address


@contextlib.contextmanager
def pair_on(directory, engine, store, **options):
    pair = Pair(directory, engine, store=store, **options)
    try:
        pair.start()
        yield pair
    finally:
        pair.close()
        store.close()


SCENES = {"plain": plain, "patient": patient, "told": told,
          # For what waits for no lease, as patient.
          "told-patient": functools.partial(told, redundancy={"lease-time": 20_000}), "two-addresses": two_addresses, "faketime": faketime, "small-disk": small_disk,
          # Goes on as primary until the store refuses it, whatever becomes of the lease.
          "stay-primary": functools.partial(two_addresses, arguments=["--fault", "stay-primary"]),
          "database": database, "cluster": functools.partial(database, replicated=True), "network": on_hosts}
