"""`workerlab check` and what follows from it: replay, hint, progress."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from homes import LAB, LOCKED, RACY, Home, one_line_and_the_fix, wait_until

from workerlab.grading.result import Report

ENDS = """
from workerlab.errors import ServiceMissing
from workerlab.grading import CheckFailed, CheckInconclusive, NotGradable, check


def one(id):
    return check(id, title="It " + id, points=1, hints=("one?", "two", "three"))


@one("starts")
def test_starts():
    pass
"""
ENDINGS = {
    "passes": ("pass", "passed", 0),
    "fails": ("raise CheckFailed('too late')", "failed", 1),
    "asserts": ("assert 1 == 2, 'one is not two'", "failed", 1),
    "is_unclear": ("raise CheckInconclusive('ask again')", "inconclusive", 3),
    "cannot_work": ("raise NotGradable('a bad day')", "not_gradable", 2),
    "breaks": ("1 / 0", "not_gradable", 2),
    "lacks_a_service": ("raise ServiceMissing('no Redis', 'get one')", "not_gradable", 2),
}


def checks_that(*names: str) -> str:
    return ENDS + "".join(
        f"\n\n@one({name!r})\ndef test_{name}():\n    {ENDINGS[name][0]}\n" for name in names
    )


@pytest.mark.parametrize("name", ENDINGS)
def test_how_a_check_ends_is_its_status_and_the_exit_status(home: Home, name: str) -> None:
    _, status, number = ENDINGS[name]
    home.checks.write_text(checks_that(name))
    done = home.run("check", LAB, "--json", "result.json")
    assert done.returncode == number, done.stderr
    lab = Report.read(home.folder / "result.json").labs[0]
    assert [check.status for check in lab.checks] == ["passed", status]
    assert lab.score == (2 if status == "passed" else 1)


@pytest.mark.further
def test_a_failure_counts_more_than_what_could_not_be_graded(home: Home) -> None:
    home.checks.write_text(checks_that("is_unclear", "breaks", "fails"))
    assert home.run("check", LAB).returncode == 1
    home.checks.write_text(checks_that("is_unclear", "breaks"))
    assert home.run("check", LAB).returncode == 2


@pytest.mark.further
def test_the_starter_fails_and_its_schedule_is_replayed(home: Home) -> None:
    done = home.run("check", LAB, "--json", "result.json", "--html", "result.html")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 of 3 points, 1 failed" in done.stdout
    assert "count = read()" in done.stdout, "the losing schedule shows the app's own lines"
    assert f"next: workerlab hint {LAB} no_lost_update" in done.stdout
    assert "<svg" in (home.folder / "result.html").read_text()

    again = home.run("replay", "result.json", "no_lost_update")
    assert again.returncode == 1, again.stdout + again.stderr
    assert "it loses again" in again.stdout

    home.app.write_text(RACY.replace("count + 1))", "count + 1) + '')"))  # as racy as before
    assert home.run("replay", "result.json").returncode == 1

    fixed = home.run("replay", "result.json", "--submission", "solutions")
    assert fixed.returncode in (0, 3), fixed.stdout + fixed.stderr
    assert "it loses again" not in fixed.stdout


@pytest.mark.further
def test_what_explore_found_is_replayed(home: Home) -> None:
    found = home.run("explore", home.app, "--json", "loss.json")
    assert found.returncode == 1, found.stdout + found.stderr
    assert home.run("replay", "loss.json").returncode == 1
    (home.folder / "loss.json").write_text("{}")
    home.app.write_text(LOCKED)
    right = home.run("explore", home.app, "--json", "loss.json", "--seconds", "1")
    assert right.returncode == 0, right.stdout + right.stderr
    nothing = home.run("replay", "loss.json")
    assert nothing.returncode == 2
    one_line_and_the_fix(nothing.stderr)


def test_the_solution_passes_and_does_not_count_as_progress(home: Home) -> None:
    done = home.run("check", LAB, "--submission", "solutions")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 points" in done.stdout
    assert "never run" in home.run("progress").stdout


@pytest.mark.further
def test_progress_keeps_the_best_and_says_what_is_next(home: Home) -> None:
    home.checks.write_text(checks_that("fails"))
    assert home.run("check", LAB).returncode == 1
    shown = home.run("progress").stdout
    assert "1/3" in shown
    assert f"workerlab hint {LAB} fails" in shown
    home.checks.write_text(checks_that("passes", "is_unclear"))
    home.run("check", LAB)
    assert "2/3" in home.run("progress").stdout
    home.checks.write_text(checks_that("fails"))
    home.run("check", LAB)
    assert "2/3" in home.run("progress").stdout, "the best stays"
    home.run("check", LAB, "--only", "starts")
    assert "2/3" in home.run("progress").stdout, "part of the checks is no score of the lab"


def test_hints_come_one_by_one(home: Home) -> None:
    hint = ("hint", LAB, "starts")
    first = home.run(*hint).stdout
    assert "1. one?" in first
    assert "2. two" not in first
    assert "2. two" in home.run(*hint).stdout
    third = home.run(*hint).stdout
    assert "3. three" in third
    assert "last hint" in third
    home.run(*hint, "--reset")
    assert "2. two" not in home.run(*hint).stdout
    assert "3. three" in home.run(*hint, "--all").stdout


def test_the_json_is_whole_at_every_moment(home: Home) -> None:
    """Killed in the middle, it holds what was done and says of the rest that it was not."""
    home.checks.write_text(checks_that() + ENDLESS)
    result = home.folder / "result.json"
    process = home.start("check", LAB, "--json", str(result))
    seen = set()

    def first_is_done() -> bool:
        if result.exists():
            lab = Report.read(result).labs[0]  # which raises for anything that is not whole
            seen.add(tuple(check.status for check in lab.checks))
        return ("passed", "not_gradable") in seen

    wait_until(first_is_done, "the first check's result")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    lab = Report.read(result).labs[0]
    assert [check.status for check in lab.checks] == ["passed", "not_gradable"]
    assert (lab.status, lab.score, lab.max_score) == ("not_gradable", 1, 2)
    wait_until(lambda: not home.left(), "the processes to end", 20)


ENDLESS = """

