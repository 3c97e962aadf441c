"""The data of our stores are put back, while the app's connections live on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis as Client

from workerlab.errors import ServiceMissing
from workerlab.restoring.busy import Busy
from workerlab.restoring.memcached import MemcachedData
from workerlab.restoring.postgres import PostgresData
from workerlab.restoring.redis import RedisData
from workerlab.services import Memcached, Postgres, Redis

SCHEMA = """
CREATE SCHEMA shop;
CREATE TABLE shop.item (
    id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price INT,
    twice INT GENERATED ALWAYS AS (price * 2) STORED
);
CREATE TABLE "Sale" (
    id SERIAL PRIMARY KEY, item INT NOT NULL REFERENCES shop.item, at TIMESTAMPTZ DEFAULT now()
);
CREATE TABLE log (text TEXT);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO log VALUES ('sold'); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR DELETE ON "Sale" FOR EACH ROW EXECUTE FUNCTION noted();
INSERT INTO shop.item (price) VALUES (5), (6);
INSERT INTO "Sale" (item) VALUES (1);
CREATE SEQUENCE untouched;
"""
EVERYTHING = """
SELECT (SELECT array_agg(i::text) FROM shop.item i), (SELECT array_agg(s::text) FROM "Sale" s),
    (SELECT count(*) FROM log), (SELECT last_value || ' ' || is_called FROM untouched)"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    service = Postgres(own=True)
    with service as url:
        with psycopg.connect(url, autocommit=True) as app:
            app.execute(SCHEMA)
        yield service


@pytest.fixture
def data(server: Postgres) -> Iterator[PostgresData]:
    kept = PostgresData(server.admin_url)
    kept.take()
    yield kept
    kept.put_back()
    kept.close()


def test_rows_and_sequences_are_put_back_under_an_open_connection(
    server: Postgres, data: PostgresData
):
    with psycopg.connect(server.url, autocommit=True, prepare_threshold=1) as app:
        start = app.execute(EVERYTHING).fetchone()
        for _ in range(3):
            app.execute('DELETE FROM "Sale"; UPDATE shop.item SET price = 9 WHERE id = 1')
            new = app.execute('INSERT INTO "Sale" (item) VALUES (2) RETURNING id').fetchone()
            assert new == (2,), "the sequence has begun again"
            app.execute("INSERT INTO shop.item (price) VALUES (1)")
            app.execute("SELECT nextval('untouched')")
            assert app.execute(EVERYTHING).fetchone() != start
            data.put_back()
            assert app.execute(EVERYTHING).fetchone() == start


def test_a_table_that_was_made_since_is_emptied_and_stays(server: Postgres, data: PostgresData):
    with psycopg.connect(server.url, autocommit=True) as app:
        app.execute("CREATE TABLE late (id SERIAL, n INT)")
        for _ in range(2):
            app.execute("INSERT INTO late (n) VALUES (1)")
            assert app.execute("SELECT id, n FROM late").fetchall() == [(1, 1)]
            data.put_back()
        app.execute("DROP TABLE late")


def test_a_transaction_that_was_left_open_is_told_of(server: Postgres, data: PostgresData):
    with psycopg.connect(server.url) as app:
        app.execute("UPDATE shop.item SET price = 0")
        data.put_back()  # there is nothing to see of it
        with psycopg.connect(server.url, autocommit=True) as other:
            other.execute("INSERT INTO shop.item (price) VALUES (1)")
        with pytest.raises(Busy):
            data.put_back()
        app.rollback()


def test_keys_of_every_kind_and_their_times_are_put_back():
    with Redis(own=True) as url, Client.from_url(url) as app:
        app.set("text", "a", px=100_000)
        app.rpush("list", 1, 2)
        app.xadd("stream", {"a": 1}, id="1-1")
        other = Client.from_url(url.removesuffix("/0") + "/3")
        other.hset("hash", "a", 1)
        data = RedisData(url)
        data.take()
        for _ in range(2):
            app.delete("list")
            app.set("text", "b")
            app.set("new", 1)
            other.hset("hash", "a", 2)
            data.put_back()
            assert sorted(app.keys()) == [b"list", b"stream", b"text"]
            assert app.lrange("list", 0, -1) == [b"1", b"2"]
            assert app.get("text") == b"a" and 0 < app.pttl("text") <= 100_000
            assert other.hgetall("hash") == {b"a": b"1"}
        data.close()
        other.close()


@contextmanager
def memcached() -> Iterator[str]:
    try:
        with Memcached(own=True) as url:
            yield url
    except ServiceMissing as error:
        pytest.skip(f"{error}; {error.advice}")


def test_memcached_is_emptied():
    with memcached() as url:
        place = urlsplit(url)
        with (
            socket.create_connection((place.hostname, place.port)) as line,
            line.makefile("rwb", 0) as app,
        ):
            for value in (b"1", b"2"):  # what is set right after is there
                app.write(b"set a 0 0 1\r\n%b\r\n" % value)
                assert app.readline() == b"STORED\r\n"
                app.write(b"get a\r\n")
                assert [app.readline() for _ in range(3)][1] == value + b"\r\n"
                MemcachedData(url).put_back()
                app.write(b"get a\r\n")
                assert app.readline() == b"END\r\n"
