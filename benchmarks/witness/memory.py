"""What the memory of one process holds, told to the witness on a socket, by a thread beside the app.

It runs only when it is asked, while all requests stand still, and calls nothing of the app's: it
looks into the modules of the app's folder, into objects of its classes, and into shared memory that
is open here.
"""

from __future__ import annotations

import _thread
import contextlib
import gc
import json
import mmap
import os
import socket
import sys
from collections import OrderedDict, defaultdict, deque
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import Any

DEEP, MANY, MOST = 6, 200, 5000  # levels, parts of one thing, and things in one answer
PLAIN = (int, float, str, bool, type(None))
PLACES = ("/site-packages/", "/lib/python", "/workerlab/", "/witness/", "/third_party/")
LIBRARIES = (
    *(
        "aiocache",
        "cachetools",
        "collections",
        "multiprocessing.managers",
        "starlette.datastructures",
    ),
    *("UltraDict", "multiprocessing.shared_memory"),
)


def address(pid: int) -> str:
    """An abstract socket: no file, so nothing is left behind."""
    return f"\0workerlab-witness-{pid}"


def begin() -> None:
    """Let a thread answer from now on."""
    with contextlib.suppress(OSError):
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(address(os.getpid()))
        listening.listen()
        _thread.start_new_thread(_answer, (listening,))


def ask(pid: int) -> dict[str, Any] | None:
    """What the memory of a process holds, by the names of its modules; None if nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(1.0)
        try:
            asking.connect(address(pid))
            said = b"".join(iter(lambda: asking.recv(1 << 20), b""))
            found: dict[str, Any] = json.loads(said)
        except (OSError, ValueError):
            return None
        return found


def _answer(listening: socket.socket) -> None:
    while True:
        try:
            asking, _ = listening.accept()
        except OSError:
            return
        with asking, contextlib.suppress(OSError):
            try:
                said = json.dumps(_held())
            except Exception as error:  # noqa: BLE001 (never an error in the app)
                said = json.dumps({"broken": repr(error)})
            asking.sendall(said.encode())


def _held() -> dict[str, Any]:
    look = Look()
    found: dict[str, Any] = {}
    for name, module in [*sys.modules.items()]:
        if _is_of_the_app(module):
            found[name] = {key: look.at(value, DEEP) for key, value in [*vars(module).items()]
                           if not key.startswith("__")}  # fmt: skip
    if "multiprocessing.managers" in sys.modules:
        server = sys.modules["multiprocessing.managers"].Server
        for one in gc.get_objects():
            if type(one) is server:
                objects = [entry[0] for entry in [*one.id_to_obj.values()]]
                found["manager"] = [look.at(each, DEEP) for each in objects]
    return found


class Look:
    """One look at the memory, which comes to each thing once."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def at(self, value: Any, deep: int) -> Any:
        """Plain data of it, by looking only; None for all else."""
        kind = type(value)
        if kind in PLAIN or issubclass(kind, PurePath):
            return value if kind in PLAIN else os.fspath(value)
        if kind in (bytes, bytearray):
            return {"bytes": bytes(value).hex()} if len(value) < 10_000 else None
        if deep == 0 or id(value) in self._known or len(self._known) > MOST:
            return None
        self._known.add(id(value))
        if kind in (ModuleType, FunctionType):
            return None
        if (shared := _shared(value)) is not None:
            return {"bytes": shared.hex()}
        if kind in (dict, OrderedDict, defaultdict):  # a class of the app's has methods of its own
            pairs = [*value.items()][:MANY]
            return [[self.at(key, deep - 1), self.at(one, deep - 1)] for key, one in pairs]
        if kind in (list, tuple, set, frozenset, deque):
            return [self.at(one, deep - 1) for one in [*value][:MANY]]
        if kind.__module__ in ("multiprocessing.sharedctypes", "ctypes"):
            return getattr(getattr(value, "_obj", value), "value", None)
        if kind.__name__ in ("FastAPI", "Starlette"):
            return [["state", self.at(vars(value).get("state"), deep - 1)]]
        name = value.__module__ if kind is type else kind.__module__
        if not name.startswith(LIBRARIES) and not _is_of_the_app(sys.modules.get(name)):
            return None
        return [[key, self.at(one, deep - 1)] for key, one in _attributes(value).items()]


def _shared(value: Any) -> bytes | None:
    """The first bytes of shared memory that is open here."""
    if type(value) is mmap.mmap:
        return None if value.closed else value[:4096]
    if type(value).__module__ == "multiprocessing.shared_memory":
        raw = getattr(value, "_buf", None)
        return None if raw is None else bytes(raw[:4096])
    return None


def _is_of_the_app(module: Any) -> bool:
    file = getattr(module, "__file__", None) or ""
    return bool(file) and not any(place in file for place in PLACES)


def _attributes(value: Any) -> dict[str, Any]:
    """What an object has by itself: no method of its class is called."""
    found: dict[str, Any] = {}
    with contextlib.suppress(AttributeError):
        found |= object.__getattribute__(value, "__dict__")
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            with contextlib.suppress(AttributeError):
                found[name] = object.__getattribute__(value, name)
    return found
