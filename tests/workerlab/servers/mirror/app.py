"""An app that reports how its worker looks from inside: all that an app may honestly use."""

from __future__ import annotations

from before import BEFORE  # isort: skip (first of all: what others import is not there yet)

import asyncio
import atexit
import contextvars
import ctypes
import gc
import json
import locale
import logging
import multiprocessing
import os
import random
import re
import resource
import signal
import stat
import sys
import tempfile
import threading
import warnings
from multiprocessing import resource_tracker
from pathlib import Path

import redis  # noqa: F401 (a library that warm workers have before)
from fastapi import FastAPI

PR_GET_DUMPABLE, PR_GET_CHILD_SUBREAPER, PR_GET_TIMERSLACK = 3, 37, 30
STATUS = ("SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Seccomp", "CapEff", "CapBnd", "Uid", "Gid",
          "Umask", "Threads")  # fmt: skip
PLACES = {str(Path(__file__).parent): "{folder}", tempfile.gettempdir(): "{temporary}"}
AT_IMPORT = {
    "the thread that imports the app": threading.current_thread().name,
    "a loop that runs at import": asyncio._get_running_loop() is not None,
    "handlers at import": {
        signal.Signals(number).name: str(signal.getsignal(number))
        for number in signal.valid_signals()
        if number < signal.SIGRTMIN and signal.getsignal(number) is not signal.SIG_DFL
    },
}
app = FastAPI()


def descriptors() -> dict[int, str]:
    """What each open descriptor is, and whether a program that we start would have it, too."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            kind = stat.S_IFMT(os.fstat(int(name)).st_mode)
            place = os.readlink(f"/proc/self/fd/{name}").partition(":")[0]
        except OSError:  # the one that listed them
            continue
        inherited = " (inherited)" * os.get_inheritable(int(name))
        words = {stat.S_IFSOCK: "socket", stat.S_IFIFO: "pipe", stat.S_IFREG: "file"}
        found[int(name)] = words.get(kind, place) + inherited
    return found


def of_workerlab(place: Path) -> bool:
    """Whether workerlab itself is imported from there: that depends on how it was installed."""
    return (place / "workerlab").is_dir() or place.name == "third_party"


def prctl(option: int) -> int:
    value = ctypes.c_int()
    got = ctypes.CDLL(None).prctl(option, ctypes.byref(value), 0, 0, 0)
    return value.value if option == PR_GET_CHILD_SUBREAPER else got


def status() -> dict[str, str]:
    """Of /proc/self/status: signals, rights, and which users it runs as."""
    lines = Path("/proc/self/status").read_text().splitlines()
    known = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {name: known[name] for name in STATUS}


def about_python() -> dict[str, object]:
    main = sys.modules["__main__"]
    return {
        "the app's module": [__name__, __file__, __package__],
        "arguments": sys.argv,
        "original arguments": [re.sub(r"=\d+", "=N", word) for word in sys.orig_argv],
        "main module": [main.__name__, *sorted(vars(main))],
        "path of modules": [place for place in sys.path if not of_workerlab(Path(place))],
        "modules before the app": BEFORE,
        "packages after its import": sorted(
            name for name, module in sys.modules.items()
            if "." not in name and "site-packages" in (getattr(module, "__file__", "") or "")
        ),
        "finders": [getattr(one, "__name__", type(one).__name__) for one in sys.meta_path],
        "flags": str(sys.flags),
        "warning filters": [str(one[:3]) for one in warnings.filters],
        "encodings": [locale.getlocale(), sys.stdout.encoding, sys.getfilesystemencoding()],
        "hooks": [sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__],
        "monitoring": [sys.monitoring.get_tool(n) for n in range(6)] if sys.version_info >= (3, 12) else [],
        "recursion limit": sys.getrecursionlimit(),
        "collector": [gc.isenabled(), gc.get_threshold()],
        "exit handlers": atexit._ncallbacks(),
        "context variables": len(contextvars.copy_context()),
        "loggers": [[name, logging.getLogger(name).level, len(logging.getLogger(name).handlers)]
                    for name in ("", "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio")],
        "standard streams": [str(type(sys.stdin)), str(type(sys.stdout)), sys.stdout.line_buffering],
    }  # fmt: skip


def about_the_process() -> dict[str, object]:
    current, parent = multiprocessing.current_process(), multiprocessing.parent_process()
    tracker = resource_tracker._resource_tracker
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return {
        "start method": multiprocessing.get_start_method(),
        "class of the process": str(type(current)),
        "daemon": current.daemon,
        "name of the parent": parent.name,
        "children": [one.name for one in multiprocessing.active_children()],
        "resource tracker": [tracker._fd is not None, tracker._pid],
        "working directory": [os.getcwd(), os.environ["PWD"]],
        "status": status(),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "priority": [os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)],
        "processors": sorted(os.sched_getaffinity(0)),
        "kernel's settings": [*map(prctl, (PR_GET_DUMPABLE, PR_GET_CHILD_SUBREAPER, PR_GET_TIMERSLACK))],
        "chance of being ended": Path("/proc/self/oom_score_adj").read_text(),
        "descriptors that go on": sorted(x for x in descriptors().values() if "inherited" in x),
        "environment": sorted(os.environ),
        "name of the machine": os.uname().nodename,
        "root folder": sorted(os.listdir("/")),
        "threads": sorted(one.name for one in threading.enumerate()),
    }  # fmt: skip


def about_the_loop() -> dict[str, object]:
    loop = asyncio.get_running_loop()
    return {
        "loop": str(type(loop)),
        "policy": str(type(asyncio.get_event_loop_policy())),
        "debug": loop.get_debug(),
        # Their kinds: a request that has its response may not have ended yet. asyncio accepts a
        # connection in a task, which is there for a moment.
        "tasks": sorted(
            {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
            - {"BaseSelectorEventLoop._accept_connection2"}
        ),
        "thread of requests": threading.current_thread().name,
    }


def alone() -> dict[str, object]:
    """What differs between workers, or between two starts: only how it does is compared."""
    parent = os.getppid()
    started = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[19]
    sockets = sorted(
        os.fstat(int(name)).st_ino
        for name, what in descriptors().items()
        if what.startswith("socket") and name > 2
    )
    return {
        "pid": os.getpid(),
        "parent": parent,
        "parent by name": multiprocessing.parent_process().pid,
        "group": os.getpgrp(),
        "session": os.getsid(0),
        "start of the parent": started,
        "environment of the parent": Path(f"/proc/{parent}/environ").read_bytes().hex(),
        "secret of hashes": hash("text"),
        "random number": random.random(),
        "name": multiprocessing.current_process().name,
        "key": bytes(multiprocessing.current_process().authkey).hex(),
        "sockets": sockets,
        "printed to": os.fstat(1).st_ino,
        "main thread": threading.main_thread().ident,
    }


def normal(value: object) -> object:
    """Without what has to differ: where the app lies, and addresses in memory."""
    text = re.sub(r" at 0x[0-9a-f]+", "", json.dumps(value))
    for place, name in PLACES.items():
        text = text.replace(place, name)
    return json.loads(text)


@app.get("/")
async def look() -> dict:
    same = {**AT_IMPORT, **about_python(), **about_the_process(), **about_the_loop()}
    return {"same": normal(same), "alone": alone()}
