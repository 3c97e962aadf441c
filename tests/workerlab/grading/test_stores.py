"""When an app puts something else where a check looks, the check fails and says so; the grader goes on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from workerlab.contracts.counter import REPORT, Caller
from workerlab.errors import ServiceMissing
from workerlab.grading import stores
from workerlab.grading.api import CheckInfo
from workerlab.grading.databases import _ask, tables
from workerlab.grading.places import StateFile
from workerlab.grading.plugin import judged
from workerlab.grading.result import FAILED, NOT_GRADABLE
from workerlab.services import Postgres, Redis

INFO = CheckInfo("no_lost_update", "All count", 1.0, ("one?", "two", "three"), False)


def verdict(work: Callable[[], object]) -> tuple[str, str]:
    """The status and the message of a check that does this."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 (which one is what is asked)
        work()
    result = judged(INFO, raised.value, raised)
    assert result.points == 0
    return result.status, result.message


def must_fail(work: Callable[[], object], word: str) -> None:
    status, message = verdict(work)
    assert status == FAILED, message
    assert word in message
    assert "the grader itself" not in message and len(message) < 600
    assert message.isprintable() or "\n" in message


@pytest.fixture(scope="module")
def store() -> Iterator[Redis]:
    service = Redis(own=True)
    service.start()
    yield service
    service.close()


def test_a_key_of_another_type(store: Redis) -> None:
    with stores.redis_at(store.url) as client:
        client.lpush("a list", 1)
        must_fail(lambda: client.get("a list"), "WRONGTYPE")


def test_a_key_that_is_no_number(store: Redis) -> None:
    with stores.redis_at(store.url) as client:
        client.set("a text", b"\xff\xfe")
        must_fail(lambda: client.incr("a text"), "not an integer")


def test_keys_without_end() -> None:
    keys = (number for number in range(10**9))
    must_fail(lambda: [*stores.in_time(keys, "keys", 0.0)], "fills its store")


def test_a_store_that_is_busy_for_ever(store: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "RESPONSE_S", 0.5)
    store.pause()
    try:
        with stores.redis_at(store.url) as client:
            must_fail(client.ping, "Redis")
    finally:
        store.resume()


def test_a_store_that_was_shut_down() -> None:
    service = Redis(own=True)
    url = service.start()
    service.stop(kill=True)
    try:
        with stores.redis_at(url) as client:
            must_fail(client.ping, "Redis")
    finally:
        service.close()


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    service = Postgres(own=True)
    yield service.start()
    service.close()


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("SELECT n FROM dropped", "does not exist"),
        ("SELECT 'text'::int", "invalid input"),
        ("SELECT 1 / 0", "division by zero"),
        ("SELECT repeat('a', 2000000000)", "PostgreSQL"),
        ("CREATE DATABASE postgres", "already exists"),
    ],
)
def test_a_table_dropped_and_other_answers(postgres: str, statement: str, word: str) -> None:
    must_fail(lambda: asyncio.run(_ask(postgres, statement)), word)


def test_a_database_that_is_not_there(postgres: str) -> None:
    must_fail(lambda: tables(f"{postgres}_gone"), "does not exist")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def no_database(path: Path) -> None:
    path.write_bytes(b"\xff\x00 not a database" * 100)


def a_huge_file(path: Path) -> None:
    with open(path, "wb") as file:
        file.write(b"x" * 100)
        file.truncate(1 << 34)


@pytest.mark.parametrize("made", [a_folder, a_pipe, no_database, a_huge_file])
def test_something_else_than_a_sqlite_file(made: Callable[[Path], None]) -> None:
    def read() -> None:
        connection = sqlite3.connect(path, timeout=0.1)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()

    with StateFile() as path:
        made(Path(path))
        must_fail(read, "SQLite")


def test_a_folder_in_the_place_of_a_file() -> None:
    with StateFile() as path:
        Path(path).mkdir()
        must_fail(lambda: Path(path).read_bytes(), "state.sqlite")
        must_fail(lambda: Path(path, "nothing").stat(), "nothing")


ANSWERS = {
    "a number without end": b'{"count": ' + b"9" * 5000 + b"}",
    "a number at Python's limit": b'{"count": ' + b"9" * 4300 + b"}",
    "not a number": b'{"count": NaN}',
    "infinity": b'{"count": Infinity}',
    "nested": b"[" * 100_000,
    "nested objects": b'{"count":' * 50_000 + b"1" + b"}" * 50_000,
    "no UTF-8": b'{"count": "\xff\xfe"}',
    "half a sign": b'{"count": "\\ud800"}',
    "another type": b'{"count": [1]}',
    "true": b'{"count": true}',
    "nothing": b"",
    "a text of a megabyte": b'{"count": "' + b"x" * 900_000 + b'"}',
}


@pytest.fixture(scope="module")
def answering() -> Iterator[SimpleNamespace]:
    """An app whose response is `body`."""
    place = SimpleNamespace(body=b"", log="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(place.body)))
            self.end_headers()
            self.wfile.write(place.body)

        def log_message(self, *_: object) -> None:
            """It is not read."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        place.port = server.server_port
        yield place
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_any_content(answering: SimpleNamespace, name: str) -> None:
    answering.body = ANSWERS[name]
    connection = HTTPConnection("127.0.0.1", answering.port)
    with Caller(answering, connection, {"requests": 0}) as caller:
        must_fail(lambda: caller.count(REPORT), "GET /report")


def test_a_store_that_the_machine_lacks_is_not_the_apps_fault() -> None:
    def work() -> None:
        raise ServiceMissing("no Redis was found", "get one")

    assert verdict(work) == (NOT_GRADABLE, "no Redis was found; get one")


def test_another_error_is_the_graders_own() -> None:
    assert verdict(lambda: {}["nothing"])[0] == NOT_GRADABLE
    assert verdict(lambda: Path("/nowhere/at/all").read_bytes())[0] == NOT_GRADABLE
