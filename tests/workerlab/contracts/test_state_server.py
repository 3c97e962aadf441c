"""A student's state server: reached at a path or a port, ended and started, gone afterwards."""

import os
import signal
from pathlib import Path

import pytest

from workerlab.contracts.state_server import StateServer, unused_address
from workerlab.errors import AppDidNotStart

LISTENS = """
import os, socket, time
where = os.environ["STATE_SERVER"]
host, _, port = where.rpartition(":")
family, place = (socket.AF_UNIX, where) if where[0] == "/" else (socket.AF_INET, (host, int(port)))
if where[0] == "/" and os.path.exists(where):
    os.unlink(where)
listener = socket.socket(family)
listener.bind(place)
listener.listen()
"""


def folder_with(tmp_path: Path, end: str) -> Path:
    (tmp_path / "state_server.py").write_text(LISTENS + end)
    return tmp_path


@pytest.mark.parametrize("address", [None, unused_address()], ids=["path", "port"])
def test_it_is_reached_ended_and_started_again(tmp_path, address):
    with StateServer(folder_with(tmp_path, "time.sleep(600)\n"), address) as server:
        first = server.pid
        assert server.env["STATE_SERVER"] == server.address
        assert (server.socket_file is None) == (address is not None)
        for kill in (False, True):
            server.end(kill=kill)
            assert server.pid is None
            server.start()
        assert server.pid not in (None, first)
        last = server.pid
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_one_that_ends_is_reported_with_its_last_words(tmp_path):
    (tmp_path / "state_server.py").write_text("raise SystemExit('no key, no server')\n")
    with pytest.raises(AppDidNotStart, match="exit status 1") as told, StateServer(tmp_path):
        pass
    assert "no key, no server" in told.value.details


def test_one_that_does_not_listen_to_sigterm_had_to_be_killed(tmp_path):
    ignores = f"import signal; signal.signal({int(signal.SIGTERM)}, signal.SIG_IGN)\n"
    folder = folder_with(tmp_path, "time.sleep(600)\n")
    (folder / "state_server.py").write_text(ignores + (folder / "state_server.py").read_text())
    with StateServer(folder) as server:
        server.end()
        assert server.had_to_be_killed
        server.start()
        server.end(kill=True)


def test_what_it_leaves_running_is_named(tmp_path):
    folder = folder_with(tmp_path, "time.sleep(600)\n")
    leaves = "import subprocess\nsubprocess.Popen(['sleep', '600'])\n"
    # before it listens: a client that reaches it knows that the other process runs, too
    (folder / "state_server.py").write_text(leaves + (folder / "state_server.py").read_text())
    with StateServer(folder) as server:
        server.end()
        assert [name for name in server.child.left_behind if "sleep" in name]


def test_every_address_is_another():
    assert len({unused_address() for _ in range(20)}) == 20
