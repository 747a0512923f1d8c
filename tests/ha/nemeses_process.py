"""Harm to the processes of a pair, to their clocks and to their disk."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from harness import await_gone, eventually
from load import Client
from nemesis import LEASE_S, Nemesis


def proxy_killed(scene):
    primary = scene.pair.primary()
    pid = primary.proxy_pid
    scene.pause(0, 0.3)
    primary.serving = False
    os.kill(pid, signal.SIGKILL)
    await_gone(pid)
    measured = scene.failover(time.monotonic())
    scene.serve_again()
    return measured | {"did": f"proxy of {primary.name}"}


def courier_killed(scene):
    """Nobody who sends requests notices."""
    primary = scene.pair.primary()
    pid = eventually(lambda: (primary.status()["courier"] or {}).get("pid"), "the courier runs")
    scene.pause(0, 0.3)
    os.kill(pid, signal.SIGKILL)
    await_gone(pid)
    scene.serve_again()
    return {"did": f"courier of {primary.name}"}


def supervisor_killed(scene):
    """Restarted at once, or only when the other one serves."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    at_once = scene.dice.random() < 0.3
    scene.pause(0, 0.3)
    scene.pair.kill(primary)
    begin = time.monotonic()
    if at_once:
        scene.pair.restart(primary)
    measured = scene.failover(begin, by=None if at_once else other.name)
    scene.serve_again()
    return measured | {"did": primary.name + (", restarted at once" if at_once else "")}


def both_killed(scene):
    nodes = list(scene.pair.nodes.values())
    scene.dice.shuffle(nodes)
    begin = time.monotonic()
    for node in nodes:
        node.process.send_signal(signal.SIGKILL)
        scene.pause(0, 0.1)
    for node in nodes:
        node.wait()
        node.serving = False
    scene.dice.shuffle(nodes)
    for node in nodes:
        scene.pair.restart(node)
    measured = scene.failover(time.monotonic())
    scene.serve_again()
    return {"did": "both", "failover_s": measured["failover_s"], "down_s": time.monotonic() - begin}


def frozen(scene):
    """Longer than the lease, at any moment, then let go: it must not write. The checker sees to that.

    One that stopped in the middle of a transaction on SQLite keeps the file locked, and may have been killed for it.
    """
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    scene.pause(0, 0.3)
    begin = time.monotonic()
    primary.freeze()
    measured = scene.failover(begin, by=other.name)
    scene.pause(0, LEASE_S)
    primary.thaw()
    primary.serving = False
    scene.load.await_answers(20, by=other.name)
    with contextlib.suppress(subprocess.TimeoutExpired):
        primary.process.wait(0.2)
    dead = scene.pair.restart_dead()
    eventually(lambda: primary.status()["role"] == "backup", f"{primary.name} is backup")
    scene.serve_again()
    return measured | {"did": primary.name + (", killed for its lock" if dead else ", is backup"),
                       "killed": len(dead)}


def frozen_shortly(scene):
    """For less than the lease, or about it: whoever serves afterwards, nothing is lost."""
    primary = scene.pair.primary()
    primary.freeze()
    scene.pause(0.1, LEASE_S * 1.2)
    primary.thaw()
    begin = time.monotonic()
    measured = scene.failover(begin)
    scene.serve_again()
    return measured | {"did": primary.name}


def frozen_supervisor_alone(scene):
    """Its proxy lives and takes requests that nobody answers."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    begin = time.monotonic()
    os.kill(primary.process.pid, signal.SIGSTOP)
    primary.frozen = [primary.process.pid]
    # The frozen one's proxy holds the port until the supervisor that took the lease, or nobody, ends it.
    scene.pause(LEASE_S * 1.5, LEASE_S * 2)
    primary.thaw()
    measured = scene.failover(begin + LEASE_S, by=None)
    scene.pair.wait(lambda: not primary.alive or not primary.serving or not other.serving, "one serves")
    scene.serve_again()
    return measured | {"did": f"supervisor of {primary.name}"}


def terminated(scene):
    """TERM: the lease is given back, and the other one takes it at once."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    begin = time.monotonic()
    scene.pair.kill(primary, signal.SIGTERM)
    if primary.process.returncode != 0:
        raise AssertionError(f"{primary.name} ended with {primary.process.returncode} after TERM")
    measured = scene.failover(begin, by=other.name)
    scene.serve_again()
    return measured | {"did": primary.name}


