"""What the conductor does when a worker has gone, or lies."""

import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection

import pytest

from workerlab.stepping.controller.conductor import Conductor
from workerlab.stepping.controller.remote_task import RemoteTask, State
from workerlab.stepping.controller.source_lines import Sources
from workerlab.stepping.program import Request
from workerlab.stepping.protocol import FREE, address, encode


def test_a_connection_that_broke_while_sending_is_never_used_again():
    ours, theirs = socket.socketpair()
    theirs.close()
    connection = HTTPConnection("127.0.0.1")
    connection.sock = ours
    task = RemoteTask("A", Request("POST", "/increment"), 1, connection)
    with Conductor(Sources([])) as conductor:
        conductor.start([task])
        conductor.send(task, "thread")
    assert (task.error, task.state, task.answered) == ("BrokenPipeError", State.DONE, True)
    assert connection.sock is None


@pytest.mark.parametrize(
    "said",
    [
        b"gate\t1\t2\n",
        b"gate\tx\t0\t1\tcall\tf\tapp.py\t\n",
        b"gate\t1\t0\t1\tcall\tf\tapp.py\t[1]\n",
        b"gate\t1\t0\t1\tcall\tf\tapp.py\t" + b"[" * 60_000 + b"\n",
        b"\xff\xff\n",
        b"x" * 70_000,
        b"pass\t1\t0\t1\tcall\tf\tapp.py\t\n" * 10_001,
    ],
)
def test_a_worker_that_talks_nonsense_is_let_go(said):
    ours, theirs = socket.socketpair()
    connection = HTTPConnection("127.0.0.1")
    connection.sock = ours
    task = RemoteTask("A", Request("POST", "/increment"), 1, connection)
    with Conductor(Sources([])) as conductor, socket.socket(socket.AF_UNIX) as worker, theirs:
        conductor.start([task])
        conductor.send(task, "thread")
        worker.connect(address(conductor.path))
        worker.sendall(encode("task", conductor.label(task), 1))
        while task.channel is None:
            assert conductor.poll(5)
        talk = threading.Thread(target=_say, args=(worker, said))
        talk.start()
        while task.held:
            assert conductor.poll(5)
        talk.join()
        ours.close()


def _say(worker, words):
    with suppress(OSError):  # the conductor may hang up before the end
        worker.sendall(words)


def test_who_knocks_and_says_nothing_or_comes_twice_is_sent_away(monkeypatch):
    monkeypatch.setattr("workerlab.stepping.controller.conductor.KNOCK_S", 0.01)
    with Conductor(Sources([])) as conductor:
        for words in (b"", b"task\tnobody\t1\n", b"\xff\n", b"task"):
            with socket.socket(socket.AF_UNIX) as worker:
                worker.connect(address(conductor.path))
                worker.sendall(words)
                assert conductor.poll(5)
                worker.settimeout(5)
                assert worker.recv(1) == FREE
