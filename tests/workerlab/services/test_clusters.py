"""A cluster that was made is kept, and the next server begins from it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from workerlab.services import Postgres, clusters


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "workerlab"


def table_is_new(service: Postgres) -> str:
    """The password by which the administrator made a table that no other server has."""

    async def run() -> None:
        connection = await asyncpg.connect(service.admin_url, timeout=10)
        try:
            await connection.execute("create table colours (name text)")
        finally:
            await connection.close()

    asyncio.run(run())
    return service.admin_url


def started() -> tuple[str, str]:
    """What a new server printed, and its administrator's address; it answered as it should."""
    service = Postgres(own=True)
    with service:
        return service.log, table_is_new(service)


def test_the_second_server_begins_from_what_the_first_has_made(cache: Path) -> None:
    first, password = started()
    (packed,) = cache.iterdir()
    written = packed.stat().st_mtime_ns
    second, other = started()
    assert "creating configuration files" in first  # initdb says so
    assert "creating configuration files" not in second
    assert [*cache.iterdir()] == [packed]
    assert packed.stat().st_mtime_ns == written
    assert password != other


def test_what_is_kept_has_no_password(cache: Path) -> None:
    service, stored = Postgres(own=True), b"SCRAM-SHA-256$"
    with service:
        data = service.folder / "data" / "global"
        assert any(stored in file.read_bytes() for file in data.iterdir())
    (packed,) = cache.iterdir()
    assert stored not in packed.read_bytes()


def test_one_that_is_damaged_is_made_anew(cache: Path) -> None:
    started()
    (packed,) = cache.iterdir()
    size = packed.stat().st_size
    packed.write_bytes(packed.read_bytes()[: size // 2])
    assert "creating configuration files" in started()[0]
    assert packed.stat().st_size == size


@pytest.mark.parametrize("home", ["/dev/null", "/proc"])
def test_without_a_place_for_it_each_server_makes_its_own(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    assert "creating configuration files" in started()[0]


def test_no_other_user_may_read_it(cache: Path) -> None:
    started()
    assert cache.stat().st_mode & 0o077 == 0


def test_each_version_has_one_wherever_it_is_installed(tmp_path: Path, cache: Path) -> None:
    places = []
    for number, version in enumerate(("16", "17", "17")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "initdb").write_text(version)
        places.append(clusters._place(folder))
    assert places[0] != places[1] == places[2]


def test_a_home_that_we_may_not_enter_is_none(tmp_path: Path, monkeypatch) -> None:
    def may_not(*_: object, **__: object) -> None:
        raise PermissionError

    (tmp_path / "initdb").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", "/root/.cache")
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "stat", may_not)
    monkeypatch.setattr(os.path, "exists", lambda path: str(path) == "/")
    assert clusters.kept(tmp_path) is None
    assert not clusters.may_keep(tmp_path)
