"""The script that everything else hangs on, and the caller's side of it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workerlab.errors import NotReady
from workerlab.processes import tree
from workerlab.processes.child import Child
from workerlab.processes.starts import LIFELINE
from workerlab.servers import readiness


@pytest.fixture
def child():
    child = Child(patience=0.5)
    yield child
    child.close(kill=True)


def run(child: Child, script: str) -> None:
    child.open(["/bin/sh", "-c", script])
    child.start()


def wait_for(condition, deadline: float = 10.0):
    until = time.monotonic() + deadline
    while not (value := condition()):
        assert time.monotonic() < until, "it did not come in time"
        time.sleep(0.005)
    return value


def test_a_command_that_ends_tells_its_status(child):
    run(child, "echo hello; exit 7")
    assert wait_for(lambda: child.poll() is not None)
    assert (child.status, child.pid, child.log) == (7, None, "hello\n")


def test_a_command_is_stopped_and_started_again_in_the_same_folder(child):
    run(child, 'echo "from $$"; exec sleep 1000')
    first = child.pid
    wait_for(lambda: "from" in child.log)
    child.stop()
    assert (child.status, child.pid) == (-signal.SIGTERM, None)
    child.start()
    assert child.pid not in (None, first)
    wait_for(lambda: child.log.count("from") == 2)


def test_a_command_that_ignores_its_signal_is_killed(child):
    run(child, "trap '' TERM; echo deaf; while true; do sleep 1; done")
    wait_for(lambda: "deaf" in child.log)
    child.stop()
    assert child.status == -signal.SIGKILL


def test_a_paused_command_can_be_stopped(child):
    run(child, "exec sleep 1000")
    child.pause()
    child.stop()
    assert child.status == -signal.SIGTERM


def test_a_command_that_is_stopped_before_it_runs_hears_its_signal(child):
    child.open(["/bin/sh", "-c", "exec sleep 1000"])
    for _ in range(30):
        child.start()
        child.stop()
        assert child.status == -signal.SIGTERM


def test_orphans_in_sessions_of_their_own_are_killed_too(child):
    run(child, "for i in 1 2 3; do setsid sh -c 'sleep 1000 & sleep 1000' & done; echo on; wait")
    pids = wait_for(lambda: len(t := tree.descendants(child.lifeline_pid)) >= 10 and t)
    child.close()
    assert not readiness.alive(pids)
    assert not child.folder.exists()
    assert child.log.startswith("on\n"), "the log can be read after the folder has gone"


def test_the_folder_goes_whatever_is_in_it(child):
    child.open(["/bin/true"])
    child.folder.joinpath("a", "b").mkdir(parents=True)
    child.folder.joinpath("a", "file").write_text("x")
    child.folder.joinpath("link").symlink_to("/nowhere")
    child.close()
    assert not child.folder.exists()


def test_when_the_lifeline_is_killed_the_caller_does_its_work(child):
    run(child, "sleep 1000 & sleep 1000")
    pids = wait_for(lambda: len(t := tree.descendants(child.lifeline_pid)) == 3 and t)
    os.kill(child.lifeline_pid, signal.SIGKILL)
    with pytest.raises(NotReady, match="gone"):
        wait_for(child.stop)
    child.close()
    for pid in pids:
        readiness.wait_for_end(pid)
    assert not child.folder.exists()


def test_a_folder_that_cannot_be_made(child):
    child.folder = Path("/proc/nowhere")
    with pytest.raises(NotReady, match="gone") as caught:
        child.open(["/bin/true"])
    assert caught.value.advice


def test_a_command_that_is_not_there(child):
    child.open(["/no/such/program"])
    child.start()
    assert wait_for(lambda: child.poll() is not None)
    assert child.status == 127
    assert "cannot run /no/such/program" in child.log


def test_sigterm_to_the_lifeline_ends_everything(child):
    run(child, "exec sleep 1000")
    pid = child.pid
    os.kill(child.lifeline_pid, signal.SIGTERM)
    readiness.wait_for_end(pid)
    wait_for(lambda: not child.folder.exists())


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_as_root_the_command_can_run_as_another_user():
    child = Child(user=65534)
    child.open(["/usr/bin/id", "-u"], cwd="/")
    child.start()
    wait_for(lambda: child.poll() is not None)
    child.close()
    assert child.log == "65534\n"


@pytest.mark.skipif(not shutil.which("ps"), reason="there is no ps here")
def test_without_proc_ps_tells_the_same(child):
    run(child, "exec sleep 1000")
    ours = [child.lifeline_pid, *tree.descendants(os.getpid())]
    known, told = tree.parents(), tree.look()
    assert {pid: known[pid] for pid in ours} == {pid: told[pid][0] for pid in ours}
    wait_for(lambda: tree.look()[child.pid][1][0] == "S")  # once it has become `sleep`
    mine = [
        pid
        for pid, (parent, state, _) in told.items()
        if parent == os.getpid() and not state.startswith("Z")
    ]
    assert child.lifeline_pid in mine
    assert set(mine) <= set(ours), "ps counts itself"


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [("0:00.03", 0.03), ("125:07.50", 7507.5), ("01:02:03", 3723), ("2-00:00:01", 172801)],
)
def test_processor_time_as_ps_prints_it(printed, seconds):
    assert tree.seconds(printed) == pytest.approx(seconds)


def test_without_proc_an_orphan_is_its_sessions(monkeypatch):
    """On macOS orphans go to process 1."""
    table = dict.fromkeys((10, 11, 12, 13), (1, "S", 0.0)) | {14: (11, "Z+", 0.0)}
    sessions = {10: 10, 11: 10, 12: 99, 13: 0}
    monkeypatch.setattr(tree, "has_proc", lambda: False)
    monkeypatch.setattr(tree, "look", lambda: table)
    monkeypatch.setattr(tree.os, "getsid", sessions.get)
    assert tree.parents() == {10: 1, 11: 10, 12: 1, 13: 1}


def test_macos_tells_of_an_end_by_its_own_queue(monkeypatch):
    asked = []

    class Queue:
        def control(self, events, most):
            asked.append((events, most))

    monkeypatch.setattr(tree.select, "kqueue", Queue, raising=False)
    monkeypatch.setattr(tree.select, "kevent", lambda pid, *_, **__: pid, raising=False)
    for name in ("KQ_FILTER_PROC", "KQ_EV_ADD", "KQ_NOTE_EXIT"):
        monkeypatch.setattr(tree.select, name, 0, raising=False)
    (queue,) = tree.watch(4711)
    assert isinstance(queue, Queue)
    assert asked == [([4711], 0)]


def test_segments_as_macos_lists_them(monkeypatch):
    listed = """IPC status from <running system> as of Sat Nov 28 04:00:00 UTC 2026
T     ID     KEY        MODE       OWNER    GROUP NATTCH   CPID   LPID
Shared Memory:
m  65536 0x0052e2c1 --rw-------    alice    staff      0   4711   4711
"""
    done = subprocess.CompletedProcess([], 0, stdout=listed)
    monkeypatch.setattr(tree, "has_proc", lambda: False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert tree._segments_from_ipcs() == [(65536, 4711, 0)]


def test_it_starts_quickly():
    """Everything waits for it: it must import next to nothing."""
    script = "import sys; sys.path[:0] = [sys.argv[1]]; import lifeline; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", script, str(LIFELINE.parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    dear = {"subprocess", "argparse", "json", "re", "asyncio", "typing", "shutil", "ctypes"}
    assert not dear & set(done.stdout.split())
