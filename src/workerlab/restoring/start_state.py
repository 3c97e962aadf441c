"""Everything outside of the workers' memory as it was when they were up, before each schedule."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Protocol

from workerlab.restoring.files import Files

SHOWN = 4  # names in a line


class Data(Protocol):
    """What one store keeps."""

    name: str

    def take(self) -> None:
        """Remember everything as it is now."""

    def put_back(self) -> None:
        """Bring everything back as it was. Raises Busy while the app keeps a transaction open."""

    def close(self) -> None:
        """Hang up."""


class StartState:
    """The state that each schedule begins with.

    files    the app's files; None when they are not watched
    stores   those of ours that the app was given
    command  called after the data have been put back: a reset of the reader's own
    """

    def __init__(
        self, files: Files | None, stores: Iterable[Data], command: Callable[[], None] | None = None
    ) -> None:
        self.files, self.stores, self._command = files, list(stores), command
        self.seconds: list[float] = []

    def take(self) -> None:
        """From now on, this is the start, once the reader's own command has been called."""
        if self._command:
            self._command()
        self.keep()

    def keep(self) -> None:
        """From now on, what there is now is the start."""
        for store in self.stores:
            store.take()
        if self.files:
            self.files.take()

    def put_back(self) -> None:
        """Begin again. Raises Busy while a worker keeps a transaction open."""
        began = time.perf_counter()
        for store in self.stores:
            store.put_back()
        if self.files:
            self.files.put_back()
        if self._command:
            self._command()
        self.seconds.append(time.perf_counter() - began)

    def in_words(self, folder: Path) -> str:
        """What was put back, in a line; files are named from `folder`, where they are in it."""
        names = [_named(path, folder) for path in self.files.paths] if self.files else []
        if len(names) > SHOWN:
            names = [*names[: SHOWN - 1], f"{len(names) - SHOWN + 1} more files"]
        names += [store.name for store in self.stores]
        ways = ["by your command"] * bool(self._command)
        if not names and not ways:
            return (
                "the app was seen to change no file, and has no store of ours: nothing to put back"
            )
        took = f"{median(self.seconds or [0]) * 1000:.1f} ms"
        return f"put back before each schedule ({took}): {', '.join([*names, *ways])}"

    def left_alone(self, folder: Path) -> str:
        """What was changed and could not be put back; "" when there is nothing."""
        names = [_named(path, folder) for path in (self.files.left_alone if self.files else ())]
        return f"not put back, since it is too large or no file: {', '.join(names)}" * bool(names)

    def close(self) -> None:
        """Hang up on every store."""
        for store in self.stores:
            store.close()


def _named(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
