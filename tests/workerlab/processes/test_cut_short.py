"""Ctrl-C may come at any moment, also while an object is made that has something to close."""

import pytest

from workerlab.processes.child import Child
from workerlab.processes.starts import Forked


@pytest.mark.parametrize("kind", [Child, Forked])
def test_what_was_not_made_has_nothing_to_close(kind):
    kind.__new__(kind).__del__()
