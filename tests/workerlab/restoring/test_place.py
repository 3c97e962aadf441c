"""An app runs on a copy of its folder, and not on a store that its environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.errors import AppDidNotStart, BadUsage
from workerlab.restoring import copied
from workerlab.restoring.place import in_short, place_for


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a package, data, libraries, and settings above it."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project" / "backend"
    for folder in ("shop", "data", ".venv/lib", ".git", "shop/__pycache__"):
        (root / folder).mkdir(parents=True)
    for file in ("shop/__init__.py", "shop/main.py", "data/a.db", ".venv/lib/x.py", ".git/config"):
        (root / file).write_text(file)
    (root / "data" / "last").symlink_to("a.db")
    (tmp_path / "project" / ".env").write_text("DEBUG=1\n")
    return root / "shop" / "main.py"


def test_it_is_copied_from_above_its_package(app: Path):
    with place_for(app, None, None, in_place=False) as place:
        copy = Path(place.app)
        assert copy.read_text() == "shop/main.py" and place.root == copy.parent.parent
        assert place.app_dir == place.root  # where `uvicorn shop.main:app` is typed
        assert (place.root / "data" / "last").read_text() == "data/a.db"
        assert not (place.root / ".git").exists()
        assert (place.root / ".venv").readlink() == app.parent.parent / ".venv"
        assert (place.root.parent / ".env").read_text() == "DEBUG=1\n"
        (place.root / "data" / "a.db").write_text("changed")
    assert (app.parent.parent / "data" / "a.db").read_text() == "data/a.db"
    assert not place.root.exists()


def test_a_module_is_copied_with_its_folder(app: Path):
    with place_for("shop.main:app", app.parent.parent, None, in_place=False) as place:
        assert (place.app, place.app_dir) == ("shop.main:app", place.root)
        assert (place.root / "shop" / "main.py").is_file()


def test_in_place_it_stays_where_it_is(app: Path):
    with place_for(app, None, None, in_place=True) as place:
        assert place.app == str(app) and not place.is_copy
        assert place.app_dir == app.parent.parent


def test_an_app_in_no_package_runs_in_its_own_folder(app: Path):
    for file in (app.parent.parent / "main.py", app.parent.parent / "missing.py"):
        (app.parent.parent / "main.py").write_text("")
        with place_for(file, None, None, in_place=False) as place:
            assert place.app_dir == (place.root if file.name == "main.py" else None)


def test_a_folder_that_is_too_large_is_refused(app: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(copied, "MOST_FILES", 3)
    with (
        pytest.raises(BadUsage, match="too large to run on a copy") as caught,
        place_for(app, None, None, in_place=False),
    ):
        pass
    assert "--in-place" in caught.value.advice


def refused(app: Path, env: dict[str, str] | None = None, *, in_place: bool = False) -> str:
    try:
        with place_for(app, None, env, in_place=in_place):
            return ""
    except BadUsage as error:
        return f"{error}; {error.advice}"


def test_a_store_that_the_settings_name_is_not_used_unasked(app: Path, monkeypatch):
    url = "postgresql+asyncpg://me:secret@db.example.com:5432/shop"
    (app.parent.parent.parent / ".env").write_text(f"DB={url}\n")
    told = refused(app)
    assert "DB in .env leads to PostgreSQL at db.example.com:5432" in told
    assert "--with postgres" in told and "--in-place" in told and "secret" not in told
    assert not refused(app, {"DB": "given"}) and not refused(app, in_place=True)
    (app.parent.parent.parent / ".env").write_text("DB=sqlite:///shop.db\n")
    assert not refused(app)
    monkeypatch.setenv("SHOP_CACHE", "redis://cache:6379/0")
    assert not refused(app), "it does not read that"
    app.write_text("class Settings: shop_cache: str")
    assert "SHOP_CACHE in the environment leads to Redis at cache:6379" in refused(app)


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("redis://127.0.0.1:15091/0", True),
        ("redis://localhost:15091", True),
        ("redis://localhost:6379/0", False),
        ("redis://localhost/0", False),
        ("redis://cache:15091/0", False),
    ],
)
def test_a_server_of_this_machine_at_a_port_of_its_own_may_be_used(app, monkeypatch, url, used):
    app.write_text("class Settings: shop_cache: str")
    monkeypatch.setenv("SHOP_CACHE", url)
    assert bool(refused(app)) is not used
    if used:
        with place_for(app, None, None, in_place=False) as place:
            assert place.used == ("SHOP_CACHE",)
    (app.parent.parent.parent / ".env").write_text("OTHER=redis://127.0.0.1:15091/0\n")
    assert "OTHER in .env leads to Redis" in refused(app), "a file is not the environment"


def test_a_file_that_the_settings_name_is_copied(app: Path, tmp_path: Path, monkeypatch):
    data = tmp_path / "data.db"
    data.write_text("data")
    app.write_text('os.environ["SHOP_DB"], os.environ["OTHER_DB"]')
    monkeypatch.setenv("SHOP_DB", f"sqlite+aiosqlite:///{data}?timeout=5")
    monkeypatch.setenv("OTHER_DB", str(data))
    with place_for(app, None, {"OTHER_DB": "given"}, in_place=False) as place:
        scheme, _, rest = place.settings["SHOP_DB"].partition(":///")
        copy, _, options = rest.partition("?")
        assert (scheme, options, Path(copy).read_text()) == (
            "sqlite+aiosqlite",
            "timeout=5",
            "data",
        )
        assert copy != str(data) and place.settings["OTHER_DB"] == "given"


def test_a_command_runs_in_the_copy_with_its_settings(app: Path):
    with place_for(app, None, {"NAME": "new"}, in_place=False) as place:
        place.call('echo "$NAME" > data/a.db', "the migration")
        assert (place.root / "data" / "a.db").read_text() == "new\n"
        with pytest.raises(
            BadUsage, match=r"the migration ended with status 3: no table"
        ) as caught:
            place.call("echo no table >&2; exit 3", "the migration")
    assert str(app.parent.parent) in caught.value.advice


def test_an_error_names_the_apps_own_folder(app: Path):
    with (
        pytest.raises(AppDidNotStart) as caught,
        place_for(app, None, None, in_place=False) as place,
    ):
        raise AppDidNotStart("it did not start", "fix it", f'File "{place.app}", line 1')
    assert caught.value.details == f'File "{app}", line 1'


def test_a_command_finds_what_is_installed_beside_the_apps_python(app: Path):
    programs = app.parent.parent / ".venv" / "bin"
    programs.mkdir()
    (programs / "migrates").write_text("#!/bin/sh\necho done > data/a.db\n")
    (programs / "migrates").chmod(0o755)
    with place_for(app, None, None, in_place=False, python=programs.parent) as place:
        place.call("migrates", "the migration")
        assert (place.root / "data" / "a.db").read_text() == "done\n"


FIRST = "Traceback (most recent call last):\n  File x\nE: first\n\nThe above …\n\n"
LAST = "Traceback (most recent call last):\n  File y\n    ^^^\nNotThere: no such extension\n"


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("one\ntwo\n", "two"),
        (f"{FIRST}{LAST}HINT: install it\n(see its page)\n", "NotThere: no such extension"),
        ("", ""),
    ],
)
def test_of_what_a_command_has_said_the_exception_is_told(said: str, short: str):
    assert in_short(said) == short
