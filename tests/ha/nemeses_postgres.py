"""Harm to the database of a pair, and to the links between hosts."""

import time

from nemesis import BOUND_S, LEASE_S, Nemesis

# What the clients may not see while the pair works as it should.
NOTHING = ("500", "502", "503", "504", "broken", "timeout", "refused", "reset", "dropped")


def database_killed(scene):
    """kill -9 of the server, started again after a moment or after several leases."""
    server = scene.database.primary
    server.kill9()
    scene.pause(0, LEASE_S * scene.dice.choice((0.2, 3)))
    server.start()
    measured = scene.failover(time.monotonic())
    primary = scene.serve_again()
    return measured | {"did": f"{primary.name} serves"}


def database_frozen(scene):
    """It accepts and says nothing, which only deadlines can notice."""
    server = scene.database.primary
    server.freeze()
    scene.pause(LEASE_S * 0.3, LEASE_S * 2.5)
    server.thaw()
    measured = scene.failover(time.monotonic())
    primary = scene.serve_again()
    return measured | {"did": f"{primary.name} serves"}


def standby_promoted(scene):
    """The server dies, its synchronous standby takes over, and what died comes back as the standby."""
    killed = scene.database.primary
    begin = time.monotonic()
    killed.kill9()
    scene.pause(0, LEASE_S)
    scene.database.promote()
    measured = scene.failover(time.monotonic())
    scene.database.replace_standby()
    scene.serve_again()
    return measured | {"did": f"{killed.name} killed", "down_s": time.monotonic() - begin}


WAYS = {"both ways": None, "to it": True, "from it": False}


def cut(scene, name, other):
    way = scene.dice.choice(list(WAYS))
    if way == "both ways":
        scene.network.cut(name, other)
    else:
        source, target = (name, other) if way == "to it" else (other, name)
        scene.network.cut(source, target, both=False)
    return way


def primary_cut_from_database(scene):
    """It must step down before the other one takes over, and be backup when it is linked again."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    begin = time.monotonic()
    way = cut(scene, primary.name, "db")
    measured = scene.failover(begin, by=other.name)
    scene.pause(0, LEASE_S)
    scene.network.heal()
    scene.pair.wait(lambda: not primary.serving, f"{primary.name} has stepped down", BOUND_S)
    scene.serve_again()
    return measured | {"did": f"{primary.name}, {way}"}


def backup_cut_from_database(scene):
    """Nothing that a client could notice."""
    primary = scene.pair.primary()
    backup = scene.pair.other(primary)
    way = cut(scene, backup.name, "db")
    stays(scene, primary)
    return {"did": f"{backup.name}, {way}"}


def peers_cut(scene):
    """They only speak through the store: nothing happens."""
    primary = scene.pair.primary()
    way = cut(scene, "a", "b")
    stays(scene, primary)
    return {"did": f"a from b, {way}"}


def stays(scene, primary):
    scene.pause(LEASE_S * 1.2, LEASE_S * 2)
    scene.load.await_answers(20, by=primary.name)
    scene.network.heal()
    if scene.serve_again() is not primary:
        raise AssertionError(f"the role moved away from {primary.name}, which had its database and its clients")


def clients_cut(scene):
    """The primary has its database: it stays, and serves when its clients reach it again."""
    primary = scene.pair.primary()
    way = cut(scene, "client", primary.name)
    scene.pause(0.5, LEASE_S * 1.5)
    scene.network.heal()
    measured = scene.failover(time.monotonic(), by=primary.name)
    scene.serve_again()
    return measured | {"did": f"{primary.name}, {way}"}


def isolated(scene):
    """From database, peer and clients at once, as a host that dies, and then comes back."""
    primary = scene.pair.primary()
    other = scene.pair.other(primary)
    begin = time.monotonic()
    scene.network.isolate(primary.name)
    measured = scene.failover(begin, by=other.name)
    scene.pause(0, LEASE_S)
    scene.network.heal()
    scene.pair.wait(lambda: not primary.serving, f"{primary.name} has stepped down", BOUND_S)
    scene.serve_again()
    return measured | {"did": primary.name}


def database_isolated(scene):
    """Nobody can write; when it is back, one goes on."""
    scene.network.isolate("db")
    scene.pause(0.5, LEASE_S * 2)
    scene.network.heal()
    measured = scene.failover(time.monotonic())
    primary = scene.serve_again()
    return measured | {"did": f"{primary.name} serves"}


def slow(scene):
    """A tenth of a second there and back: everything takes longer, and goes on."""
    primary = scene.pair.primary()
    scene.network.link(primary.name, "db", delay_ms=35, jitter_ms=30, both=True)
    stays(scene, primary)
    return {"did": primary.name}


def lossy(scene):
    """One packet in ten is lost to and from the database and the clients: whoever serves, nothing is lost."""
    primary = scene.pair.primary()
    for source in (primary.name, scene.pair.other(primary).name):
        for target in ("db", "client"):
            scene.network.link(source, target, drop=0.1, both=True)
    scene.pause(LEASE_S * 2, LEASE_S * 3)
    scene.network.heal()
    measured = scene.failover(time.monotonic())
    now = scene.serve_again()
    return measured | {"did": primary.name + ("" if now is primary else ", the role moved")}


def nemesis(name, function, text, scene, **options):
    return Nemesis(name, function, text, engines=("postgresql",), scene=scene, **options)


NEMESES = [
    nemesis("database-killed", database_killed, "kill -9 of the database", "database"),
    nemesis("database-frozen", database_frozen, "STOP of the database, then CONT", "database", rounds=10),
    nemesis("standby-promoted", standby_promoted, "the synchronous standby is promoted", "cluster", rounds=5, short=1),
    nemesis("cut-primary", primary_cut_from_database, "the primary cut from the database", "network"),
    nemesis("cut-backup", backup_cut_from_database, "the backup cut from the database", "network", rounds=8,
            forbidden=NOTHING),
    nemesis("cut-peers", peers_cut, "the supervisors cut from each other", "network", rounds=8, forbidden=NOTHING),
    nemesis("cut-clients", clients_cut, "the clients cut from the primary", "network", rounds=10),
    nemesis("isolated", isolated, "the primary isolated from everything", "network"),
    nemesis("cut-database", database_isolated, "the database isolated from everything", "network", rounds=10),
    nemesis("slow", slow, "a slow link to the database", "network", rounds=6),
    nemesis("lossy", lossy, "links that lose one packet in ten", "network", rounds=6),
]
