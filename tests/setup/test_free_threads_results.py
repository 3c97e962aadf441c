"""Chapter 16's recording is of Pythons as it says, and its apps still say the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ROOT / "notebooks/apps"
FOUND = json.loads((ROOT / "notebooks/data/free_threads.json").read_text(encoding="utf-8"))


def said_by(app: str) -> str:
    command = [sys.executable, str(APPS / app)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_it_had_no_gil_and_lost_where_no_lock_was():
    free = FOUND["free"]
    assert free["gil"] is False and free["about"].startswith(f"Python {free['python']}")
    lost = {way: free["added"] - left for way, left in free["left"].items()}
    assert lost["in_a_line"] > 0 and lost["with_a_call"] > 0
    assert lost["with_a_lock"] == lost["append"] == 0


def test_the_app_lost_only_without_a_gil():
    app = FOUND["app"]
    assert len(app["lost_free"]) == len(app["lost_here"]) == 5
    assert sum(app["lost_free"]) > 0 and max(app["lost_free"]) < app["increments"]
    assert sum(app["lost_here"]) == 0


def test_the_script_tries_the_same_ways_here():
    here = json.loads(said_by("many_threads.py"))
    assert here["left"].keys() == FOUND["free"]["left"].keys()
    assert here["added"] == FOUND["free"]["added"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="concurrent.interpreters came with 3.14")
def test_the_recorded_text_is_what_the_script_prints():
    assert said_by("two_interpreters.py") == FOUND["interpreters"]["text"]
