"""An object with ids: paths filled from answers before, refusals that are right, and crashes."""

import pytest

from workerlab.history import Event
from workerlab.stepping import Program, crash_points, replay, search
from workerlab.stepping.placeholders import filled

ANN = 'POST /bookings {"seat": "1A", "name": "Ann", "key": "k1"}'
BOB = 'POST /bookings {"seat": "1A", "name": "Bob", "key": "k2"}'
CANCEL = "DELETE /bookings/{before.1.id}"
BEFORE = f"POST /reset | {ANN}"


def test_a_path_is_filled_from_an_answer():
    program = Program.parse(CANCEL, before=BEFORE, after=f"{CANCEL} | GET /report")
    answers = [Event("-", "POST", "/reset"), Event("-", "POST", "/bookings", output={"id": "a/b"})]
    assert str(filled(program, answers)) == "DELETE /bookings/a%2Fb"
    assert [one.path for one in filled(program, answers).after] == ["/bookings/a%2Fb", "/report"]
    assert str(filled(program, answers[:1])) == "DELETE /bookings/missing"


@pytest.fixture
def seats(stepped_app):
    return stepped_app("seats_by_halves", "sqlite", workers=3)


@pytest.mark.nightly
def test_refusals_are_answers_and_a_cancel_frees_the_seat_of_another(seats):
    frame = {"before": f"{BEFORE} | {BOB}", "model": "bookings"}
    verdict = search(seats, f"GET /report | {ANN}", **frame, seconds=1)
    assert verdict.status == "passed", verdict.message
    verdict = search(
        seats, f"{CANCEL} | {BOB} | {CANCEL}", before=BEFORE, model="bookings", least=150
    )
    assert verdict.status == "failed"
    assert "{before.1.id}" in verdict.evidence["program"]
    assert replay(seats, verdict.evidence).status == "failed"


@pytest.mark.further
def test_what_a_crash_leaves_half_done_replays(seats):
    verdict = crash_points(seats, CANCEL, before=BEFORE, then=BOB, model="bookings")
    assert verdict.status == "failed"
    assert "DELETE FROM seats" in verdict.message
    assert replay(seats, verdict.evidence).evidence["then"] == verdict.evidence["then"] == BOB
