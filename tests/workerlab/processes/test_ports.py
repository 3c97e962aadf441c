"""The local ports of a process."""

import os
import socket

from workerlab.processes.ports import ports_of


def test_our_own_ports_and_no_others():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as ours:
            assert {port, ours.getsockname()[1]} <= ports_of(os.getpid())
            assert not {port, ours.getsockname()[1]} & ports_of(os.getppid())


def test_a_process_that_has_ended_has_none():
    assert ports_of(2**22 + 1) == set()
