"""A check that passes may have something to show: it is in the result and on the page."""

import json
import subprocess
import sys
from pathlib import Path

from workerlab.grading.page.html import page
from workerlab.grading.result import CheckResult, LabResult, Report

LAB = "lab50_small"
CHECKS = """
from workerlab.grading import check

HINTS = ("one?", "two", "three")


@check("shows", title="It shows", points=1, hints=HINTS)
def test_shows(show):
    show({"steps": [], "actual": "A is answered 1"})


@check("fails", title="It fails", points=2, hints=HINTS)
def test_fails(show):
    show({"steps": [], "actual": "this is not the reason"})
    raise AssertionError("the reason")
"""


def test_what_a_passed_check_shows_is_in_the_result(repository: Path, tmp_path: Path) -> None:
    (repository / f"tests/labs/test_{LAB}.py").write_text(CHECKS)
    result = tmp_path / "result.json"
    job = {
        "lab": LAB,
        "submission": str(repository / "solutions"),
        "only": [],
        "quick": False,
        "result": str(result),
    }
    command = [sys.executable, "-m", "workerlab.grading.authoring.one_run", json.dumps(job)]
    subprocess.run(command, check=False, timeout=60)
    passed, failed = json.loads(result.read_text())["labs"][0]["checks"]
    assert (passed["status"], passed["evidence"]["actual"]) == ("passed", "A is answered 1")
    assert (failed["status"], failed["evidence"]) == ("failed", None)


def test_the_page_has_a_player_for_it_and_no_empty_message(repository: Path) -> None:
    step = {"task": "A", "worker": 1, "line": 9, "source": "n = 1", "kind": "call"}
    check = CheckResult(
        "breaks_plain", "A schedule", "passed", 2.0, 2.0, "", evidence={"steps": [step]}
    )
    text = page(Report("s", 1, [LabResult(LAB, [check], 2.0)]))
    assert 'class="player"' in text
    assert 'class="message"' not in text
    assert "workerlab hint" not in text
