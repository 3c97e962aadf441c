"""What the guide for instructors says of `make classroom` is what was measured."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_guide_tells_what_was_measured():
    found = json.loads((ROOT / "benchmarks/classroom.json").read_text())
    guide = (ROOT / "INSTRUCTORS.md").read_text()
    lucky = len(found["different_by_luck"])
    assert f"200 submissions of lab 08 in {found['seconds']:.0f} s" in guide
    assert f"in {lucky} of more than 900 checks" in guide
    assert found["submissions"] == 200 and found["answers"] * 12 > 900
    assert found["seconds"] <= found["limit_s"] and found["different"] == []
    assert found["isolation"] == "isolated by bubblewrap"
