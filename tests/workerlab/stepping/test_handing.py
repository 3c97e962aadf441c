"""Work that a request hands to a thread, or keeps in a text, is stepped like its own lines."""

import pytest

from workerlab.stepping import replay, search

TWO = "POST /increment | POST /increment"
WAYS = ("the loop's executor", "a pool", "a new thread", "a text", "an untraced thread")


@pytest.mark.parametrize("way", WAYS)
def test_it_is_held_and_loses(staged, way):
    stage = staged("by_threads", env={"HOW": way})
    verdict = search(stage, TWO)
    assert verdict.status == "failed", verdict.message
    assert "A is told 1, B is told 1, report says 1" in verdict.evidence["actual"]
    sources = [step["source"] for step in verdict.evidence["steps"]]
    where = "of a text that is run" if way == "a text" else "count = store.read()"
    assert any(where in source for source in sources)
    assert replay(stage, verdict.evidence).status == "failed"


def test_an_app_of_which_nothing_can_be_held_has_not_passed(staged):
    verdict = search(staged("all_elsewhere"), TWO)
    assert verdict.status == "inconclusive"
    assert "not one step was met in the app's own files" in verdict.message
    serial = search(staged("all_elsewhere"), "GET /report", model="serial")
    assert serial.status == "passed"  # where nothing is shared, there may be nothing to hold
