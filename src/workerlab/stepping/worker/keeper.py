"""Keeps what a file was before a worker first changes it, so that it can be put back.

Audit events tell of it just before it happens. What the file was then goes into a folder of the
engine's, once for all workers: `restoring/files.py` reads it there. A file of the reader's that
the app was not given is not changed at all: the attempt fails, and what it was is written down.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha1
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from typing import Any

CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events that change a place: which of the arguments are paths, and where the folder of each stands
# that it is relative to.
CHANGED = {
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.remove": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.rmdir": ((0, 1),),
    "os.truncate": ((0, None),),
}
EVENTS = {"open", "sqlite3.connect", "socket.connect", *CHANGED}
LARGEST = 64 * 2**20  # bytes of a file that is kept
PATIENCE_S = 10.0  # for another worker that keeps the same file at this moment
STORES = {
    5432: "PostgreSQL", 6379: "Redis", 3306: "MySQL", 27017: "MongoDB", 11211: "Memcached",
    5672: "RabbitMQ", 9042: "Cassandra", 9200: "Elasticsearch",
}  # fmt: skip
SYSTEM = ("/proc/", "/sys/")
DATA = ("file", "large", "link")
LIBRARIES = tuple({os.path.realpath(path) + "/" for path in (sys.prefix, sys.base_prefix)})
HARNESS = ("starting.", "failure.")  # how the files of boot.py begin


class Keeper:
    """What this worker keeps, and what it must not touch.

    folder    where it is kept; its `rules.json` has "inside" (folders that the app may change, or
              null for any) and "named" (settings that the reader gave: what they name is given)
    quietly   is entered while files are read for the engine
    """

    def __init__(self, folder: str, quietly: Callable[[], AbstractContextManager[None]]) -> None:
        self.folder, self._quietly = folder, quietly
        with open(os.path.join(folder, "rules.json"), encoding="utf-8") as file:
            rules = json.load(file)
        self._inside: list[str] | None = rules["inside"]
        self._named: list[str] = rules["named"]
        self._own = os.environ.get("WORKERLAB_FOLDER", folder)
        self._known: set[str] = set()
        self._busy: set[int] = set()

    def install(self) -> None:
        """Listen from now on. It cannot be undone."""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS or threading.get_ident() in self._busy:
            return
        if event == "open":
            path, _, flags = arguments
            if flags & CHANGES and not isinstance(path, int):
                self._changes(path)
        elif event == "sqlite3.connect":
            self._opens_database(arguments[0])
        elif event == "socket.connect":
            self._connects(arguments[1])
        else:
            for place, folder in CHANGED[event]:
                beside = arguments[folder] if folder is not None else -1
                self._changes(arguments[place], beside, event)

    def _changes(self, path: Any, beside: int = -1, event: str = "open") -> None:
        """A place is about to be changed: `path`, relative to the folder of descriptor `beside`."""
        if isinstance(path, int):
            return
        with self._at_work():
            name = _whole(path, beside, follow=event == "open")
            if name and name not in self._known and not self._of_no_one(name):
                was = _kind(name)
                if event == "os.mkdir" and was != "absent":
                    return  # it changes nothing
                self._keep(name, was, whole=event == "os.rename")
                self._known.add(name)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """What this thread does meanwhile is the engine's, and not the app's."""
        me = threading.get_ident()
        self._busy.add(me)
        try:
            with self._quietly():
                yield
        finally:
            self._busy.discard(me)

    def _opens_database(self, name: Any) -> None:
        path = os.fsdecode(name)
        if path.startswith("file:"):
            place = urlsplit(path)
            if "mode=memory" in place.query or "mode=ro" in place.query:
                return
            path = unquote(place.path)
        if path and ":memory:" not in path:
            self._changes(path)

    def _of_no_one(self, name: str) -> bool:
        """Whether nobody's data are there: devices, libraries, compiled files, what the engine has."""
        if name.startswith("/dev/"):
            return not name.startswith("/dev/shm/")
        if name.startswith((*SYSTEM, *LIBRARIES, self.folder + "/")) or "/__pycache__/" in name:
            return True
        folder, _, last = name.rpartition("/")
        return folder == self._own and (last in ("log", "failure") or last.startswith(HARNESS))

    def _keep(self, name: str, was: str, *, whole: bool) -> None:
        """Keep what is there; of a folder what is in it only if it is changed as a `whole`."""
        mark = os.path.join(self.folder, sha1(name.encode(), usedforsecurity=False).hexdigest())
        try:
            os.close(os.open(f"{mark}.claimed", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return _wait_for(mark)
        except OSError:
            return None  # not ours to write to: then nothing is kept
        if was in DATA and not self._may_change(name):
            os.unlink(f"{mark}.claimed")
            self._refuse(
                f"the app would change {name}, which is no part of the copy that it runs on",
                "give it another place by its setting, or --in-place to let it change that file",
            )
        try:
            _copy(name, was, f"{mark}.was", whole=whole)
        except OSError:  # it cannot be read, say
            was = "other"
        with open(f"{mark}.draft", "w", encoding="utf-8") as file:
            file.write(f"{was}\n{name}")
        os.replace(f"{mark}.draft", f"{mark}.path")

    def _may_change(self, name: str) -> bool:
        if self._inside is None or name.startswith((self._own + "/", "/dev/shm/")):
            return True
        caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        places = (*self._inside, caches)
        folders = (text.rstrip("/") for text in self._named if text.startswith("/"))
        return any(name.startswith(place + "/") for place in (*places, *folders)) or any(
            name in text for text in self._named
        )

    def _connects(self, address: Any) -> None:
        """A store at its usual port is somebody's; ours have others."""
        if self._inside is None or not isinstance(address, tuple):
            return
        host, port = address[:2]
        store = STORES.get(port)
        if store and not any(str(port) in text for text in self._named):
            with self._at_work():
                self._refuse(
                    f"the app would use the {store} at {host}:{port}, which was not started for it",
                    f"start one for it (--with {store.lower().replace('postgresql', 'postgres')}), "
                    "or give --in-place to let it use that one",
                )

    def _refuse(self, what: str, advice: str) -> None:
        draft = os.path.join(self.folder, f"refused.{os.getpid()}")
        with open(draft, "w", encoding="utf-8") as file:
            file.write(f"{what}\n{advice}")
        os.replace(draft, os.path.join(self.folder, "refused"))
        raise PermissionError(f"workerlab: {what}")


def _whole(path: Any, beside: int, follow: bool) -> str:
    """The real path of what is named; "" for what has none."""
    try:
        name = os.fsdecode(path)
        if beside is not None and beside >= 0 and not os.path.isabs(name):
            name = os.path.join(os.readlink(f"/proc/self/fd/{beside}"), name)
        if follow:
            return os.path.realpath(name)
        folder, last = os.path.split(os.path.abspath(name))
        return os.path.join(os.path.realpath(folder), last)
    except (OSError, TypeError, ValueError):
        return ""


def _kind(name: str) -> str:
    if os.path.islink(name):
        return "link"
    if os.path.isdir(name):
        return "folder"
    if not os.path.lexists(name):
        return "absent"
    if not os.path.isfile(name):
        return "other"
    return "file" if os.path.getsize(name) <= LARGEST else "large"


def _copy(name: str, was: str, target: str, *, whole: bool) -> None:
    if was == "file":
        for end in ("", "-wal", "-journal"):  # SQLite has a part of a database there
            if not end or os.path.exists(name + end):
                _copy_file(name + end, target + end)
    elif was == "link":
        os.symlink(os.readlink(name), target)
    elif was == "folder" and whole:
        from shutil import copytree

        copytree(name, target, symlinks=True)
    elif was == "folder":
        os.mkdir(target)


def _copy_file(source: str, target: str) -> None:
    with open(source, "rb") as one, open(target, "wb") as other:
        while block := one.read(2**20):
            other.write(block)


def _wait_for(mark: str) -> None:
    """Another worker keeps the same file: until it has done so, it must not be changed."""
    until = time.monotonic() + PATIENCE_S
    while not os.path.exists(f"{mark}.path") and os.path.exists(f"{mark}.claimed"):
        if time.monotonic() > until:
            return
        time.sleep(0.001)
