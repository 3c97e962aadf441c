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
    """A kernel with a server and a Redis; yields how to ask it, its manager and its mark."""
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
        reply = self.client.execute(
            code, user_expressions={"value": value}, reply=True, timeout=SECONDS
        )
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
@pytest.mark.parametrize("at_once", [False, True], ids=["asked", "killed"])
def test_restart_leaves_no_process_and_no_file(kernel, at_once):
    ask, manager, mark, folder = kernel
    ask(STORES)
    manager.shutdown_kernel(now=at_once, restart=True)
    assert left_running(mark, deadline=15) == []
    assert list(folder.iterdir()) == []
