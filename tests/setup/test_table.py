"""The stored table of chapter 13 fits the program that makes it."""

import json
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def fixes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield __import__("fixes")
    sys.modules.pop("fixes")


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return json.loads((ROOT / "notebooks/data/table.json").read_text(encoding="utf-8"))["rows"]


def test_every_fix_has_its_row(fixes, rows):
    assert [row["id"] for row in rows] == [fix.id for fix in fixes.FIXES]
    for fix, row in zip(fixes.FIXES, rows, strict=True):
        assert fix.app.is_file()
        assert (row["fix"], row["chapter"], row["needs"]) == (fix.title, fix.chapter, fix.needs)


def test_a_summary_follows_from_what_was_measured(rows):
    for row in rows:
        nothing_lost = not any(row["lost"]) and row["search"] == "passed"
        whole = row["fits_one_order"] and not row["unanswered"]
        assert row["correct"] == (nothing_lost and whole), row["id"]
        assert row["survives_a_worker"] == (row["killed"] and row.get("crash") == "passed")
        assert row["ratio"] == statistics.median(row["ratios"])


def test_the_plain_app_is_wrong_in_every_way(rows):
    plain = rows[0]
    assert all(plain["lost"]) and plain["search"] == "failed"
    assert not any(plain[key] for key in ("correct", "survives_a_worker", "restart", "hosts"))
