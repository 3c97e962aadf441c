"""What the buttons do: Interrupt spares the servers, Restart leaves nothing of them."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest
from chapters import NOTEBOOKS
from jupyter_client.manager import start_new_kernel
from watching import MARK, left_running

SECONDS = 60
ASKED_OR_KILLED = [
    pytest.param(False, id="asked", marks=pytest.mark.nightly),
    pytest.param(True, id="killed"),
]
STORES = """
import httpx
from workerlab import burst, serve
from workerlab.services import Redis
store = Redis(own=True)
store.start()
server = serve("apps/who.py", workers=2)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes in /proc")


@pytest.fixture
def kernel():
    """A notebook kernel with a server and a Redis; yields how to ask it, its manager and its mark."""
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        env = os.environ | {MARK: mark, "TMPDIR": folder}
        manager, client = start_new_kernel(env=env, cwd=str(NOTEBOOKS))
        try:
            yield Asking(client), manager, mark, Path(folder)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


class Asking:
    def __init__(self, client) -> None:
        self.client = client

    def __call__(self, code: str, value: str = "None") -> str:
        """Run code to its end; return what `value` then shows."""
        expressions, status = {"value": value}, "aborted"
        while (
            status == "aborted"
        ):  # not run at all: the notebook kernel drops what comes close upon an error
            reply = self.client.execute(
                code, user_expressions=expressions, reply=True, timeout=SECONDS
            )
            status = reply["content"]["status"]
        assert reply["content"]["status"] == "ok", reply["content"].get("evalue")
        return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]


def running(code: str, ask: Asking) -> str:
    """Begin to run code; return the id of the request once the kernel is at work on it."""
    request = ask.client.execute(code)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        message = ask.client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == request and message["msg_type"] == "stream":
            return request
    raise TimeoutError("the cell did not begin")


@pytest.mark.timeout(5 * SECONDS)
def test_interrupt_in_the_middle_of_a_burst_spares_the_servers(kernel):
    ask, manager, _, _ = kernel
    pids = ask(STORES, "server.pids")
    request = running(
        "print('begun', flush=True)\nburst(server, [('GET', '/who')] * 10**6, clients=4)", ask
    )
    manager.interrupt_kernel()
    while (reply := ask.client.get_shell_msg(timeout=SECONDS))["parent_header"][
        "msg_id"
    ] != request:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert ask("history = burst(server, [('GET', '/who')] * 20)", "len(history.answered)") == "20"
    assert ask("", "server.pids") == pids
    assert ask("import redis; r = redis.Redis.from_url(store.url)", "r.ping()") == "True"


@pytest.mark.timeout(5 * SECONDS)
@pytest.mark.parametrize("at_once", ASKED_OR_KILLED)
def test_restart_leaves_no_process_and_no_file(kernel, at_once):
    ask, manager, mark, folder = kernel
    ask(STORES)
    manager.shutdown_kernel(now=at_once, restart=True)
    assert left_running(mark, deadline=15) == []
    assert list(folder.iterdir()) == []


LIVE = """
from workerlab import live
game = live("apps/shared_memory.py", env={"STATE_FILE": STATE_FILE})
game.step("A")
pids = game.run.stepped.server.pids
"""


@pytest.fixture
def live(tmp_path) -> str:
    """The code of a cell that holds a worker in the middle of a request."""
    (tmp_path / "count").write_bytes(bytes(8))
    return f"STATE_FILE = {str(tmp_path / 'count')!r}\n{LIVE}"


@pytest.mark.nightly
@pytest.mark.timeout(5 * SECONDS)
def test_interrupt_spares_the_workers_that_a_reader_holds(kernel, live):
    ask, manager, _, _ = kernel
    pids = ask(live, "pids")
    request = running("print('begun', flush=True)\nwhile True: pass", ask)
    manager.interrupt_kernel()
    while ask.client.get_shell_msg(timeout=SECONDS)["parent_header"]["msg_id"] != request:
        pass
    assert ask("game.go('ABAB')", "game.outcome['status']") == "'found'"
    assert ask("", "game.run.stepped.server.pids") == pids


@pytest.mark.further
@pytest.mark.timeout(5 * SECONDS)
@pytest.mark.parametrize("at_once", ASKED_OR_KILLED)
def test_restart_leaves_nothing_of_the_workers_that_a_reader_holds(kernel, live, at_once):
    ask, manager, mark, folder = kernel
    ask(live)
    manager.shutdown_kernel(now=at_once, restart=True)
    assert left_running(mark, deadline=15) == []
    assert list(folder.iterdir()) == []
