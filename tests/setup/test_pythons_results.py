"""Every Python that the engine says it knows was tried as a whole, and all of it held."""

import json
import re
from pathlib import Path

import pytest

from workerlab.stepping.gates import KNOWN

ROOT = Path(__file__).parent.parent.parent
VERSIONS = re.findall(r"\d+\.\d+", KNOWN)
ROWS = json.loads((ROOT / "benchmarks/pythons.json").read_text())["pythons"]


def test_each_known_python_has_one_row_in_their_order():
    assert [".".join(row["python"].split(".")[:2]) for row in ROWS] == VERSIONS
    assert VERSIONS[0] == "3.11" and VERSIONS[-1] == "3.15"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["python"])
def test_everything_held_on_it(row):
    labs = len(row["labs"])
    assert labs >= 11 and row["labs"] == ROWS[0]["labs"]
    assert (row["solutions"], row["starters"]) == (labs, labs)
    assert row["not_as_they_must_be"] == []
    assert row["engine"]["failed"] == 0 and row["engine"]["names"] == []
    assert row["engine"]["passed"] > 150
    assert row["chapters"] is None or row["chapters"]["failed"] == 0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["python"])
def test_it_says_what_was_tried_when_and_where(row):
    assert re.fullmatch(r"[0-9a-f]{7,40}", row["commit"]), "a commit, and nothing changed since"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["day"])
    assert row["machine"]["system"] == "Linux" and row["machine"]["cores"] >= 1
    assert row["seconds"] > 0
