"""What the tests of gradebooks have in common."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradebook_class import write_class


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """The folder of a class that is graded to its end: six students, two labs."""
    return write_class(tmp_path / "class")
