"""Which processes live, and whose they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from workerlab.processes.tree import alive, descendants, descends

ENDED = 2**22 + 1  # no pid is so high


@pytest.fixture
def grandchild() -> Iterator[int]:
    """The pid of a process that a child of ours has started."""
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        yield int(child.stdout.readline())
        child.kill()


def test_a_process_descends_from_its_ancestors_alone(grandchild: int) -> None:
    assert descends(grandchild, os.getpid())
    assert grandchild in descendants(os.getpid())
    assert not descends(os.getpid(), grandchild)
    assert not descends(os.getpid(), os.getpid()), "nobody descends from itself"
    assert not descends(ENDED, os.getpid())


def test_a_zombie_is_not_alive(grandchild: int) -> None:
    assert alive([grandchild, os.getpid(), ENDED]) == {grandchild, os.getpid()}
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
    assert alive([child]) == set() and not descends(child, os.getpid())
    os.waitpid(child, 0)
