"""What the guide for instructors says of `make crashes` is what was measured."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_guide_tells_what_was_measured():
    found = json.loads((ROOT / "benchmarks/crashes.json").read_text())
    guide = (ROOT / "INSTRUCTORS.md").read_text()
    kills, again = found["kills"], found["most_checks_repeated_by_a_kill"]
    assert f"killed {kills} times" in guide and f"at most {again} checks" in guide
    assert found["holds"] and found["wrong"] == [] and kills >= 100
    assert again <= found["checks_of_a_submission"]
