"""Starts and stops of everything at once, some by SIGKILL of the caller: nothing may stay.

The long form (200 rounds) is `make leaks`.
"""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

LEAKS = Path(__file__).parents[3] / "benchmarks" / "leaks.py"


@pytest.fixture(scope="module")
def leaks():
    spec = spec_from_file_location("leaks", LEAKS)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_nothing_is_left_by_twelve_starts_and_stops(leaks):
    assert leaks.rounds(count=12, kills=5, seed=2) == []


def test_a_leak_would_be_seen(leaks, monkeypatch):
    """The watcher itself: a caller that leaves something of every kind."""
    monkeypatch.setattr(leaks, "GONE_WITHIN", 0.5)
    this = leaks.Round("uvicorn", with_postgres=False)
    this.caller.kill()
    this.caller.communicate()
    this.ports = []
    this.folder.joinpath("forgotten").write_text("")
    segment = Path("/dev/shm", f"leak-{this.mark}")
    segment.write_text("")
    environment = {**os.environ, leaks.MARK: this.mark}
    with subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=-1) as process:
        try:
            left = this.left()
        finally:
            segment.unlink()
            process.kill()
    assert sorted(left) == sorted(
        [f"process {process.pid}", "file forgotten", f"shared memory {segment.name}"]
    )
