"""Extensions that a PostgreSQL from a Python package lacks have stand-ins."""

from __future__ import annotations

import pytest

from workerlab.services import Postgres
from workerlab.services.extensions import STAND_INS, make

psycopg = pytest.importorskip("psycopg")


def test_a_migration_that_makes_them_finds_them_there():
    service = Postgres(own=True)
    with service as url:
        make(service.admin_url, [*STAND_INS, "no_such_extension"])
        with psycopg.connect(url, autocommit=True) as app:
            for name in STAND_INS:
                app.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
            app.execute("CREATE TABLE things (id uuid DEFAULT uuid_generate_v4(), n int)")
            app.execute("INSERT INTO things (n) VALUES (1), (2)")
            (count,) = app.execute("SELECT count(DISTINCT id) FROM things").fetchone()
    assert count == 2
