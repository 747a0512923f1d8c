"""Asks a PostgreSQL questions past the engine: the few messages of its wire protocol that a query needs, written here so
that the judge shares no code with the engine it judges, and no package has to be installed.

The server trusts whoever connects, as the one that the tests start does. Source: PostgreSQL manual, "Message Formats".
"""

import socket
import struct
import urllib.parse

# Types that are not text: object ids of pg_type.
INTEGERS = {20, 21, 23, 26}
NUMERIC = 1700
BOOLEAN = 16
BYTES = 17


class QueryError(Exception):
    """The server refused, in its own words. `code` is its SQLSTATE."""

    def __init__(self, fields):
        super().__init__(fields.get("M", "?"))
        self.code = fields.get("C", "")


class Connection:
    """One connection of one thread. OSError: it is lost, make another."""

    def __init__(self, url, timeout=30):
        parts = urllib.parse.urlsplit(url)
        options = urllib.parse.parse_qs(parts.query)
        host = options.get("host", [parts.hostname])[0]
        port = int(options.get("port", [parts.port or 5432])[0])
        user = urllib.parse.unquote(parts.username or options.get("user", ["postgres"])[0])
        database = urllib.parse.unquote(parts.path[1:]) or user
        self.peer = connect(host, port, timeout)
        self.stream = self.peer.makefile("rb")
        try:
            self._greet(user, database)
        except BaseException:
            self.close()
            raise

    def _greet(self, user, database):
        words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database)) + b"\0"
        self.peer.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
        for kind, body in self._until_ready():
            if kind == b"R" and struct.unpack("!i", body[:4])[0] != 0:
                raise QueryError({"M": f"the server wants a password of {user}; these tests have none"})

    def rows(self, sql, *values):
        """`?` are the places of the values, as in sqlite3. Integers come as int, the rest as text."""
        head, *rest = sql.split("?")
        sql = head + "".join(f"${n}{piece}" for n, piece in enumerate(rest, 1))
        assert len(rest) == len(values), f"{len(values)} values for {len(rest)} places in {sql}"
        bound = b"".join(field(value) for value in values)
        self.peer.sendall(
            message(b"P", b"\0" + sql.encode() + b"\0" + struct.pack("!h", 0))
            + message(b"B", b"\0\0" + struct.pack("!hh", 0, len(values)) + bound + struct.pack("!h", 0))
            + message(b"D", b"P\0") + message(b"E", b"\0" + struct.pack("!i", 0)) + message(b"S", b""))
        types, found = [], []
        for kind, body in self._until_ready():
            if kind == b"T":
                types = column_types(body)
            elif kind == b"D":
                found.append(row(body, types))
        return found

    def _until_ready(self):
        """All messages till the server waits for the next query; what it refused is raised then."""
        seen, refused = [], None
        while True:
            head = self._read(5)
            kind, size = head[:1], struct.unpack("!i", head[1:])[0]
            body = self._read(size - 4)
            if kind == b"E":
                refused = QueryError({part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part})
                if refused.code[:2] in ("57", "28", "3D", "53"):  # it closes the connection now
                    raise refused
            elif kind == b"Z":
                break
            seen.append((kind, body))
        if refused:
            raise refused
        return seen

    def _read(self, size):
        data = self.stream.read(size)
        if len(data) < size:
            raise ConnectionResetError("the database closed the connection")
        return data

    def close(self):
        self.stream.close()
        self.peer.close()


def connect(host, port, timeout):
    if host.startswith("/"):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(timeout)
        try:
            peer.connect(f"{host}/.s.PGSQL.{port}")
        except BaseException:
            peer.close()
            raise
        return peer
    peer = socket.create_connection((host, port), timeout=timeout)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def field(value):
    if value is None:
        return struct.pack("!i", -1)
    text = ("true" if value is True else "false" if value is False else str(value)).encode()
    return struct.pack("!i", len(text)) + text


def column_types(body):
    types, at = [], 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        at = body.index(b"\0", at) + 1
        types.append(struct.unpack("!i", body[at + 6:at + 10])[0])
        at += 18
    return types


def row(body, types):
    values, at = [], 2
    for kind in types:
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        values.append(None if size < 0 else typed(body[at:at + size], kind))
        at += max(size, 0)
    return tuple(values)


def typed(data, kind):
    text = data.decode()
    if kind in INTEGERS:
        return int(text)
    if kind == NUMERIC:  # a sum of integers
        return int(text) if "." not in text else float(text)
    if kind == BOOLEAN:
        return text == "t"
    if kind == BYTES:
        return bytes.fromhex(text[2:])
    return text
