"""Processes are found by a setting that they have inherited, also when their parents are gone.

Linux only: it reads /proc. A process that has ended has no environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def carriers(name: str, value: object) -> Iterator[int]:
    """The pids of all processes that carry this setting."""
    wanted = f"{name}={value}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found = wanted in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended while we looked, or is another user's
            continue
        if found:
            yield int(folder.name)
