"""Whose a connection is."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

from workerlab.processes.ports import owner_of

FROM_THIS_PORT = """
import socket, sys
own, other = map(int, sys.argv[1:])
with socket.socket() as ours:
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.bind(("127.0.0.1", own))
    ours.connect(("127.0.0.1", other))
    print("connected", flush=True)
    sys.stdin.read()
"""


def ends(connection):
    return connection.getsockname()[1], connection.getpeername()[1]


def test_our_own_connections_and_no_others():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
        listener.accept()[0] as theirs,
    ):
        for one in (ours, theirs):
            assert owner_of(ends(one), [os.getppid(), os.getpid()]) == os.getpid()
            assert owner_of(ends(one), [os.getppid()]) == 0


def test_a_process_that_has_ended_has_none():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
    ):
        assert owner_of(ends(ours), [2**22 + 1]) == 0


def test_two_processes_may_have_connections_from_the_same_port():
    """Linux gives a port again where the other end differs: at busy times one in a hundred."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
        ours = stack.enter_context(socket.socket())
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", 0))
        ours.connect(one.getsockname())
        port = ours.getsockname()[1]
        command = [sys.executable, "-c", FROM_THIS_PORT, str(port), str(other.getsockname()[1])]
        second = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stack.enter_context(second)
        assert second.stdout.readline() == b"connected\n"
        mine, its = ends(ours), (port, other.getsockname()[1])
        for pids in ([os.getpid(), second.pid], [second.pid, os.getpid()]):
            assert owner_of(mine, pids) == os.getpid()
            assert owner_of(its, pids) == second.pid
        assert owner_of(its, [os.getpid()]) == 0
        assert owner_of(mine, [second.pid]) == 0
