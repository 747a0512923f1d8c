"""The control socket, spoken from Python: for tests that want to know or change something of a supervisor and do not test
outpostctl, whose start takes far longer than the command. The messages are those of protocol/channel/control.h."""

import json
import socket
import struct

VERSION = 1
HEADER = struct.Struct("<IHHQ")  # bytes of the payload, type, flags, correlation id
HELLO, WELCOME, COMMAND, REPLY = 100, 101, 102, 104


class Refused(AssertionError):
    """The supervisor's reply is no."""


def command(path, name, arguments=None, seconds=300):
    """One command to the supervisor at the socket `path`; returns its reply."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(seconds)
        try:
            peer.connect(str(path))
            body = struct.pack("<I", len(name)) + name.encode()
            text = json.dumps(arguments or {}).encode()
            peer.sendall(hello() + _frame(COMMAND, 1, body + struct.pack("<I", len(text)) + text))
            with peer.makefile("rb") as stream:
                _read(stream, WELCOME)
                payload = _read(stream, REPLY)
        except OSError as error:
            raise AssertionError(f"command {name} at {path}: {error}") from error
    # Whether it was done, then a text behind its length.
    reply = json.loads(payload[5:])
    if not payload[0]:
        raise Refused(f"command {name}: {reply['error']}")
    return reply


def hello():
    """What a client sends first."""
    return _frame(HELLO, 0, struct.pack("<I", VERSION))


def _frame(kind, correlation, payload):
    return HEADER.pack(len(payload), kind, 0, correlation) + payload


def _read(stream, expected):
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise ConnectionResetError("the supervisor closed the connection")
    length, kind, _, _ = HEADER.unpack(header)
    payload = stream.read(length)
    if len(payload) < length:
        raise ConnectionResetError("the supervisor closed the connection")
    assert kind == expected, f"a message of type {kind} where {expected} was due"
    return payload
