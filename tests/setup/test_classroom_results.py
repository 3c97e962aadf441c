"""What the guide for instructors says of `make classroom` is what was measured."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_guide_tells_what_was_measured():
    found = json.loads((ROOT / "benchmarks/classroom.json").read_text())
    guide = (ROOT / "INSTRUCTORS.md").read_text()
    assert f"200 submissions of lab 08 in {found['seconds']:.0f} s" in guide
    alone = found["again_one_at_a_time"]["submissions"]
    assert f"and {alone} of them graded again alone" in guide and alone >= 30
    assert f"{len(found['by_the_clock'])} of the {found['answers']} answers" in guide
    assert found["submissions"] == 200
    assert found["seconds"] <= found["limit_s"] and found["different"] == []
    assert found["isolation"] == "isolated by bubblewrap"
