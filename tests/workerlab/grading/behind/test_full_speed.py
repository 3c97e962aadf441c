"""One order must fit a burst of increments, after any result of the schedules."""

import pytest

from workerlab.grading import CheckFailed, CheckInconclusive
from workerlab.grading.behind import full_speed
from workerlab.history import Event, History
from workerlab.verdict import Verdict


def event(path: str, count: int | None, called: float, returned: float, status: int = 200):
    body = None if count is None else {"count": count}
    method = "GET" if path == "/report" else "POST"
    return Event(0, method, path, None, called, returned, status, body, 7)


def test_a_burst_whose_answers_fit() -> None:
    full_speed.must_fit_one_order(
        History([event("/increment", 2, 0, 2), event("/increment", 1, 0, 2)])
    )


def test_a_burst_that_begins_at_another_count() -> None:
    full_speed.must_fit_one_order(History([event("/increment", 8, 0, 2)]), start=7)


def test_a_burst_whose_answers_do_not_fit() -> None:
    history = History([event("/increment", 1, 0, 1), event("/report", 0, 2, 3)])
    with pytest.raises(
        CheckFailed, match="no order of the 2 requests fits their answers"
    ) as failed:
        full_speed.must_fit_one_order(history)
    evidence = failed.value.evidence
    assert (evidence["order"], evidence["first_illegal"]) == ([0], 1)
    assert evidence["reason"] == "report answered 0 where only 1 fits"


def test_a_burst_that_was_refused() -> None:
    history = History([event("/increment", 1, 0, 1), event("/increment", None, 0, 1, 503)])
    with pytest.raises(
        CheckFailed, match=r"1 of 2 .* first of them: POST /increment \(status"
    ) as failed:
        full_speed.must_fit_one_order(history)
    assert failed.value.evidence["first_illegal"] == 1


def test_out_of_time_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfTime:
        ok, reason = None, "out of time"

    monkeypatch.setattr(full_speed, "fits_one_order", lambda *_: OutOfTime)
    with pytest.raises(CheckInconclusive, match="out of time"):
        full_speed.must_fit_one_order(History())


@pytest.mark.parametrize("status", ["passed", "inconclusive"])
@pytest.mark.parametrize(("second", "worth"), [(2, None), (1, "failed")])
def test_a_burst_outweighs_what_no_schedule_showed(monkeypatch, status, second, worth):
    """Both increments are answered counts of their own, or the same one."""
    history = History([event("/increment", 8, 0, 2), event("/increment", 7 + second, 0, 2)])
    monkeypatch.setattr(full_speed, "_report", lambda server: 7)
    monkeypatch.setattr(full_speed, "burst", lambda *_, **options: history)
    before = Verdict(status, "as it was", {"schedules": 62, "requests": 186})
    verdict = full_speed.at_full_speed(None, before)
    assert verdict.status == (worth or status)
    assert ("as it was" in verdict.message) == (worth is None)
    assert (verdict.evidence is None) == (worth is None)
    assert (verdict.tried["schedules"], verdict.tried["requests"]) == (62, 189)


def burst_of_one(event: Event):
    return lambda *_, **options: History([event])


def test_the_count_before_is_asked_for(monkeypatch):
    monkeypatch.setattr(full_speed, "burst", burst_of_one(event("/report", 7, 0, 1)))
    assert full_speed._report(None) == 7


@pytest.mark.parametrize(
    ("count", "status", "told"), [("7", 200, r'200 {"count": "7"}'), (7, 500, "500")]
)
def test_a_report_that_is_no_count(monkeypatch, count, status, told):
    monkeypatch.setattr(full_speed, "burst", burst_of_one(event("/report", count, 0, 1, status)))
    with pytest.raises(CheckFailed, match=f"GET /report answered {told}"):
        full_speed._report(None)
