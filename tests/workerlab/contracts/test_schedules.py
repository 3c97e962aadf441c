"""Lab 03: schedules as students write them, run for real."""

from __future__ import annotations

import shutil
from itertools import permutations

import pytest

from workerlab.contracts.schedules import Court, Puzzle, read
from workerlab.grading.manifest import find
from workerlab.grading.submission import SubmissionError
from workerlab.stepping import Program, search
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS

INCREMENT = "POST /increment"
AT_ONE = f"POST /reset | {INCREMENT}"  # from 0 a lost reset could not be seen
PUZZLES = {
    "plain": Puzzle("plain.py", Program.parse(f"{INCREMENT} | {INCREMENT}"), TWO_WORKERS),
    "lock": Puzzle(
        "lock.py", Program.parse(f"{INCREMENT} | POST /reset", before=AT_ONE), TWO_WORKERS
    ),
    "other_lock": Puzzle("other_lock.py", Program.parse(f"{INCREMENT} | {INCREMENT}"), TWO_WORKERS),
    "pause": Puzzle("pause.py", Program.parse(" | ".join([INCREMENT] * 3)), ONE_WORKER),
}


@pytest.fixture
def court(tmp_path):
    shutil.copytree(find("lab03").folder, tmp_path, dirs_exist_ok=True)
    with Court(tmp_path, PUZZLES) as court:
        yield court


def write(court: Court, name: str, schedule: str) -> None:
    table = dict.fromkeys(PUZZLES, "none") | {name: schedule}
    text = "\n".join(f'[{puzzle}]\nschedule = "{moves}"' for puzzle, moves in table.items())
    (court.folder / "schedules.toml").write_text(text)


def test_four_of_the_six_schedules_of_the_plain_app_lose(court):
    losing = set()
    for moves in set(permutations("AABB")):
        court._runs.clear()
        write(court, "plain", "".join(moves))
        run = court.run("plain")
        assert run.problem == ""
        if run.violation:
            assert run.leaves == 1
            losing.add("".join(moves))
    assert losing == {"ABAB", "ABBA", "BABA", "BAAB"}


@pytest.mark.further
@pytest.mark.parametrize("name", ["plain", "lock", "pause"])
def test_a_search_breaks_it_as_well(court, name):
    puzzle = PUZZLES[name]
    verdict = search(court.stepped(name), puzzle.program, placements=(puzzle.placement,))
    assert verdict.status == "failed"


def test_a_search_does_not_break_the_innocent(court):
    assert search(court.stepped("other_lock"), PUZZLES["other_lock"].program).status == "passed"


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("AAAB", "move 3 of the schedule cannot be made: A is done by then"),
        ("ABBAB", "move 5 of the schedule cannot be made: B is done by then"),
        ("AX", "the schedule names 'X'; the requests are A, B"),
        ("", "there is no schedule yet"),
        ("AB" * 101, "the schedule has 202 moves, and all requests together have fewer"),
    ],
)
def test_a_letter_that_is_no_move_is_reported(court, schedule, problem):
    write(court, "plain", schedule)
    assert court.run("plain").problem == problem


def test_who_waits_for_a_lock_makes_no_move(court):
    write(court, "lock", "AABBB")
    problem = court.run("lock").problem
    assert problem == "move 4 of the schedule cannot be made: B waits for the lock by then"


def test_schedules_are_read_with_and_without_spaces_or_as_lists(tmp_path):
    file = tmp_path / "schedules.toml"
    file.write_text(
        '[a]\nschedule = "a b, B"\nleaves = 2\n[b]\nschedule = ["A", "B", "B"]\n'
        '[c]\nschedule = " None "\nleaves = true\n'
    )
    found = read(file, ["a", "b", "c"])
    assert found["a"].moves == found["b"].moves == ["A", "B", "B"]
    assert (found["a"].leaves, found["b"].leaves, found["c"].leaves) == (2, None, None)
    assert found["c"].moves is None


@pytest.mark.parametrize(
    "text",
    [
        "[a]\nschedule = A B",
        "[b]\nschedule = 'A'",
        "a = 3",
        "[a]\nschedule = 3",
        "x = " + "[" * 9000,
    ],
)
def test_a_file_that_cannot_be_read_is_the_students_to_fix(tmp_path, text):
    file = tmp_path / "schedules.toml"
    file.write_text(text)
    with pytest.raises(SubmissionError):
        read(file, ["a"])
