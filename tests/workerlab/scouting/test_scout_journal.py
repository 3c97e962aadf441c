"""A scout is gone on with only if it was about the same, and what it had is never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workerlab.errors import BadUsage
from workerlab.scouting.journal import Journal
from workerlab.scouting.operations import chosen
from workerlab.scouting.records import SCHEMA, Answer, Survey
from workerlab.stepping.proposing.description import Description

ABOUT: Survey = {"schema": SCHEMA, "app": "app.py", "seed": 1, "source": "abc", "workers": 2}
ANSWER: Answer = {"pair": "POST /a | POST /a", "kind": "two of them", "status": "nothing_found"}


def test_answers_come_back_and_half_a_line_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    Journal(file, ABOUT).add(ANSWER)
    with file.open("a") as journal:
        journal.write('{"pair": "POST /b')
    again = Journal(file, ABOUT, resume=True)
    assert again.answers == [ANSWER]
    again.add(ANSWER)
    assert Journal(file, ABOUT, resume=True).answers == [ANSWER, ANSWER]


def test_a_journal_that_is_not_gone_on_with_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    Journal(file, ABOUT).add(ANSWER)
    assert Journal(file, ABOUT).answers == []
    old = tmp_path / "journal.old"
    assert [json.loads(line) for line in old.read_text().splitlines()] == [ABOUT, ANSWER]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"seed": 2}, "its seed differ"),
        ({"app": "other.py"}, "its app differ"),
        ({"source": "def"}, "its description or files differ"),
    ],
)
def test_one_of_something_else_is_refused(tmp_path: Path, about: dict, said: str) -> None:
    file = tmp_path / "journal"
    Journal(file, ABOUT).add(ANSWER)
    before = file.read_text()
    with pytest.raises(BadUsage, match=said) as caught:
        Journal(file, ABOUT | about, resume=True)
    assert "without --resume" in caught.value.advice
    assert file.read_text() == before


@pytest.mark.parametrize("text", ["", "none", "[]", '{"schema": "workerlab/journal/v1"}'])
def test_what_is_no_journal_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal").write_text(text)
    with pytest.raises(BadUsage, match="is not the journal of a scout"):
        Journal(tmp_path / "journal", ABOUT, resume=True)


def test_one_that_is_not_there_or_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="cannot read the journal"):
        Journal(tmp_path / "journal", ABOUT, resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadUsage, match="cannot write"):
        Journal(tmp_path / "file" / "journal", ABOUT)


OPERATIONS = Description.read({"paths": {"/a": {"post": {}, "get": {}}, "/b/{id}": {"delete": {}}}})


def test_operations_are_chosen_by_pattern() -> None:
    assert [*map(str, chosen(OPERATIONS, [], []))] == ["POST /a", "DELETE /b/{id}"]
    assert [*map(str, chosen(OPERATIONS, ["POST *"], []))] == ["POST /a"]
    assert [*map(str, chosen(OPERATIONS, [], ["/b/*"]))] == ["POST /a"]


@pytest.mark.parametrize(
    ("only", "skip", "said"),
    [(["GET /a"], [], "is like 'GET /a'"), ([], ["*"], "leave no operation")],
)
def test_none_to_ask_is_refused(only: list[str], skip: list[str], said: str) -> None:
    with pytest.raises(BadUsage, match=said) as caught:
        chosen(OPERATIONS, only, skip)
    assert "POST /a" in caught.value.advice
