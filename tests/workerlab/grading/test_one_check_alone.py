"""A check that runs alone (`--only`, a proof, a regrade) finds what it finds in a full run."""

from __future__ import annotations

import pytest

from workerlab.grading.authoring.pairing import mutants_of
from workerlab.grading.check_lab import check
from workerlab.grading.manifest import find
from workerlab.grading.result import PASSED

LAB = "lab08_redis"


@pytest.mark.further
@pytest.mark.parametrize("only", [("no_lost_update",), ("starts", "no_lost_update")])
def test_requests_meet_at_one_store_though_no_other_check_needs_a_server(only) -> None:
    """A right answer with a lock, whose requests take several steps on the store."""
    answer = mutants_of(find(LAB)) / "right_lock_with_expiry"
    (graded,) = check(LAB, submission=answer, only=only, remember=False).labs
    found = {result.id: result for result in graded.checks if result.id in only}
    assert {id_: result.status for id_, result in found.items()} == dict.fromkeys(only, PASSED), [
        result.message for result in found.values()
    ]
