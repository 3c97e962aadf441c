"""An instance that is as if on another machine: what it shares with ours, and what it does not."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from workerlab.servers import Server, apart
from workerlab.services import Redis

APP = """
import os, socket
from fastapi import FastAPI
from redis import Redis

app = FastAPI()
store = Redis.from_url(os.environ["REDIS_URL"])


@app.get("/count")
def count(way: str, name: str, port: int):
    if way == "store":
        return store.incr(name)
    if way == "port":
        with socket.create_connection(("127.0.0.1", port), 0.5) as line:
            return line.recv(10).decode()
    if way == "socket without a file":
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("\\0" + name)
            return line.recv(10).decode()
    folder = {"/tmp": "/tmp", "shared memory": "/dev/shm", "own folder": os.getcwd()}[way]
    with open(f"{folder}/{name}", "a+") as file:
        file.write(".")
        return file.tell()
"""
NAMES = "workerlab-apart"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("apart") / "app.py"
    file.write_text(APP)
    return file


@pytest.fixture(scope="module")
def two(app: Path):
    """The same app beside us, and apart."""
    if not apart.possible():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("this machine has no namespaces")
    with Redis(own=True) as url:
        env = {"REDIS_URL": url}
        with (
            Server(app, workers=1, env=env) as here,
            Server(app, workers=1, env=env, apart=True) as there,
        ):
            yield here, there


def ask(server: Server, way: str, name: str = NAMES, port: int = 1) -> object:
    asked = urlencode({"way": way, "name": name, "port": port})
    with urlopen(f"{server.url}/count?{asked}") as answer:
        return json.load(answer)


@pytest.mark.parametrize("way", ["store", "own folder"])
def test_it_shares_the_store_and_the_folder_of_the_app(two, way: str) -> None:
    here, there = two
    start = ask(here, way)
    assert [ask(there, way), ask(here, way)] == [start + 1, start + 2]


@pytest.mark.parametrize(("way", "folder"), [("/tmp", "/tmp"), ("shared memory", "/dev/shm")])
def test_it_shares_no_place_of_the_machine(two, way: str, folder: str) -> None:
    here, there = two
    name = f"{NAMES}-{os.getpid()}"
    try:
        assert [ask(here, way, name), ask(there, way, name), ask(here, way, name)] == [1, 1, 2]
    finally:
        Path(folder, name).unlink()


def test_it_meets_no_process_on_the_loopback_or_on_a_socket_without_a_file(two) -> None:
    here, there = two
    name = f"{NAMES}-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as door, socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0{name}")
        other.listen()
        for way, listener in (("port", door), ("socket without a file", other)):
            port = door.getsockname()[1]
            with pytest.raises(OSError, match="500"):
                ask(there, way, name, port)
            greeting = Thread(target=_greet, args=(listener,))
            greeting.start()
            assert ask(here, way, name, port) == "hello", "this way leads to us from our machine"
            greeting.join()


def _greet(listener: socket.socket) -> None:
    visitor, _ = listener.accept()
    with visitor:
        visitor.sendall(b"hello")


def test_the_store_is_there_again_after_a_restart(two) -> None:
    here, there = two
    start = ask(here, "store")
    there.restart()
    assert ask(there, "store") == start + 1
    assert ask(there, "/tmp") == 1, "the machine that it runs on is a new one"


def test_only_the_addresses_in_its_settings_are_forwarded() -> None:
    env = {
        "REDIS_URL": "redis://127.0.0.1:6379/3",
        "DATABASE_URL": "postgres://postgres@localhost:5432/postgres",
        "PRICES": "http://example.org:80",
        "STATE": "127.8.9.1:21021",
        "PRICE_TTL": "1.5",
    }
    one = apart.Apart(env, [])
    try:
        assert one.places == [("127.0.0.1", 6379), ("127.8.9.1", 21021), ("localhost", 5432)]
    finally:
        one.close()


def test_where_it_cannot_be_it_is_served_beside_us(app: Path, monkeypatch) -> None:
    monkeypatch.setattr("workerlab.servers.instance.possible", lambda: False)
    with (
        Redis(own=True) as url,
        Server(app, workers=1, env={"REDIS_URL": url}, apart=True) as server,
    ):
        assert ask(server, "store") == 1
