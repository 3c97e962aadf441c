"""What holds for all tests of the harness."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home


def pytest_configure() -> None:
    """A shell that runs us in the background has us, and our children, ignore these two.

    The tests of an interrupt would then wait for ever, and uvicorn would ignore them, too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A small repository with one lab."""
    home = Home.make(tmp_path)
    yield home
    home.close()
