"""What a student reads of an assertion: the check's own words, as they stand."""

import pytest

from workerlab.grading.api import CheckInfo
from workerlab.grading.plugin import judged

INFO = CheckInfo("agrees", "All agree", 1.0, ("where?", "look there", "do this"))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("They disagree.\nOne says 1", "They disagree.\nOne says 1"),
        ("One says 1, not 2", "One says 1, not 2"),
        (None, "this check does not hold"),
    ],
)
def test_nothing_that_pytest_adds_is_reported(own, message) -> None:
    with pytest.raises(AssertionError) as raised:
        if own is None:
            assert len(INFO.id) == 1
        assert len(INFO.id) == 1, own
    assert judged(INFO, raised.value).message == message
