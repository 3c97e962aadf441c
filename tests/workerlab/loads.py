"""A busy machine, for the tests of what must not depend on one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = 8


@contextmanager
def busy(count: int = BUSY) -> Iterator[None]:
    """So many processes compute while the block runs.

    Each is in a session of its own: Linux may share the processor out by session (autogroup), and
    then all of one session take no more than one worker in another.
    """
    script = "import sys\nprint('on', flush=True)\nwhile True: pass"
    rivals = [
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", script],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        for _ in range(count)
    ]
    try:
        for rival in rivals:
            assert rival.stdout
            rival.stdout.readline()
        yield
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
            rival.stdout.close()
