"""An app gets its stores under the names, and in the form, that its own files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.processes.app_folder import texts
from workerlab.services.extensions import named_in
from workerlab.services.settings import asked_for, defaults_of_postgres, of_this_app, usual

POSTGRES, REDIS = "postgres://postgres@127.0.0.1:1234/postgres", "redis://127.0.0.1:5678/0"
BOTH = {"postgres": POSTGRES, "redis": REDIS}
PLACE = "postgres@127.0.0.1:1234/postgres"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'url = os.getenv("DB_URL", "postgresql+asyncpg://me:pw@localhost/shop")',
            {"DB_URL": f"postgresql+asyncpg://{PLACE}"},
        ),
        (
            'class Settings(BaseSettings):\n    database_uri: str = "postgresql+psycopg://localhost/x"\n',
            {"DATABASE_URI": f"postgresql+psycopg://{PLACE}"},
        ),
        (
            'cache_url: RedisDsn = Field(default="redis://localhost")',
            {"CACHE_URL": "redis://127.0.0.1:5678/0"},
        ),
        (
            "export BROKER=rediss://x:1/2\nPOSTGRES_SERVER=localhost\n",
            {"POSTGRES_SERVER": "127.0.0.1"},
        ),
        (
            "postgres_port: int\nPOSTGRES_PASSWORD=x",
            {"POSTGRES_PORT": "1234", "POSTGRES_PASSWORD": "workerlab"},
        ),
        (
            'engine = create_async_engine(os.environ["DATABASE_URL"])',
            {"DATABASE_URL": f"postgresql+asyncpg://{PLACE}"},
        ),
        (  # it mends the form itself
            'url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")\ncreate_engine(url)',
            {},
        ),
        ('await asyncpg.connect(os.environ["DATABASE_URL"])', {}),
        ('other = "mysql://localhost"', {}),
        ('PREFIX: str = config("PREFIX", default="postgresql://")\nOTHER = "redis://"\n', {}),
        (
            'REDIS_CACHE_HOST: str = config("REDIS_CACHE_HOST")\nMY_REDIS_QUEUE_PORT = 1',
            {"REDIS_CACHE_HOST": "127.0.0.1", "MY_REDIS_QUEUE_PORT": "5678"},
        ),
        ('os.environ["POSTGRES_REDIS_HOST"], os.environ["MONGO_DB_PORT"]', {}),
    ],
)
def test_a_setting_is_found_in_the_apps_files(text: str, found: dict[str, str]):
    assert usual(BOTH, [text]) == found


def test_what_the_reader_writes_is_filled():
    forms = [
        "A=postgresql+asyncpg://{user}:{password}@{host}:{port}/{name}",
        "B={redis.host}:{redis.port}",
        "C=redis://{host}:{port}",
    ]
    assert asked_for(BOTH, forms) == {
        "A": "postgresql+asyncpg://postgres:workerlab@127.0.0.1:1234/postgres",
        "B": "127.0.0.1:5678",
        "C": "redis://127.0.0.1:5678",
    }
    assert asked_for({"redis": REDIS}, ["HOST={host}", "URL={url}"]) == {
        "HOST": "127.0.0.1",
        "URL": REDIS,
    }


@pytest.mark.parametrize(
    ("urls", "form", "told"),
    [
        (BOTH, "nothing", "SQLALCHEMY_URL="),
        (BOTH, "A={host}", "{redis.host}"),
        (BOTH, "A=redis://{place}", "{user} {password} {host}"),
        (BOTH, "A=redis://{host", "{host}"),
        ({}, "A=redis://{host}", "--with postgres"),
    ],
)
def test_what_cannot_be_filled_is_told(urls: dict[str, str], form: str, told: str):
    with pytest.raises(BadUsage) as caught:
        asked_for(urls, [form])
    assert told in caught.value.advice and "\n" not in str(caught.value)


def test_extensions_are_found_in_sources_and_migrations():
    texts = ["op.execute('CREATE EXTENSION IF NOT EXISTS \"vector\"')", "create extension pg_trgm;"]
    assert named_in([*texts, "no such thing"]) == ["pg_trgm", "vector"]


@pytest.mark.parametrize(
    ("installed", "form"), [(["psycopg2"], "postgresql"), ([], "postgresql+psycopg")]
)
def test_the_driver_is_the_one_that_the_app_has(installed: list[str], form: str):
    text = 'create_engine(os.environ["DATABASE_URL"])'
    found = usual(BOTH, [text], installed.__contains__)
    assert found == {"DATABASE_URL": f"{form}://{PLACE}"}


def test_an_address_that_leaves_out_a_part_leads_to_the_store_all_the_same():
    assert defaults_of_postgres(POSTGRES) == {
        "PGHOST": "127.0.0.1",
        "PGPORT": "1234",
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
    }


def test_settings_in_any_file_of_settings_are_read(tmp_path: Path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.env").write_text(
        "DB_URI=postgresql+asyncpg://me@localhost:5432\n"
    )
    said = [text for _, text in texts(tmp_path)]
    assert usual(BOTH, said)["DB_URI"] == f"postgresql+asyncpg://{PLACE}"


def test_another_service_in_the_folder_does_not_say_what_this_one_needs(tmp_path: Path) -> None:
    made = "from fastapi import FastAPI\napp = FastAPI()\n"
    (tmp_path / "wallet.py").write_text(f"import psycopg\nimport parts\n{made}")
    (tmp_path / "parts.py").write_text(f"router = FastAPI()\n{made}")  # which it imports
    (tmp_path / "orders.py").write_text(f"{made}engine = create_async_engine(URL)\n")
    (tmp_path / "helpers.py").write_text("engine = 'no app'\n")
    every = [*texts(tmp_path)]

    def kept(app: str) -> int:
        return len(of_this_app(app, every))

    assert len(every) == 4
    assert kept(str(tmp_path / "wallet.py")) == 3
    assert not usual({"postgres": POSTGRES}, of_this_app(str(tmp_path / "wallet.py"), every))
    assert "DATABASE_URL" in usual(
        {"postgres": POSTGRES}, of_this_app(str(tmp_path / "orders.py"), every)
    )
    assert kept("wallet:app") == 4, "a module's folder is not known here"