def switched(scene):
    """outpostctl switch, asked of either side."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    asked = scene.dice.choice((primary, other))
    arguments = ("--to", other.name) if scene.dice.random() < 0.5 else ()
    scene.pause(0, 0.1)
    begin = time.monotonic()
    reply = scene.pair.switch(asked, *arguments)
    scene.load.await_answers(30, by=other.name, since=begin)
    if (reply["from"], reply["to"]) != (primary.name, other.name):
        raise AssertionError(f"outpostctl switch says {reply}; it was from {primary.name} to {other.name}")
    scene.pair.settled()
    return {"did": f"to {other.name}, asked {asked.name}", "gap_ms": reply["gap_ms"],
            "silence_ms": 1000 * scene.load.longest_silence(begin, time.monotonic())}


def clock_shifted(scene):
    """The clock of one process jumps by five minutes and back; the role stays where it is, and moves when it must."""
    primary = scene.pair.primary()
    victim = scene.dice.choice(list(scene.pair.nodes.values()))
    jump = scene.dice.choice((300, -300))
    set_clock(victim, jump)
    since = time.monotonic()
    scene.pause(LEASE_S * 1.2, LEASE_S * 1.6)
    scene.load.await_answers(20, since=since)
    moved = scene.pair.primary() is not primary
    set_clock(victim, 0)
    scene.pause(LEASE_S * 0.5, LEASE_S)
    scene.serve_again()
    return {"did": f"{victim.name} ({'primary' if victim is primary else 'backup'}) by {jump:+} s"
                   + (", the role moved" if moved else ""), "moved": int(moved)}


def clock_shifted_and_killed(scene):
    """The primary dies while the clocks of the two differ."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    jump = scene.dice.choice((300, -300))
    set_clock(other, jump)
    scene.pause(0.5, LEASE_S)
    scene.pair.kill(primary)
    measured = scene.failover(time.monotonic())
    set_clock(other, 0)
    scene.serve_again()
    return measured | {"did": f"{primary.name}, {other.name} is {jump:+} s off"}


def set_clock(node, seconds):
    path = pathlib.Path(node.environment["FAKETIME_TIMESTAMP_FILE"])
    path.with_suffix(".new").write_text(f"{seconds:+d}s\n")
    path.with_suffix(".new").rename(path)


def disk_full(scene):
    """No room for a while, then room again: requests fail, nothing is lost, it goes on by itself."""
    volume = scene.pair.store.path.parent
    filler = volume / "filler"
    with open(filler, "wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 65536)
    scene.pause(0.5, LEASE_S * 2)
    filler.unlink()
    begin = time.monotonic()
    measured = scene.failover(begin)
    scene.serve_again()
    return measured | {"did": "full"}


def believers(scene):
    """A primary that is blind to the loss of its lease (--fault stay-primary) is frozen until the other one has it: both
    believe now that they are primary, and the store takes from one only, also when clients ask the wrong one.
    """
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    begin = time.monotonic()
    primary.freeze()
    measured = scene.failover(begin, by=other.name)
    primary.thaw()
    tempter = Client(scene.load, 900 + scene.number, [primary.address])
    answers = [tempter.once(f"{scene.load.seed}-believer-{scene.number}-{n}") for n in range(5)]
    if "200" in answers:
        raise AssertionError(f"{primary.name} has lost the lease and answered {answers}")
    scene.load.await_answers(50, by=other.name)
    if primary.alive:  # on SQLite it may have been killed, because it kept the file locked
        scene.pair.kill(primary)
    scene.serve_again()
    return measured | {"did": f"{primary.name}, which answered {', '.join(answers)}"}


NEMESES = [
    Nemesis("proxy-killed", proxy_killed, "kill -9 of the proxy"),
    Nemesis("supervisor-killed", supervisor_killed, "kill -9 of the primary", rounds=30),
    Nemesis("told-proxy-killed", proxy_killed, "kill -9 of the proxy, while another server is told of everything",
            rounds=200, scene="told-patient"),
    Nemesis("told-courier-killed", courier_killed, "the same of the courier", rounds=200, scene="told-patient",
            forbidden=("500", "502", "503", "504", "broken")),
    Nemesis("told-supervisor-killed", supervisor_killed, "the same of the primary", rounds=200, scene="told"),
    Nemesis("told-switched", switched, "planned switches, while another server is told of everything", rounds=20,
            scene="told-patient"),
    Nemesis("both-killed", both_killed, "kill -9 of both"),
    Nemesis("frozen", frozen, "STOP of the primary for longer than the lease, then CONT", scene="two-addresses"),
    Nemesis("frozen-port", frozen, "the same, and the frozen proxy keeps the port that both use", rounds=10, short=2),
    Nemesis("frozen-shortly", frozen_shortly, "STOP of the primary for about the lease, then CONT",
            scene="two-addresses"),
    Nemesis("frozen-supervisor", frozen_supervisor_alone, "STOP of the supervisor, its proxy lives", rounds=10),
    Nemesis("terminated", terminated, "TERM of the primary", forbidden=("500", "502", "503", "504", "broken")),
    Nemesis("switched", switched, "planned switches", rounds=200, short=4, scene="patient",
            forbidden=("500", "502", "503", "504", "broken", "timeout")),
    Nemesis("clock", clock_shifted, "the clock of one process jumps by 5 minutes", scene="faketime", rounds=10),
    Nemesis("clock-killed", clock_shifted_and_killed, "kill -9 while the clocks differ by 5 minutes", scene="faketime",
            rounds=6, short=1, engines=("postgresql",)),
    Nemesis("disk-full", disk_full, "no room on the disk of the store", scene="small-disk", engines=("sqlite",), rounds=10),
    Nemesis("believers", believers, "two that believe that they are primary", scene="stay-primary", rounds=10),
]
