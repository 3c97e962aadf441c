"""Places on this machine that a lab hands to the app: no server runs there, only data lies there."""

from __future__ import annotations

import tempfile
from pathlib import Path


class StateFile:
    """A path in a new, empty folder, which goes with everything in it. Nothing is there yet.

    A context manager that yields the absolute path, with the same face as a private store; there
    is no process behind it, so its `pid` is 0.
    """

    pid = 0

    def __init__(self, *, own: bool = True) -> None:
        if not own:
            raise ValueError("a state file is always one of its own")

    def __enter__(self) -> str:
        self._folder = tempfile.TemporaryDirectory(prefix="workerlab-state-")
        return str(Path(self._folder.name).resolve() / "state.sqlite")

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()
