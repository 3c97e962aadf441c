"""A time-to-live that runs out is a row over all columns, and no move of a request."""

from html import unescape

from workerlab.draw import schedule_text
from workerlab.draw.frames import frames_of
from workerlab.draw.schedule_svg import schedule_svg

RUNS_OUT = "the time-to-live of 'lock' (10 s) runs out"


def step(task: str, line: int, **more: object) -> dict:
    return {"worker": ord(task), "task": task, "line": line, "source": f"line_{line}()", **more}


EVIDENCE = {
    "program": "POST /a | POST /a",
    "steps": [
        step("A", 9, read="0", preempted=True),
        {"worker": ord("A"), "task": "A", "kind": "expired", "note": RUNS_OUT},
        step("B", 9, read="0"),
        step("A", 10, wrote="1"),
    ],
}


def test_the_text_has_it_as_one_line_between_the_two():
    lines = schedule_text(EVIDENCE, 120).splitlines()
    place = next(n for n, line in enumerate(lines) if RUNS_OUT in line)
    assert lines[place].startswith(f"  ── {RUNS_OUT} ──")
    assert "preempted with 0 in hand" in lines[place - 1] and "▶" in lines[place - 1]
    assert "line_9()" in lines[place + 1]


def test_so_it_has_where_columns_find_no_room():
    lines = schedule_text(EVIDENCE, 50).splitlines()
    assert any(line.startswith("  ── the time-to-live of") for line in lines)


def test_a_row_of_nothing_else_is_drawn_too():
    only = {"steps": [EVIDENCE["steps"][1]]}
    assert "time-to-live" in schedule_text(only) and "time-to-live" in schedule_svg(only)


def test_the_svg_has_it():
    assert f">{RUNS_OUT}<" in unescape(schedule_svg(EVIDENCE))


def test_the_player_moves_no_request_meanwhile():
    first, expired, *_ = frames_of(EVIDENCE)["frames"]
    assert expired["kind"] == "expired" and expired["text"] == RUNS_OUT
    for same in ("states", "hands", "places", "last"):
        assert expired[same] == first[same]
    assert expired["say"] == f"Meanwhile {RUNS_OUT}, which A on worker 65 has set."
