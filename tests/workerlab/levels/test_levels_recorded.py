"""Each level is recorded once more on real workers: every order does again what it did."""

from __future__ import annotations

import pytest
from recorded import APPS, NAMES, recorded

from workerlab.levels.definitions import LEVELS
from workerlab.levels.recording import record

SOME = ("lose-an-update", "a-lock-of-the-dead")  # the others at night


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [name if name in SOME else pytest.param(name, marks=pytest.mark.nightly) for name in NAMES],
)
def test_every_order_does_again_what_it_did(name):
    definition, before = next(one for one in LEVELS if one.name == name), recorded(name)
    assert record(definition, APPS, before["made"]) == before
