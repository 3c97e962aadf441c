"""One schedule of each class: shown with its responses, of an app that loses and of one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from workerlab.evidence import MOST_SHOWN, classes_in_words
from workerlab.stepping import search
from workerlab.stepping.access import ANYTHING, CALL, READ, RETURN, WRITE, Access
from workerlab.stepping.searching.classes import accesses_in_words
from workerlab.verdict import Verdict

PROGRAM = "POST /increment | POST /increment"
FRAME = {"before": "POST /reset", "after": "GET /report", "placements": ("two workers",)}
SCHEMA = json.loads(
    (Path(__file__).parents[4] / "docs/design/schemas/evidence.json").read_text(encoding="utf-8")
)


def keeps_to_the_schema(found: object) -> None:
    jsonschema.validate(found, {**SCHEMA, "oneOf": [{"$ref": "#/$defs/classes"}]})


def outcome(each):
    return {request["task"]: request["output"]["count"] for request in each["requests"]}


def test_all_classes_of_an_app_that_loses_nothing(stepped_app) -> None:
    verdict = search(stepped_app("atomic", store="redis"), PROGRAM, **FRAME)
    found = verdict.classes
    assert verdict.passed
    keeps_to_the_schema(found)
    assert verdict.message.endswith(classes_in_words(found))
    assert [each["meets"] for each in found["shown"]] == [
        ["A writes redis n", "B writes redis n"],
        ["B writes redis n", "A writes redis n"],
    ]
    assert [outcome(each) for each in found["shown"]] == [
        {"A": 1, "B": 2, "report": 2},
        {"A": 2, "B": 1, "report": 2},
    ]
    assert not any(each["loses"] for each in found["shown"])
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_four_classes_of_924_orders_of_which_two_lose(stepped_app) -> None:
    """The numbers of chapter 03, on real workers."""
    verdict = search(stepped_app("six_gates", store="redis"), PROGRAM, **FRAME)
    found = verdict.classes
    assert verdict.status == "failed"
    keeps_to_the_schema(found)
    assert (found["classes"], found["orders"]) == (4, 924)
    assert {" ".join(word for meet in each["meets"] for word in meet.split()[:2]): each["loses"]
            for each in found["shown"]} == {
        "A reads A writes B reads B writes": False,
        "B reads B writes A reads A writes": False,
        "A reads B reads B writes A writes": True,
        "A reads B reads A writes B writes": True,
    }  # fmt: skip
    for each in found["shown"]:
        assert outcome(each)["report"] == (1 if each["loses"] else 2)
        assert [step["wrote"] for step in each["steps"] if step["wrote"]]  # with its values


def test_an_app_whose_steps_are_not_seen_has_no_classes(stepped_app) -> None:
    verdict = search(stepped_app("six_gates", store="memory"), PROGRAM, **FRAME)
    assert verdict.status == "failed"
    assert verdict.classes is None
    assert "classes" not in verdict.to_json()


def test_no_more_are_shown_than_a_report_takes(stepped_app) -> None:
    stepped = stepped_app("atomic", store="redis", workers=4)
    verdict = search(stepped, " | ".join(["POST /increment"] * 4), **FRAME)
    assert verdict.classes["classes"] == 24
    assert len(verdict.classes["shown"]) == MOST_SHOWN
    keeps_to_the_schema(verdict.classes)


@pytest.mark.parametrize(
    ("accesses", "words"),
    [
        ({Access(WRITE, "redis", "n")}, "writes redis n"),
        ({Access(READ, "redis", "n"), Access(WRITE, "redis", "n")}, "reads and writes redis n"),
        ({Access(READ, "file", "/home/me/secret/")}, "reads file secret/"),
        ({Access(WRITE, "postgres")}, "writes postgres"),
        ({ANYTHING}, "touches what cannot be told"),
        ({CALL}, "begins"),
        ({RETURN}, "answers"),
    ],
)
def test_accesses_in_words(accesses, words: str) -> None:
    assert accesses_in_words(accesses) == words
