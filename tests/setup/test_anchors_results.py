"""The stored comparison with nbgrader and Otter is whole, and INSTRUCTORS.md says what it says."""

import json
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ANCHORS = ROOT / "benchmarks/anchors"
TOOLS = [
    "nbgrader autograde",
    "otter run",
    "workerlab grade, one question",
    "workerlab grade, lab 08",
]
KINDS = {"exits", "loops", "forged"}


@pytest.fixture(scope="module")
def results() -> dict:
    return json.loads((ANCHORS / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def sidetable(monkeypatch):
    monkeypatch.syspath_prepend(str(ANCHORS))
    yield __import__("sidetable")
    sys.modules.pop("sidetable")


def test_every_tool_has_its_row(results):
    assert list(results["tools"]) == TOOLS
    for row in results["tools"].values():
        assert set(row["alone"]) == KINDS
        assert len(row["rounds_s"]) == results["rounds"] >= 3
        assert row["seconds_each"] == round(statistics.median(row["rounds_s"]), 1) > 0


def test_every_tool_distinguished_right_from_wrong(results):
    for row in results["tools"].values():
        assert len(row["scores"]) == results["rounds"]
        for scores in row["scores"]:
            assert len(scores) == results["honest_class"]
            assert {scores["right1"], scores["right2"]} == {1.0}
            assert max(scores["wrong1"], scores["wrong2"]) < 1.0


def test_the_hostile_took_nothing_from_the_honest(results):
    mixed = {
        name: row["mixed_class"] for name, row in results["tools"].items() if "mixed_class" in row
    }
    assert list(mixed) == [TOOLS[0], TOOLS[2]]  # those that take a class in one command
    for name, graded in mixed.items():
        scores = graded["scores"]
        assert (scores["a_right"], scores["y_wrong"], scores["z_right"]) == (1.0, 0.0, 1.0), name


def test_workerlab_gave_no_point_for_nothing(results):
    for name in TOOLS[2:]:
        row = results["tools"][name]
        deserved = {"exits": 0.0, "loops": 0.0, "forged": row["scores"][0]["wrong1"]}
        for kind, one in row["alone"].items():
            assert one["score"] / one["maximum"] <= deserved[kind], (name, kind)
            assert not one["ended_by_us"] and not one["left"], (name, kind)


def test_what_the_guide_says_is_what_was_measured(results, sidetable):
    guide = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    assert sidetable.table(results) in guide
    assert f"ended by us after {results['otter_ended_after_s']:.0f} s" in guide


def test_the_lock_names_what_was_measured(results):
    lock = (ANCHORS / "requirements.lock").read_text(encoding="utf-8")
    for name in ("nbgrader", "otter-grader"):
        assert f"\n{name}=={results['versions'][name]} \\\n" in f"\n{lock}"
    assert "--hash=sha256:" in lock and "://" not in lock
