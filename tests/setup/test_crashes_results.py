"""What the guide for instructors says of `make crashes` is what was measured."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_guide_tells_what_was_measured():
    found = json.loads((ROOT / "benchmarks/crashes.json").read_text())
    guide = (ROOT / "INSTRUCTORS.md").read_text()
    kills, again = found["kills"], found["most_checks_repeated_by_a_kill"]
    assert found["what"].startswith("kill -9 of the grader of 50 submissions, 2 at a time")
    assert f"class of 50 was killed {kills} times, two submissions at a time" in guide
    assert f"at most {again} checks were run again" in guide
    later = found["later"]
    exports, regrades = later["of"]["export"], later["of"]["regrade"]
    assert f"Another {later['kills']} kills met the commands that come later" in guide
    assert f"({exports} an export, {regrades} a regrade)" in guide and later["wrong"] == []
    assert found["holds"] and found["wrong"] == [] and kills >= 100
    assert again <= found["checks_of_a_submission"]
