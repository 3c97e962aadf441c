"""Questions as people have them: who asks, with which values, and what is compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from workerlab import explore
from workerlab.errors import BadUsage

APP = Path(__file__).parent / "apps" / "members.py"
ADA = "ada: POST /token -d username=ada -d password=secret"
BOB = "bob: POST /token -d username=bob -d password=secret"
BUY = """{0}: POST /orders then {0}: POST "/orders/{{{1}.id}}/pay?sku={{{1}.items.0.sku}}" """.replace(
    '"', ""
)


@pytest.fixture
def asked(tmp_path):
    """asked(fault, **question) -> the verdict and its notes."""

    def ask(fault="", **question):
        notes: list[str] = []
        env = {"STATE_FOLDER": str(tmp_path), "FAULT": fault}
        usual = {
            "model": "serial",
            "before": "POST /restock",
            "after": "GET /stock",
            "seconds": 1.0,
        }
        verdict = explore(APP, **usual | question, env=env, note=notes.append)
        return verdict, notes

    return ask


def one_is_sold_at_most(run):
    """No more are sold than there are."""
    assert run.after[0].body["sold"] <= 1


TWO_ORDERS = {
    "sign_in": f"{ADA} | {BOB}",
    "program": f"{BUY.format('ada', 'A')} | {BUY.format('bob', 'C')}",
}


@pytest.mark.further
def test_two_members_order_and_pay_for_the_last_one(asked):
    verdict, notes = asked("race", **TWO_ORDERS)
    assert verdict.status == "failed", verdict.message
    assert '"sold": 2' in verdict.message
    assert "A: headers.location" not in " ".join(notes)
    assert "A: id, A: location (a header)" in " ".join(notes)
    assert verdict.evidence["sign_in"] == ADA.replace(
        "-d", "--data-urlencode"
    ) + " | " + BOB.replace("-d", "--data-urlencode")


@pytest.mark.further
def test_it_is_right_when_one_of_them_is_told_that_it_is_sold_out(asked):
    verdict, notes = asked(**TWO_ORDERS)
    assert verdict.status == "passed", verdict.message
    assert "POST /orders/{A.id}" not in " ".join(notes)


@pytest.mark.further
def test_an_invariant_takes_the_place_of_a_comparison(asked):
    verdict, notes = asked("race", **TWO_ORDERS, invariants=[one_is_sold_at_most])
    assert verdict.status == "failed", verdict.message
    assert "one_is_sold_at_most does not hold: No more are sold than there are (" in verdict.message
    assert "left out" not in " ".join(notes)
    assert verdict.evidence["invariants"] == [f"{__file__}:one_is_sold_at_most"]


def test_a_session_that_one_worker_knows_is_told_without_any_race(asked):
    question = {"before": "POST /login?name=ada", "program": "GET /mine | GET /mine", "after": ""}
    verdict, _ = asked("session", **question)
    assert verdict.status == "failed"
    assert "the workers disagree, without any race" in verdict.message
    assert 'B: 401 {"detail": "nobody has signed in"}' in verdict.message


@pytest.mark.further
def test_a_header_alone_may_be_wrong(asked):
    question = {"program": "PUT /price/5 | PUT /price/7", "after": "GET /price"}
    verdict, _ = asked("etag", **question)
    assert verdict.status == "failed"
    assert 'the header etag of price is "\\"1\\"", and one after the other' in verdict.message
    verdict, _ = asked("etag", **question, ignore=["ETag"], schedules=10)
    assert verdict.status == "inconclusive", "nothing else tells what was set"
    assert "GET /price is answered the same without these requests" in verdict.message


@pytest.mark.nightly
def test_what_is_left_out_does_not_count(asked):
    question = {"sign_in": ADA, "program": "ada: POST /orders | ada: POST /orders", "after": ""}
    verdict, notes = asked(**question, ignore=["$.id", "location"])
    assert verdict.status == "passed", verdict.message
    assert not any("left out" in note for note in notes)


@pytest.mark.further
@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            {"sign_in": "POST /token -d username=ada -d password=no", "program": "GET /stock"},
            "cannot sign in: POST /token is answered 400",
        ),
        ({"program": "GET /stock", "ignore": ["a.b"]}, "'a.b' is neither a place in JSON nor"),
        ({"program": "GET /stock", "invariants": ["nowhere"]}, "'nowhere' is not an invariant"),
        ({"program": "GET /stock", "invariants": ["x.py:f"]}, "there is no file x.py"),
        (
            {"program": "GET /stock | GET /price?x={A.etag}"},
            "{A.etag} in GET /price?x={A.etag} names no field of a response",
        ),
        (
            {"sign_in": ADA, "program": "ada: POST /orders then GET /stock?x={A.nothing}"},
            "{A.nothing} in GET /stock?x={A.nothing} names no field of a response; it has id, items",
        ),
        (
            {"program": "GET /stock", "invariants": [lambda run: run["nobody"]]},
            "raised KeyError: 'nobody'",
        ),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(asked, question, said):
    with pytest.raises(BadUsage) as caught:
        asked(**question)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.advice


@pytest.mark.further
def test_an_invariant_that_does_not_hold_without_a_race_is_none(asked):
    def nothing_is_sold(run):
        return run.after[0].body["sold"] == 0

    question = {"sign_in": ADA, "program": BUY.format("ada", "A")}
    verdict, _ = asked(**question, invariants=[nothing_is_sold])
    assert verdict.status == "inconclusive"
    assert (
        "even one after the other, " in verdict.message
        and "nothing_is_sold does" in verdict.message
    )


@pytest.mark.further
@pytest.mark.parametrize("fault", ["", "race"])
def test_a_time_in_whole_seconds_is_no_loss(fault, tmp_path):
    hits = {"before": "POST /reset", "program": "POST /hit | POST /hit", "after": "GET /hits"}
    env = {"STATE_FILE": str(tmp_path / "hits"), "FAULT": fault}
    # Long enough that the second changes between what was learned and some schedule.
    verdict = explore(
        APP.with_name("seconds.py"), **hits, model="serial", seconds=1.5, env=env, schedules=2000
    )
    assert verdict.status == ("failed" if fault else "passed"), verdict.message
    if fault:
        assert '"hits": 1' in verdict.message and '"at": "…"' in verdict.message
