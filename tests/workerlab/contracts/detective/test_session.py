"""Sending a detective to servers: what counts as an answer, and what is said about the rest."""

import re
from pathlib import Path

import pytest

from workerlab.contracts.detective.session import ANSWERS, CANNOT_TELL, Precinct

ROOT = Path(__file__).parents[4]
SUSPECTS = ROOT / "labs" / "lab01_detective" / "suspects"


def sent(tmp_path: Path, text: str, kind: str = "one_shared_object", workers: int = 1):
    """The case of a detective with this source."""
    (tmp_path / "detective.py").write_text(text)
    with Precinct(SUSPECTS, tmp_path) as precinct:
        return precinct.case(kind, workers)


@pytest.mark.further
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.nightly), 2])
def test_the_solution_names_every_kind(workers: int) -> None:
    with Precinct(SUSPECTS, ROOT / "solutions" / "lab01_detective") as precinct:
        for kind, name in ANSWERS.items():
            case = precinct.case(kind, workers)
            assert case.problem == ""
            assert case.answer == case.expected == (CANNOT_TELL if workers == 1 else name)
        assert len(precinct.cases) == len(ANSWERS)


def test_requests_are_counted_by_the_server(tmp_path: Path) -> None:
    case = sent(tmp_path, COUNTS)
    assert (case.answer, case.problem, case.requests) == ("[1, 2, 3, 3, 0]", "", 5)


COUNTS = """
async def diagnose(client, url):
    ways = [client.post(url + "/increment") for _ in range(3)]
    ways += [client.get(url + "/report"), client.post(url + "/reset")]
    return str([(await way).json()["count"] for way in ways])
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def diagnose(client, url):\n    return 'x'\n", "detective.py has no `async def diagnose"),
        ("async def diagnose(client, url):\n    pass\n", "it answered None, which is not a string"),
        ("async def diagnose(client, url):\n    1 / 0\n", "it ended with ZeroDivisionError"),
        ("import nothing_of_that_name\n", "it ended with ModuleNotFoundError"),
        ("async def diagnose(client, url):\n    exit(7)\n", "it ended with SystemExit: 7"),
        ("import os\nos._exit(7)\n", "it ended without an answer (exit status 7)"),
        ("async def diagnose(:\n", "it ended with SyntaxError"),
    ],
)
def test_what_is_no_answer_is_reported(tmp_path: Path, text: str, problem: str) -> None:
    case = sent(tmp_path, text)
    assert case.answer == ""
    assert case.problem.startswith(problem)


def test_the_students_own_lines_are_shown_and_ours_are_not(tmp_path: Path) -> None:
    case = sent(tmp_path, "async def diagnose(client, url):\n    return {}['pid']\n")
    assert "return {}['pid']" in case.details
    assert "child.py" not in case.details


def test_what_it_prints_is_no_answer(tmp_path: Path) -> None:
    case = sent(tmp_path, FLOODS)
    assert (case.answer, case.problem) == ("done", "")


FLOODS = """
async def diagnose(client, url):
    for _ in range(2000):
        print('{"answer": "one shared object"}' * 50)
    return "done"
"""


def test_who_asks_for_ever_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workerlab.contracts.detective.session.TOO_MANY", 60)
    text = "async def diagnose(client, url):\n    while True:\n        await client.get(url)\n"
    case = sent(tmp_path, text)
    assert case.problem.startswith("it had no answer after")
    assert 60 < case.requests < 300


def test_who_says_nothing_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workerlab.contracts.detective.session.SILENCE_S", 1.0)
    text = "import threading\n\n\nasync def diagnose(client, url):\n    threading.Event().wait()\n"
    case = sent(tmp_path, text)
    assert re.fullmatch(r"it had no answer after 0 requests and [1-9]\d* s", case.problem)
