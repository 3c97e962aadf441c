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
from typing import Any

DEEP, MANY = 6, 200
PLAIN = (int, float, str, bool, type(None))
PLACES = ("/site-packages/", "/lib/python", "/workerlab/", "/witness/")
LIBRARIES = ("aiocache", "cachetools", "multiprocessing.managers", "UltraDict", "collections")


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
    found: dict[str, Any] = {}
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None) or ""
        if file and not any(place in file for place in PLACES):
            found[name] = {key: _seen(value, DEEP) for key, value in [*vars(module).items()]
                           if not key.startswith("__")}  # fmt: skip
    if "multiprocessing.managers" in sys.modules:
        server = sys.modules["multiprocessing.managers"].Server
        for one in gc.get_objects():
            if type(one) is server:
                found["manager"] = [_seen(entry[0], DEEP) for entry in [*one.id_to_obj.values()]]
    return found


def _seen(value: Any, deep: int) -> Any:
    """Plain data of it, by looking only; None for all else."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (bytes, bytearray):
        return {"bytes": bytes(value).hex()} if len(value) < 10_000 else None
    if deep == 0:
        return None
    if kind is mmap.mmap:
        return {"bytes": value[:4096].hex()} if not value.closed else None
    if kind.__name__ == "SharedMemory" and kind.__module__.startswith("multiprocessing"):
        return {"bytes": bytes(value._buf[:4096]).hex()} if value._buf is not None else None
    if isinstance(value, dict):
        return [[_seen(k, deep - 1), _seen(v, deep - 1)] for k, v in [*value.items()][:MANY]]
    if isinstance(value, list | tuple | set | frozenset) or kind.__name__ == "deque":
        return [_seen(one, deep - 1) for one in [*value][:MANY]]
    if kind.__module__ == "multiprocessing.sharedctypes" or kind.__module__ == "ctypes":
        raw = getattr(value, "_obj", value)
        return getattr(raw, "value", None)
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", "") or ""
    ours = not any(place in file for place in PLACES) or kind.__module__.startswith(LIBRARIES)
    if ours and isinstance(getattr(value, "__dict__", None), dict):
        return [[key, _seen(one, deep - 1)] for key, one in [*vars(value).items()]]
    return None
