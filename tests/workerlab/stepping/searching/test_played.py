"""Schedules of real workers, as the player gets them."""

import pytest

from workerlab.draw.frames import frames_of
from workerlab.stepping import crash_points, search
from workerlab.stepping.program import ONE_WORKER

TWO = "POST /increment | POST /increment"


def played(verdict) -> dict:
    """The frames of a loss. Raises AssertionError when nothing was lost."""
    assert verdict.status == "failed", verdict.message
    return frames_of(verdict.evidence)


def breaking(data) -> list[dict]:
    return [frame for frame in data["frames"] if frame["breaks"]]


@pytest.mark.further
@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_a_lost_update_breaks_with_the_second_answer(stepped_app, store):
    data = played(search(stepped_app("six_gates", store), TWO))
    answers = [frame for frame in data["frames"] if frame["kind"] == "answer"]
    assert breaking(data) == answers[1:] == data["frames"][-1:]
    assert answers[1]["last"] == {
        "value": {"sqlite": "1 row", "redis": "n = 1"}[store],
        "how": "written",
        "column": answers[1]["column"],
    }
    (cut,) = (frame for frame in data["frames"] if frame["preempted"])
    assert cut["hands"][cut["column"]] == "0"
    assert data["breaks_after"] is None


def test_in_one_worker_the_requests_have_columns_of_their_own(stepped_app):
    data = played(search(stepped_app("await_between"), TWO, placements=(ONE_WORKER,)))
    first, second = data["columns"]
    assert first["worker"] == second["worker"]
    assert (first["task"], second["task"]) == ("A", "B")
    assert data["frames"][-1]["states"] == ["answered", "answered"]
    assert len(breaking(data)) == 1


@pytest.mark.nightly
def test_what_a_crash_lost_is_shown_by_the_requests_afterwards(stepped_app):
    data = played(crash_points(stepped_app("answers_first", "redis", workers=3), deadline=2.0))
    kinds = [frame["kind"] for frame in data["frames"]]
    assert kinds[-2:] == ["answer", "killed"]
    assert data["frames"][-1]["states"] == ["killed"]
    assert data["breaks_after"] == 0 and data["after"][0].startswith("GET /report")
    assert "Here it breaks: afterwards" in data["frames"][-1]["say"]
