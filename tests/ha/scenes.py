"""What a nemesis needs around the pair: a place for the store, clocks that can be set, a network of its own."""

import contextlib
import os
import pathlib
import subprocess

import engines
from pair import Pair

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
    """The store on a file system of 24 MiB."""
    if os.geteuid() != 0:
        raise NotHere("a small file system of its own needs root")
    store = engines.SqliteStore(directory)
    store.path.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "outpost-ha", store.path.parent], check=True)
    try:
        pair = Pair(directory, engine, store=store)
        try:
            pair.start()
            yield {"pair": pair}
        finally:
            pair.close()
    finally:
        subprocess.run(["umount", "--lazy", store.path.parent], check=True)


@contextlib.contextmanager
def stay_primary(directory, engine):
    """Both go on as primary until the store refuses them, whatever becomes of their lease."""
    pair = Pair(directory, engine)
    for node in pair.nodes.values():
        node.arguments = ["--fault", "stay-primary"]
    try:
        pair.start()
        yield {"pair": pair}
    finally:
        pair.close()


SCENES = {"plain": plain, "faketime": faketime, "small-disk": small_disk, "stay-primary": stay_primary}
