"""A stand-in for MongoDB: enough of its protocol for chapter 10's app, one document, no disk.

It cannot show that MongoDB's $inc is atomic (a real one must). It shows what the app asks for.
"""

from __future__ import annotations

import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread

import bson

QUERY, REPLY, MESSAGE = 2004, 1, 2013  # opcodes of the wire protocol
HELLO = {"ismaster": True, "helloOk": True, "maxWireVersion": 21, "minWireVersion": 0, "ok": 1.0}


class Double(socketserver.ThreadingTCPServer):
    """Keeps the document, and the commands that were asked (without greetings) in `asked`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Line)
        self.document: dict | None = None
        self.asked: list[dict] = []
        self.turn = Lock()

    def answer(self, command: dict) -> dict:
        with self.turn:
            match next(iter(command)).lower():
                case "findandmodify":
                    self.asked.append(command)
                    return {"value": self._changed(command["update"]), "ok": 1.0}
                case "update":
                    self.asked.append(command)
                    self._changed(command["updates"][0]["u"])
                    return {"n": 1, "nModified": 1, "ok": 1.0}
                case "find":
                    self.asked.append(command)
                    found = [self.document] if self.document else []
                    return {"cursor": {"id": 0, "ns": "a.b", "firstBatch": found}, "ok": 1.0}
        return HELLO

    def _changed(self, update: dict) -> dict:
        self.document = self.document or {"_id": 1}
        for name, more in update.get("$inc", {}).items():
            self.document[name] = self.document.get(name, 0) + more
        self.document |= update.get("$set", {})
        return dict(self.document)


class Line(socketserver.StreamRequestHandler):
    """One connection: a header of four numbers, then BSON."""

    def handle(self) -> None:
        while header := self.rfile.read(16):
            length, number, _, kind = struct.unpack("<iiii", header)
            body = self.rfile.read(length - 16)
            if kind == QUERY:  # the first greeting: flags, a name, two numbers, and the question
                question = bson.decode(body[body.index(b"\0", 4) + 9 :])
                told = bson.encode(self.server.answer(question))
                self._send(REPLY, number, struct.pack("<iqii", 8, 0, 0, 1) + told)
            else:
                told = bson.encode(self.server.answer(_command(body)))
                self._send(MESSAGE, number, struct.pack("<iB", 0, 0) + told)

    def _send(self, kind: int, to: int, body: bytes) -> None:
        self.wfile.write(struct.pack("<iiii", 16 + len(body), 0, to, kind) + body)


def _command(body: bytes) -> dict:
    """The first section is the command, the second one may bring a list of documents for it."""
    size = struct.unpack_from("<i", body, 5)[0]
    command, rest = bson.decode(body[5 : 5 + size]), body[5 + size :]
    if rest[:1] == b"\1":
        end = rest.index(b"\0", 5)
        command[rest[5:end].decode()] = bson.decode_all(rest[end + 1 :])
    return command


@contextmanager
def mongo_double() -> Iterator[tuple[str, Double]]:
    """Yields the address and the double."""
    with Double() as double:
        thread = Thread(target=double.serve_forever)
        thread.start()
        try:
            yield f"mongodb://127.0.0.1:{double.server_address[1]}/counts", double
        finally:
            double.shutdown()
            thread.join()
