"""A busy machine, for the tests of what must not depend on one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = 8


@contextmanager
def busy(count: int = BUSY) -> Iterator[None]:
    """So many processes compute while the block runs."""
    script = "import sys\nprint('on', flush=True)\nwhile True: pass"
    rivals = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", script], stdout=subprocess.PIPE)
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
