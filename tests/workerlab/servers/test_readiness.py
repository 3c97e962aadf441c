"""Meeting workers, the starved and the dying too."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from workerlab.errors import NotReady
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


def test_nobody_stays_stopped(server):
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


def test_a_deadline_says_who_is_missing(server):
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
