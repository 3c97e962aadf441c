"""What a burst sends and hears: over each kind of connection, and when something goes wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from workerlab.bounded_json import LONGEST_RESPONSE
from workerlab.errors import BadUsage
from workerlab.servers import Server
from workerlab.traffic import burst

APP = """
from fastapi import FastAPI, Request
app = FastAPI()

@app.post("/increment")
async def increment():
    return {"count": 1}

@app.put("/seats/{name}")
async def seat(name: str, request: Request):
    return {"name": name, "query": request.url.query, "body": await request.json(),
            "line": request.client.port}
"""
REQUESTS = 40
COUNT = b'HTTP/1.1 200 OK\r\nx-worker-pid: 7\r\ncontent-length: 12\r\n\r\n{"count": 1}'
_imported: list[str] = []
_listening = 0  # the thread whose imports count


def _hook(event: str, about: tuple[object, ...]) -> None:
    if event == "import" and _listening == threading.get_ident():
        _imported.append(str(about[0]))


@pytest.fixture(scope="module", autouse=True)
def hook() -> None:
    sys.addaudithook(_hook)  # stays until this process ends, and does nothing mostly


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("traffic") / "app.py"
    file.write_text(APP)
    with Server(file, workers=2, warm=True) as server:
        yield server


@contextmanager
def answering(say: Callable[[socket.socket], None], family: int = socket.AF_INET) -> Iterator[str]:
    """The address of a server that accepts connections and does this with each of them."""
    host = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}[family]
    door = socket.create_server((host, 0), family=family)

    def serve() -> None:
        while True:
            try:
                line, _ = door.accept()
            except OSError:  # the test is over
                return
            with suppress(OSError):  # the client has hung up
                say(line)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    name = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{name}:{door.getsockname()[1]}"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(10)


def has_version_6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def count(line: socket.socket) -> None:
    line.recv(1000)
    line.sendall(COUNT)
    line.close()


@pytest.mark.parametrize("connections", ["new", "keep-alive", "per-worker"])
def test_every_request_has_its_response(server: Server, connections: str) -> None:
    requests = [("PUT", f"/seats/{n}?of=1 2", {"n": n, "wer": "Zoë"}) for n in range(REQUESTS)]
    history = burst(server, requests, 8, connections)
    assert sorted(event.input["n"] for event in history) == [*range(REQUESTS)]
    for event in history:
        assert event.status == 200
        assert event.output["name"] == str(event.input["n"])
        assert event.output["query"] == "of=1%202"
        assert event.output["body"] == event.input
        assert event.called < event.returned
    lines = {event.output["line"] for event in history}
    clients = {event.client for event in history}
    at_most = {"new": REQUESTS, "keep-alive": 8, "per-worker": 2}[connections]
    assert len(lines) == (REQUESTS if connections == "new" else len(clients)) <= at_most
    if connections == "per-worker":
        assert sorted(map(len, history.by_pid().values())) == [REQUESTS // 2] * 2


def test_no_request_of_a_burst_imports_anything(server: Server) -> None:
    """An import that fails is no dictionary's work: Python looks through every folder again."""
    global _listening
    burst(server, REQUESTS, 4)  # after this, all that it needs has been imported
    _imported.clear()
    _listening = threading.get_ident()
    try:
        assert all(event.ok for event in burst(server, REQUESTS, 4))
    finally:
        _listening = 0
    assert not _imported


def test_no_request_by_httpx_imports_anything(server: Server) -> None:
    """It did, without sniffio: in each app that calls another one."""
    global _listening

    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(4):
                assert (await client.post(f"{server.url}/increment")).status_code == 200

    asyncio.run(ask())
    _imported.clear()
    _listening = threading.get_ident()
    try:
        asyncio.run(ask())
    finally:
        _listening = 0
    assert not _imported


@pytest.mark.skipif(not has_version_6(), reason="this machine has no addresses of version 6")
def test_an_address_may_have_a_path_and_be_of_version_6() -> None:
    heard: list[bytes] = []

    def say(line: socket.socket) -> None:
        heard.append(line.recv(1000))
        line.sendall(COUNT)
        line.close()

    with answering(say, socket.AF_INET6) as url:
        (event,) = burst(f"{url}/under/", [("get", "/report#top")], 1)
    assert (event.status, event.output, event.pid) == (200, {"count": 1}, 7)
    assert heard[0].startswith(b"GET /under/report HTTP/1.1\r\n")
    assert f"\r\nhost: {url.removeprefix('http://')}\r\n".encode() in heard[0].lower()


def test_nobody_there_is_known_to_have_taken_no_effect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    (event, *_) = burst(f"http://127.0.0.1:{port}", 3, 1)
    assert (event.error, event.sent) == ("ConnectError", False)
    (event,) = burst("http://no..host", 1, 1)  # no name at all: nobody is asked for its address
    assert (event.error, event.sent) == ("ConnectError", False)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", "RemoteDisconnected"),
        (b"no HTTP at all\r\n\r\n", "RemoteDisconnected"),
        (COUNT[:-3], "IncompleteRead"),
        (COUNT.replace(b"12", b"9999999") + b"x" * LONGEST_RESPONSE, "HTTPException"),
    ],
)
def test_what_is_no_whole_response_is_unknown(said: bytes, error: str) -> None:
    def say(line: socket.socket) -> None:
        line.recv(1000)
        line.sendall(said)
        line.close()

    with answering(say) as url:
        history = burst(url, 2, 1)
    assert [event.error for event in history] == [error] * 2
    assert all(event.unknown and event.sent for event in history)


def test_a_response_that_drips_is_given_up_and_the_others_are_not() -> None:
    over = threading.Event()
    lines: list[socket.socket] = []

    def say(line: socket.socket) -> None:
        lines.append(line)
        if len(lines) > 1:
            return count(line)
        line.recv(1000)
        threading.Thread(target=drip, args=[line], daemon=True).start()

    def drip(line: socket.socket) -> None:
        with line, suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while not over.wait(0.05):
                line.sendall(b"x")

    with answering(say) as url:
        history = burst(url, 5, 2, timeout=1.0)
        over.set()
    assert sorted(event.error or "" for event in history) == ["", "", "", "", "Timeout"]


def test_what_cannot_be_sent_is_an_event_too() -> None:
    with answering(count) as url:
        (event, last) = burst(url, [("PUT", "/x", float("nan")), ("GET", "/report")], 1)
    assert event.error == "ValueError"
    assert last.ok


def test_a_server_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=us"]
    words += ["-keyout", key, "-out", certificate, "-days", "2"]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def say(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as secure:
            secure.recv(1000)
            secure.sendall(COUNT)

    with answering(say) as url:
        (event,) = burst(url.replace("http:", "https:"), 1, 1)
    assert (event.status, event.output) == (200, {"count": 1})


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("localhost:8000", "http://localhost:notaport"):
        with pytest.raises(BadUsage):
            burst(address, 1, 1)
