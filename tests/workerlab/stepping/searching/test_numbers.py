"""A gap between the ids of new rows is no loss; an id given twice, or of another row, is one."""

from __future__ import annotations

import pytest

from workerlab.stepping.searching.numbers import ids_of, without_gaps


def outcome(a: int, b: int, *listed: int) -> dict:
    rows = [{"id": number} for number in listed]
    return {"A": [201, {"id": a}, {}], "B": [201, {"id": b}, {}], "list": [200, rows, {}]}


RIGHT = [outcome(2, 3, 1, 2, 3), outcome(3, 2, 1, 2, 3)]


@pytest.mark.parametrize(
    ("mine", "right"),
    [
        (outcome(4, 2, 1, 2, 4), True),  # B's first try had number 3, and was rolled back
        (outcome(4, 6, 1, 4, 6), True),
        (outcome(4, 4, 1, 4, 4), False),  # one number, twice
        (outcome(4, 2, 1, 2), False),  # one of them is not there
        (outcome(1, 4, 1, 4), False),  # number 1 is another row
        (outcome(2, 4, 2, 4, 5), False),
    ],
)
def test_which_numbers_may_stand_for_others(mine, right):
    known = ids_of(RIGHT)
    same = [without_gaps(mine, one, known) for one in RIGHT]
    assert any(one in RIGHT for one in same) is right
