"""What the committed levels claim about themselves, by the pure functions that play them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from recorded import APPS, FOLDER, LARGEST, NAMES, ROOT, recorded

from workerlab.errors import BadUsage
from workerlab.levels.definitions import LEVELS, SECTIONS
from workerlab.levels.level import BREAK, DEFEND, as_json, load
from workerlab.levels.playing import best, par_of, reaching, schedules, state, survivors
from workerlab.levels.words import NOTHING

every_level = pytest.mark.parametrize("name", NAMES)


def test_every_level_is_recorded_and_every_recording_is_of_a_level():
    assert len(LEVELS) == sum(map(len, SECTIONS.values())) >= 24
    assert sorted(one.name for one in LEVELS) == NAMES


def test_every_app_belongs_to_a_level():
    used = {f"{candidate.app}.py" for one in LEVELS for candidate in one.candidates}
    assert {path.name for path in APPS.glob("*.py")} == used


def test_there_are_both_kinds():
    kinds = [recorded(name)["kind"] for name in NAMES]
    assert kinds.count(BREAK) >= 12 and kinds.count(DEFEND) >= 6


@every_level
def test_it_is_as_it_is_defined(name):
    level, definition = recorded(name), next(one for one in LEVELS if one.name == name)
    for part in ("name", "title", "goal", "kind", "chapter", "won", "missed", "hint", "lesson"):
        assert level[part] == getattr(definition, part), "record it again: make levels"
    assert [one["app"] for one in level["variants"]] == [
        f"{one.app}.py" for one in definition.candidates
    ]
    assert (ROOT / "notebooks" / f"{level['chapter']}.ipynb").is_file()


@every_level
def test_its_code_is_that_of_its_app(name):
    for variant in recorded(name)["variants"]:
        assert variant["code"] == (APPS / variant["app"]).read_text(encoding="utf-8")


@every_level
def test_its_par_is_reached_and_nothing_less_reaches_its_goal(name):
    level = recorded(name)
    for variant in level["variants"]:
        ends = [state(variant, moves) for moves in schedules(variant)]
        assert len(ends) == variant["schedules"] and None not in [end.ending for end in ends]
        costs = [end.switches for end in ends if end.ending["reached"]]
        assert len(costs) == reaching(variant)
        assert variant["survives"] == (not costs)
        assert par_of(variant) == min(costs, default=None)
        if level["kind"] == BREAK:
            assert level["par"] == min(costs)
            assert state(variant, best(variant)).switches == level["par"]


@every_level
def test_what_is_to_be_defended_has_one_that_holds_and_one_that_does_not(name):
    level = recorded(name)
    if level["kind"] == DEFEND:
        assert len(survivors(level)) == 1 < len(level["variants"]) <= 3
    else:
        assert survivors(level) == [] and len(level["variants"]) == 1


@every_level
def test_every_response_comes_before_the_end(name):
    for variant in recorded(name)["variants"]:
        for moves in schedules(variant):
            end = state(variant, moves)
            told = end.ending["responses"].items()
            assert end.responses == {who: text for who, text in told if text != NOTHING}


@every_level
def test_it_is_small_and_says_when_it_was_made(name):
    path = FOLDER / f"{name}.json"
    assert path.stat().st_size <= LARGEST
    text = path.read_text(encoding="utf-8")
    made = json.loads(text)["made"]
    assert date(2026, 1, 1) < date.fromisoformat(made["day"]) <= datetime.now(UTC).date()
    assert len(made["commit"].rstrip("+")) == 12
    assert as_json(recorded(name)) == text


@every_level
def test_nothing_of_the_machine_is_in_it(name):
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert str(ROOT) not in text and "/tmp" not in text and "127.0.0.1" not in text


def test_a_move_that_cannot_be_made_is_refused():
    [variant] = recorded("lose-an-update")["variants"]
    with pytest.raises(BadUsage, match="move 3: A cannot move there"):
        state(variant, "AAA")


def test_a_switch_leaves_a_request_standing_that_could_go_on():
    [variant] = recorded("lose-an-update")["variants"]
    assert [state(variant, moves).switches for moves in ("AABB", "ABBA", "ABAB")] == [0, 1, 2]


def test_a_level_that_is_not_there_is_named():
    with pytest.raises(BadUsage, match="there is no level 'nothing'"):
        load("nothing", FOLDER)


def test_a_select_shows_what_it_read():
    [variant] = recorded("count-in-sqlite")["variants"]
    assert [did["read"] for did in state(variant, "A").did] == ["0"]
