"""One connection, as Linux tells of it, beside the list of all."""

import os
import socket
import sys
from contextlib import contextmanager

import pytest

from workerlab.processes.ports import _connections, _sockets, owner_of
from workerlab.processes.sock_diag import inode_on_loopback

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sock_diag")


@contextmanager
def connected(address="127.0.0.1"):
    with (
        socket.create_server((address, 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
        listener.accept()[0] as theirs,
    ):
        yield ours, theirs


def ends(one):
    return one.getsockname()[1], one.getpeername()[1]


def test_it_says_what_the_list_says():
    with connected() as both:
        listed = dict(_connections(os.getpid()))
        for one in both:
            inode = inode_on_loopback(*ends(one))
            assert inode == listed[ends(one)] == str(os.fstat(one.fileno()).st_ino)
            assert inode in _sockets(os.getpid())


def test_a_connection_that_is_not_there_has_no_number():
    with connected() as (ours, _):
        own, other = ends(ours)
    assert inode_on_loopback(own, other) == ""  # ours has gone, and what is left is nobody's


def test_who_listens_on_the_port_is_not_taken_for_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert inode_on_loopback(listener.getsockname()[1], 9) == ""


def test_an_end_that_is_nobodys_has_no_number():
    with connected() as (ours, theirs):
        mine = ends(ours)
        ours.close()  # the kernel still keeps it: the other side has not hung up
        assert inode_on_loopback(*mine) == ""
        theirs.close()


def test_another_address_of_this_machine_is_looked_up_in_the_list():
    with connected("127.0.0.2") as both:
        for one in both:
            assert inode_on_loopback(*ends(one)) == ""
            assert owner_of(ends(one), [os.getpid()]) == os.getpid()


def test_a_system_that_does_not_tell(monkeypatch):
    monkeypatch.setattr("workerlab.processes.sock_diag.NETLINK_SOCK_DIAG", 31)  # nobody's
    with connected() as both:
        for one in both:
            assert inode_on_loopback(*ends(one)) == ""
            assert owner_of(ends(one), [os.getpid()]) == os.getpid()
