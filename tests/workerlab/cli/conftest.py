"""What the tests of the command have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A small repository with one lab."""
    home = Home.make(tmp_path)
    yield home
    home.close()
