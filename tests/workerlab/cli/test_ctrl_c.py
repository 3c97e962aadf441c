"""Ctrl-C at any time: exit status 130, one line, nothing left, and the results so far are kept."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time

import pytest
from further import mostly_further
from homes import LAB, Home, interrupt, one_line_and_the_fix, wait_until

from workerlab.processes.tree import descendants

HANGING_CHECKS = """
from workerlab.grading import check


@check("starts", title="It starts", points=1, quick=True, hints=("one?", "two", "three"))
def test_starts(server):
    assert server.pids


@check("never_ends", title="It ends", points=2, hints=("one?", "two", "three"))
def test_never_ends(server, progress):
    import threading

    progress("waiting for ever")
    threading.Event().wait()
"""
VERBS = {
    "check": ("check", LAB),
    "watch": ("check", LAB, "--watch", "--quick"),
    "explore": ("explore", f"labs/{LAB}/app.py", "--seconds", "60"),
    "scout": ("scout", f"labs/{LAB}/app.py", "--seconds", "60"),
    "serve": ("serve", f"labs/{LAB}/app.py"),
    "burst": ("burst", f"labs/{LAB}/app.py", "--requests", "1000000"),
    "doctor": ("doctor",),
    "verify-labs": ("verify-labs", LAB),
}
STAGES = {"the lifeline is there": 1, "the server is there": 2, "workers are there": 4}


def must_be_over(home: Home, ended: tuple[int, str, str]) -> None:
    status, _, err = ended
    assert status == 130, err
    assert err.splitlines()[-1] == "interrupted; nothing is left running"
    assert "Traceback" not in err
    wait_until(lambda: not home.left(), f"processes to end: {home.left()}", 20)


@pytest.mark.parametrize("stage", mostly_further(STAGES.values(), (2).__eq__), ids=STAGES)
@pytest.mark.parametrize("verb", VERBS)
def test_while_processes_come_up(home: Home, verb: str, stage: int) -> None:
    if verb == "check":
        home.checks.write_text(HANGING_CHECKS)
    process = home.start(*VERBS[verb])
    wait_until(
        lambda: len(descendants(process.pid)) >= stage or process.poll() is not None,
        f"{stage} processes",
    )
    assert process.poll() is None, process.communicate()
    must_be_over(home, interrupt(process))


@pytest.mark.parametrize("seed", range(6))
def test_at_a_random_moment(home: Home, seed: int) -> None:
    """Not a wait for anything: the moment itself is what is tried."""
    dice = random.Random(seed)
    process = home.start_at_its_first_line(*VERBS[dice.choice(list(VERBS))])
    time.sleep(dice.uniform(0, 1))  # the quickest verb here ends by itself after 1.5 s
    ended = interrupt(process)
    if ended[0] == -signal.SIGINT:  # our own modules were still read: a shell shows 130
        wait_until(lambda: not home.left(), f"processes to end: {home.left()}", 20)
    else:
        must_be_over(home, ended)


def test_the_results_so_far_are_kept(home: Home) -> None:
    home.checks.write_text(HANGING_CHECKS)
    result = home.folder / "result.json"
    page = home.folder / "result.html"
    process = home.start("check", LAB, "--json", str(result), "--html", str(page))
    wait_until(lambda: result.exists() and statuses(result)["starts"] == "passed", "a result")
    must_be_over(home, interrupt(process))
    assert statuses(result) == {"starts": "passed", "never_ends": "not_gradable"}
    assert json.loads(result.read_text())["labs"][0]["score"] == 1.0
    assert "the grader ended before this check" in page.read_text()


def statuses(result) -> dict[str, str]:
    lab = json.loads(result.read_text())["labs"][0]
    return {check["id"]: check["status"] for check in lab["checks"]}


def test_while_it_waits_for_a_save(home: Home) -> None:
    home.app.write_text("def app(:\n")
    process = home.start("check", LAB, "--watch", "--quick")
    for line in process.stdout:
        if "waiting for the next save" in line:
            break
    must_be_over(home, interrupt(process))


def test_a_server_that_ends_by_itself_is_reported(home: Home) -> None:
    process = home.start("serve", f"labs/{LAB}/app.py", "--workers", "1")
    for line in process.stdout:
        if line.startswith("its log"):
            break
    tree = descendants(process.pid)
    subprocess.run(["kill", "-9", *map(str, tree[1:])], check=True)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    one_line_and_the_fix(err)
