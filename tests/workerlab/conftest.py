"""What holds for all tests of the harness."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home


def pytest_configure() -> None:
    """A shell that runs us in the background has us, and our children, ignore Ctrl-C.

    The tests of an interrupt would then wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A small repository with one lab."""
    home = Home.make(tmp_path)
    yield home
    home.close()
