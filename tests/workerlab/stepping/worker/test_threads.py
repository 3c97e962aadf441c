"""Work that a request hands to a thread, or keeps in a text, is stepped like its own lines."""

import subprocess
import sys

import pytest

from workerlab.stepping import replay, search

TWO = "POST /increment | POST /increment"
WAYS = ("the loop's executor", "a pool", "a new thread", "a text", "an untraced thread")


@pytest.mark.parametrize("way", WAYS)
def test_it_is_held_and_loses(stepped_app, way):
    stepped = stepped_app("by_threads", env={"HOW": way})
    verdict = search(stepped, TWO)
    assert verdict.status == "failed", verdict.message
    assert "A is answered 1, B is answered 1, report says 1" in verdict.evidence["actual"]
    sources = [step["source"] for step in verdict.evidence["steps"]]
    where = "of a text that is run" if way == "a text" else "count = store.read()"
    assert any(where in source for source in sources)
    assert replay(stepped, verdict.evidence).status == "failed"


def test_an_app_of_which_nothing_can_be_held_has_not_passed(stepped_app):
    verdict = search(stepped_app("all_elsewhere"), TWO)
    assert verdict.status == "inconclusive"
    assert "not one step was met in the app's own files" in verdict.message
    serial = search(stepped_app("all_elsewhere"), "GET /report", model="serial")
    assert serial.status == "passed"  # where nothing is shared, there may be nothing to hold


# In a process of its own, because what is taken along stays so.
FROM_3_14_ON = """
import math, threading
from concurrent.futures import InterpreterPoolExecutor
from contextvars import Context, ContextVar
from types import SimpleNamespace
from workerlab.stepping.worker.student_files import Files
from workerlab.stepping.worker.threads import take_along

current, mine = ContextVar("current", default=None), ContextVar("mine", default="nothing")
take_along(current, Files("/app"))
current.set(SimpleNamespace(free=False, hand_over=threading.Event))

own, seen = Context(), []
mine.set("the request's")
space = {"look": lambda: None, "seen": seen, "mine": mine, "current": current}
exec(compile("def look(): seen.append((mine.get(), current.get()))", "/app/app.py", "exec"), space)
thread = threading.Thread(target=space["look"], context=own)
thread.start()
thread.join()
assert seen == [("nothing", current.get())], seen

with InterpreterPoolExecutor(1) as pool:
    assert pool.submit(math.factorial, 5).result() == 120
"""


@pytest.mark.skipif(sys.version_info < (3, 14), reason="threads are given contexts from 3.14 on")
def test_a_context_of_its_own_and_another_interpreter_are_left_as_they_are():
    command = [sys.executable, "-c", FROM_3_14_ON]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
