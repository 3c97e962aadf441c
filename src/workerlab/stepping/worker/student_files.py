"""Which code is the student's: tasks are held only there."""

import sysconfig
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType

_LIBRARY = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "<frozen")
TEXT = "text"  # of a file name that is none, such as <string>: the frame says whose it is


class Files:
    """Which source files are gated: the student's, under one folder, but no installed library.

    `also` names places in libraries that are gated as well: folders or files.
    `quietly` is entered wherever files are looked up or read for the engine.
    """

    quietly: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)

    def __init__(self, folder: str, also: tuple[str, ...] = ()) -> None:
        self.folder = str(Path(folder).resolve())
        self.also = tuple(str(Path(place).resolve()) for place in also)
        self.known: dict[str, bool | str] = {}

    def add(self, places: Iterable[str]) -> None:
        """Gate what is in these places, too."""
        self.also += tuple(str(Path(place).resolve()) for place in places)
        self.known.clear()

    def __contains__(self, filename: str) -> bool:
        return self._known(filename) is True

    def have(self, frame: FrameType) -> bool:
        """Whether this code is the student's: from these files, or from a text of theirs."""
        known = self.known.get(frame.f_code.co_filename)
        if known is None:
            known = self._known(frame.f_code.co_filename)
        return known is True or (known is TEXT and self._from_their_text(frame))

    def _known(self, filename: str) -> bool | str:
        known = self.known.get(filename)
        if known is None:
            with self.quietly():
                known = self.known[filename] = self._is_gated(filename)
        return known

    def _from_their_text(self, frame: FrameType) -> bool:
        """`exec` and `eval` in a module of theirs, or called by them with a bare namespace.

        Not the `__init__` and the like that `dataclass` makes from a text of its own.
        """
        name = frame.f_code.co_name
        if name.startswith("__") and name.endswith("__"):
            return False
        space, caller = frame.f_globals, frame.f_back
        if "__name__" in space:
            file = space.get("__file__")
            return isinstance(file, str) and file in self
        return caller is not None and self.have(caller)

    def _is_gated(self, filename: str) -> bool | str:
        if filename.startswith("<"):
            return False if filename.startswith("<frozen") else TEXT
        path = str(Path(filename).resolve())
        installed = path.startswith(_LIBRARY) or "/site-packages/" in path
        if any(_lies_in(path, place) for place in self.also):
            return True
        return _lies_in(path, self.folder) and not installed


def _lies_in(path: str, place: str) -> bool:
    return path == place or path.startswith(place + "/")
