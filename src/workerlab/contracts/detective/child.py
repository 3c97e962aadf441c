"""Runs a student's detective in a process of its own; the grader reads one line from a pipe.

    python -I -B child.py PIPE FOLDER URL

The grader uses what comes through the pipe only as an answer, or as text for the student.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shutil
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

CLIENT_S = 10.0  # seconds that one request may take
LONGEST = 4000  # characters of a traceback


def own_part(error: BaseException, folder: str) -> str:
    """The traceback, from the first frame in the student's folder on."""
    trace = traceback.TracebackException.from_exception(error)
    own = [i for i, frame in enumerate(trace.stack) if frame.filename.startswith(folder)]
    del trace.stack[: own[0] if own else 0]
    return "".join(trace.format())[-LONGEST:]


def writable(folder: str) -> str:
    """The folder, or a copy that can be written, where a sandbox shows it but keeps it as it is."""
    if os.access(folder, os.W_OK):
        return folder
    return shutil.copytree(folder, os.path.join(tempfile.mkdtemp(), os.path.basename(folder)))


async def ask(diagnose: Callable[[httpx.AsyncClient, str], Awaitable[object]], url: str) -> object:
    import httpx

    async with httpx.AsyncClient(timeout=CLIENT_S, trust_env=False) as client:
        return await diagnose(client, url)


def run(folder: str, url: str) -> dict[str, str]:
    """The report to the grader: {"answer": …} or {"problem": …, "details": …}."""
    sys.path.insert(0, folder)
    os.chdir(folder)
    try:
        import detective  # type: ignore[import-not-found]  # the student's

        diagnose = getattr(detective, "diagnose", None)
        if not inspect.iscoroutinefunction(diagnose):
            return {"problem": "detective.py has no `async def diagnose(client, url)`"}
        answer = asyncio.run(ask(diagnose, url))
    except BaseException as error:  # noqa: BLE001 (SystemExit, too: it is no answer)
        problem = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        return {"problem": f"it ended with {problem}", "details": own_part(error, folder)}
    if not isinstance(answer, str):
        return {"problem": f"it answered {answer!r:.60}, which is not a string"}
    return {"answer": str(answer)[:200]}


if __name__ == "__main__":
    pipe, folder, url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    os.set_inheritable(pipe, False)
    folder = writable(folder)
    sys.argv[1:] = [url]  # as in `python detective.py URL`
    report = json.dumps(run(folder, url))
    sys.stdout.flush()
    os.write(pipe, report.encode() + b"\n")
    os._exit(0)  # all that the student has left running ends here
