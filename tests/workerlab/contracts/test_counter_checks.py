"""The counter labs' checks: what a schedule decides, and what is left to a burst."""

from pathlib import Path

import pytest

from workerlab.contracts import counter_checks as checks
from workerlab.grading import CheckFailed, CheckInconclusive
from workerlab.grading.check_lab import check

ROOT = Path(__file__).parent.parent.parent.parent
RESETTING = "POST /increment | POST /reset"
ORDER, LOST = "every_answer_fits_one_order", "no_lost_update"


class Searched:
    """Stands in for the search: what it says of each program, and what it was asked."""

    def __init__(self, **says: Exception) -> None:
        self.says = {checks.TWO_INCREMENTS: says.get("two"), RESETTING: says.get("resetting")}
        self.asked: list[str] = []

    def __call__(self, program: str, **frame: str) -> None:
        self.asked.append(program)
        if error := self.says[program]:
            raise error


def test_both_programs_are_searched() -> None:
    search = Searched()
    checks.no_lost_update(search)
    assert search.asked == [checks.TWO_INCREMENTS, RESETTING]


def test_a_loss_says_more_than_a_search_that_was_unclear() -> None:
    search = Searched(two=CheckInconclusive("too slow"), resetting=CheckFailed("lost"))
    with pytest.raises(CheckFailed, match="lost"):
        checks.no_lost_update(search)


def test_unclear_is_reported_when_nothing_loses() -> None:
    with pytest.raises(CheckInconclusive, match="too slow"):
        checks.no_lost_update(Searched(two=CheckInconclusive("too slow")))


def test_what_no_schedule_decides_is_left_to_the_burst() -> None:
    checks.no_schedule_breaks_the_order(Searched(two=CheckInconclusive("too slow")))
    with pytest.raises(CheckFailed, match="lost"):
        checks.no_schedule_breaks_the_order(Searched(resetting=CheckFailed("lost")))


class Counting:
    """Stands in for a caller of a server that keeps its count in `store`."""

    def __init__(self, store: list[int]) -> None:
        self.store = store

    def increment(self) -> int:
        self.store.append(0)
        return len(self.store)


def test_servers_with_settings_of_their_own_count_apart() -> None:
    words = {"setting": "REDIS_URL", "place": "on another Redis"}
    checks.reads_its_settings(Counting([]), Counting([0] * 7), **words)
    shared: list[int] = []
    with pytest.raises(AssertionError, match="two servers with different REDIS_URLs share"):
        checks.reads_its_settings(Counting(shared), Counting(shared), **words)


@pytest.mark.further
@pytest.mark.parametrize("only", [pytest.param([ORDER], marks=pytest.mark.nightly), [LOST, ORDER]])
def test_a_race_that_a_burst_may_miss_is_met_by_its_schedule(tmp_path: Path, only) -> None:
    """Whether the check is run by itself (a grading that goes on after a kill) or after the other."""
    wrong = ROOT / "tests/mutants/lab08_redis/a_lock_each/app.py"
    lab = tmp_path / "lab08_redis"
    lab.mkdir()
    (lab / "app.py").write_text(wrong.read_text())
    report = check("lab08_redis", submission=tmp_path, only=only, remember=False)
    told = {one.id: one for one in report.labs[0].checks}
    assert [told[id_].status for id_ in only] == ["failed"] * len(only)
    assert told[ORDER].evidence["program"] == RESETTING
    assert told[ORDER].evidence["schedule"] and told[ORDER].evidence["replayed"] == 3
    if LOST in only:
        assert told[LOST].evidence == told[ORDER].evidence
