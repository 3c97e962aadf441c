"""A race that lives inside a fix: in the library's lines, not in the student's."""

import pytest

from workerlab.errors import BadUsage
from workerlab.stepping import SteppedServer, replay
from workerlab.stepping.explore import explore

APP = """
import os

from fastapi import FastAPI
from keyvalue_sqlite import KeyValueSqlite

app = FastAPI()


@app.post("/open")
def open_it():
    KeyValueSqlite(os.environ["STATE_FILE"], "counts")
    return {"opened": True}


@app.post("/remove")
def remove_it():
    if os.path.exists(os.environ["STATE_FILE"]):
        os.unlink(os.environ["STATE_FILE"])
    return {"removed": True}
"""
REQUESTS = {"program": "POST /open | POST /open", "before": "POST /remove", "after": ""}


@pytest.fixture
def options(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    env = {"STATE_FILE": str(tmp_path / "state.db")}
    return {"app": tmp_path / "app.py", "env": env, "model": "serial", "seconds": 2, **REQUESTS}


@pytest.mark.further
def test_its_lines_are_gates_only_when_asked_for(options):
    """keyvalue-sqlite looks whether its table is there, and then makes it: two steps."""
    assert explore(**options).status == "passed"
    verdict = explore(**options, trace_into=("keyvalue_sqlite",))
    assert verdict.status == "failed"
    assert verdict.evidence["replayed"] == 3
    with SteppedServer(
        options["app"], env=options["env"], trace_into=["keyvalue_sqlite"]
    ) as stepped:
        assert replay(stepped, verdict.evidence).status == "failed"
    assert {"app.py", "keyvalue_sqlite.py"} == {
        step["file"] for step in verdict.evidence["steps"] if step["file"]
    }


def test_a_package_that_is_not_installed_is_reported_at_once(tmp_path):
    with pytest.raises(BadUsage, match="no package 'nowhere'"):
        SteppedServer(tmp_path / "app.py", trace_into=["nowhere"])
