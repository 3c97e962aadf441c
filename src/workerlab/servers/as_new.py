"""A process that exists already goes on as if it had just been started by `python -c PROGRAM`.

The standard library starts uvicorn's workers in this way (multiprocessing's `spawn`). A warm
worker exists before, with its libraries; so it has to drop what a new process would not have.
"""

from __future__ import annotations

import atexit
import builtins
import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from contextvars import Context
from multiprocessing import resource_tracker, util
from types import ModuleType
from typing import Any, NoReturn

__all__ = ["Handlers", "close_all_but", "handlers", "restore", "run_as_new", "run_to_the_end"]

STANDARD = (0, 1, 2)  # descriptors that every process is given
Handlers = dict[int, "signal.Handlers | int | Any"]


def handlers() -> Handlers:
    """What this process does at each signal."""
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def restore(before: Handlers) -> None:
    """Do at each signal what was done `before`."""
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def close_all_but(kept: Collection[int]) -> None:
    """Close every descriptor but these and the standard ones, and let new programs inherit these."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (*STANDARD, *kept):
            with suppress(OSError):  # the one by which the folder was read
                os.close(int(name))
    for number in kept:
        os.set_inheritable(number, True)


def run_as_new(command: list[str]) -> NoReturn:
    """Do what the command `python [OPTIONS] -c PROGRAM WORDS ...` does, and end as it does."""
    place = command.index("-c")
    sys.orig_argv, sys.argv = command, ["-c", *command[place + 2 :]]
    main = ModuleType("__main__")
    main.__dict__.update({"__builtins__": builtins, "__annotations__": {}})
    sys.modules["__main__"] = main
    # What belongs to the process that we were forked from is not ours to wait for.
    resource_tracker._resource_tracker._pid = None  # type: ignore[attr-defined]  # CPython's own
    run_to_the_end(lambda: Context().run(exec, command[place + 1], main.__dict__))


def run_to_the_end(program: Callable[[], object]) -> NoReturn:
    """Run it, and end this process as Python would."""
    status = 1
    try:
        program()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (as any Python says it)
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        util._flush_std_streams()  # type: ignore[attr-defined]  # CPython's own
        os._exit(status)
