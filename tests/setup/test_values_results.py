"""The stored table of the value labels is whole, and no label in it is wrong."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = {path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")}
LABS = {path.parent.name for path in (ROOT / "labs").glob("*/lab.toml")}
PARTS = ("labels", "true", "wrong", "not judged", "broken")


@pytest.fixture(scope="module")
def table() -> dict:
    return json.loads((ROOT / "benchmarks" / "values.json").read_text(encoding="utf-8"))


def test_its_parts_add_up(table):
    rows = table["groups"].values()
    for part in PARTS:
        assert table[part] == sum(row[part] for row in rows)
    for row in (*rows, table):
        assert row["labels"] == sum(row[part] for part in PARTS[1:])
    for row in rows:
        assert row["true"] == sum(row["true by"].values())
        assert row["not judged"] == sum(row["not judged, since"].values())


def test_no_label_is_wrong(table):
    assert table["wrong ones"] == []
    assert (table["wrong"], table["broken"]) == (0, 0)
    assert table["true"] > 0.9 * table["labels"] > 0


@pytest.mark.nightly
def test_no_chapter_and_no_lab_is_left_out(table):
    assert {*table["groups"]} >= CHAPTERS | {"levels"}
    assert not {*table["groups"]} - CHAPTERS - LABS - {"levels"}
    assert (table["left out"], table["not made"]) == ([], {})
