"""Memcached and MariaDB, which come from the system's packages."""

import os
import socket
from urllib.parse import urlsplit

import pytest

from workerlab.errors import ServiceMissing
from workerlab.services import MariaDB, Memcached
from workerlab.services import mariadb as mariadb_module
from workerlab.services import memcached as memcached_module
from workerlab.services.base import ask

GREETING = {Memcached: b"VERSION 1.", MariaDB: b"MariaDB"}


@pytest.fixture(params=[Memcached, MariaDB], ids=lambda kind: kind.name)
def private(request):
    service = request.param(own=True)
    try:
        service.start()
    except ServiceMissing as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error}; {error.advice}")
    yield service
    service.close()


def speaks(service) -> bytes:
    """What the server says at its port to a client that asks for its version."""
    place = urlsplit(service.url)
    with socket.create_connection((place.hostname, place.port), 5) as connection:
        connection.sendall(b"version\r\n")
        return connection.recv(4096)


@pytest.mark.further
def test_it_answers_at_its_url(private):
    assert GREETING[type(private)] in speaks(private)


def test_it_stops_and_starts_again_at_the_same_place(private):
    url, pid = private.url, private.pid
    for kill in (False, True):
        private.stop(kill=kill)
        assert private.pid is None
        assert private.start() == url
        assert private.pid not in (None, pid)
        assert speaks(private)


@pytest.mark.further
def test_it_leaves_nothing(private):
    folder, port = private.folder, private.port
    private.close()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


@pytest.mark.further
def test_as_root_it_runs_as_another_user(private):
    with open(f"/proc/{private.pid}/status") as status:
        (uids,) = (line.split()[1:] for line in status if line.startswith("Uid:"))
    assert "0" not in uids


def test_mariadb_has_a_database_and_a_user(private):
    if isinstance(private, Memcached):
        assert private.socket is None
    else:
        assert private.url.endswith("/workerlab")
        assert b"MariaDB" in ask(private.socket, b"")


@pytest.mark.parametrize("kind", [Memcached, MariaDB], ids=lambda kind: kind.name)
def test_where_it_is_not_installed_the_fix_is_named(kind, monkeypatch):
    monkeypatch.setattr(memcached_module, "program", lambda name, bundled: None)
    monkeypatch.setattr(mariadb_module, "_find", lambda name: None)
    monkeypatch.delenv(kind.variable, raising=False)
    for own in (True, False):
        with pytest.raises(ServiceMissing) as told:
            kind(own=own).start()
        assert "apt install" in told.value.advice
        assert (kind.variable in told.value.advice) != own, "a URL helps only who may use one"


@pytest.mark.parametrize("kind", [Memcached, MariaDB], ids=lambda kind: kind.name)
def test_the_environment_decides_first(kind, monkeypatch):
    monkeypatch.setenv(kind.variable, "somewhere://127.0.0.1:1")
    with pytest.raises(ServiceMissing, match=r"does not answer at 127\.0\.0\.1:1"):
        kind().start()
