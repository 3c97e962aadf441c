"""Meeting workers, the starved and the dying too."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from workerlab.errors import NotReady
from workerlab.processes import tree
from workerlab.servers import Server, readiness


def state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_one_worker_that_never_wins_the_race_is_met(counter):
    """One worker on an idle machine would take nearly every connection."""
    with Server(counter, workers=3) as server:
        starved = server.pids[-1]
        os.setpriority(os.PRIO_PROCESS, starved, 19)
        assert starved in server.wait_for_workers(deadline=10)


def test_no_worker_stays_stopped(server):
    server.wait_for_workers()
    assert not [pid for pid in server.pids if state_of(pid) == "T"]


def test_stopped_processes_go_on_even_after_an_error():
    child = subprocess.Popen(["sleep", "60"])
    try:
        with pytest.raises(KeyboardInterrupt), readiness.stopped([child.pid]):
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
            assert state_of(child.pid) == "T"
            raise KeyboardInterrupt
        os.waitid(os.P_PID, child.pid, os.WCONTINUED)
        assert state_of(child.pid) != "T"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_all_connections_to_one_worker_are_its_own(server):
    one, *others = server.pids
    lines = readiness.meet_one(int(server.url.rpartition(":")[2]), one, others, 20, 10)
    try:
        for line in lines:
            line.request("GET", readiness.PROBE)
            assert int(line.getresponse().headers["x-worker-pid"]) == one
    finally:
        readiness.close(lines)


def test_a_worker_that_does_not_answer_is_not_waited_for_in_vain(server):
    one, *others = server.pids
    with readiness.stopped([one]), pytest.raises(NotReady, match=f"worker {one} did not answer"):
        readiness.meet_one(int(server.url.rpartition(":")[2]), one, others, 2, 0.2)


def test_a_deadline_says_what_is_missing(server):
    with pytest.raises(NotReady, match="3 of 4 workers answered within 1 s"):
        server.wait_for_workers(n=4, deadline=1)


def test_a_worker_that_claims_to_be_another_process_is_not_believed(write_app):
    """Else it could have the harness stop, or kill, the process it names."""
    app = write_app(
        "import os\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "os.getpid = lambda ppid=os.getppid: 1\n"
    )
    with pytest.raises(NotReady, match="0 of 1 workers"):
        Server(app, workers=1, deadline=1).start()


def test_boot_and_the_harness_agree_on_the_probe():
    boot = Path(readiness.__file__).with_name("boot.py").read_text()
    assert f'PROBE = "{readiness.PROBE}"' in boot


def test_time_that_the_machine_had_no_processor_for_them_does_not_count():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(NotReady, match="0 of 1 workers answered within 0.1 s"):
            readiness.meet(port, 1, 0.1, kept_waiting=lambda: 0.4)
    assert time.monotonic() - began > 0.5


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux tells")
def test_who_shares_a_core_is_kept_waiting():
    core = min(os.sched_getaffinity(0))
    script = f"import os\nos.sched_setaffinity(0, [{core}])\nwhile True: pass"
    rivals = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    try:
        until = time.monotonic() + 30
        while min(tree.seconds_kept_waiting(rival.pid) for rival in rivals) < 0.1:
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
    assert tree.seconds_kept_waiting(rivals[0].pid) == 0, "it has ended"


def test_a_connection_on_which_the_other_side_hung_up_is_not_open():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = HTTPConnection(*listener.getsockname())
        assert not readiness.is_open(connection)  # not connected yet
        connection.connect()
        theirs, _ = listener.accept()
        assert readiness.is_open(connection)
        theirs.close()
        select.select([connection.sock], [], [], 5)  # until the news has come
        assert not readiness.is_open(connection)
        connection.close()