@one("never_ends")
def test_never_ends(server):
    import threading

    threading.Event().wait()
"""


@pytest.mark.further
def test_a_pipe_that_is_closed_ends_it_quietly(home: Home) -> None:
    process = home.start("check", LAB)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == ""
    wait_until(lambda: not home.left(), "the processes to end", 20)


@pytest.mark.further
def test_watch_checks_again_at_every_save(home: Home) -> None:
    process = home.start("check", LAB, "--watch", "--quick")
    lines: list[str] = []

    def until(word: str) -> str:
        began = len(lines)
        for line in process.stdout:
            lines.append(line)
            if word in line:
                return "".join(lines[began:])
        raise AssertionError("".join(lines) + process.stderr.read())

    assert "1 of 3 points" in until("waiting for the next save")
    home.app.write_text(LOCKED)
    assert "3 of 3 points" in until("waiting for the next save")
    home.app.unlink()
    assert "app.py is missing" in until("waiting for the next save")
    draft = home.app.with_name("app.py.new")
    draft.write_text(RACY)
    draft.rename(home.app)  # as many editors save
    assert "no_lost_update" in until("waiting for the next save")


def test_words_survive_a_terminal_without_our_signs(home: Home) -> None:
    home.checks.write_text(checks_that("asserts"))
    done = home.run("check", LAB, PYTHONIOENCODING="ascii")
    assert done.returncode == 1, done.stderr
    assert "one is not two" in done.stdout


def test_nothing_of_a_submission_acts_on_the_terminal(home: Home) -> None:
    home.app.write_text("raise RuntimeError('\\x1b[2J\\x1b]0;owned\\x07 [bold]here[/bold]')\n")
    done = home.run("check", LAB, "--quick")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr
    assert "[bold]here[/bold]" in done.stdout


@pytest.mark.further
def test_all_labs_are_those_that_were_handed_in(home: Home, tmp_path_factory) -> None:
    home.checks.write_text(checks_that("passes"))
    other = home.folder / "labs" / "lab51_other"
    other.mkdir()
    (other / "lab.toml").write_text('name = "lab51_other"\ntitle = "x"\nedits = ["app.py"]\n')
    handed: Path = tmp_path_factory.mktemp("handed")
    (handed / LAB).mkdir()
    (handed / LAB / "app.py").write_text(RACY)
    done = home.run("check", "--submission", str(handed))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lab51_other" not in done.stdout
