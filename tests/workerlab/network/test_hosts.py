"""Hosts of their own, and cables that can be cut: for real where allowed, and as stand-ins."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from workerlab.errors import BadUsage
from workerlab.network.hosts import Network


@pytest.fixture(params=["real", "stand-ins"])
def network(request, monkeypatch):
    if request.param == "stand-ins":
        monkeypatch.setenv("WORKERLAB_NAMESPACES", "no")
    else:
        monkeypatch.delenv("WORKERLAB_NAMESPACES", raising=False)
    with Network() as network:
        if request.param == "real" and not network.real:
            pytest.skip(network.reason)
        yield network


@pytest.fixture
def store(network):
    """A listening socket on the host "store"."""
    with network.on("store"):
        listener = socket.create_server(("0.0.0.0" if network.real else "127.0.0.1", 0))
    with listener:
        yield listener


def connect(network: Network, host: str, store: socket.socket) -> socket.socket:
    place = network.url(host, f"redis://127.0.0.1:{store.getsockname()[1]}/0")
    address, _, port = place.removeprefix("redis://").removesuffix("/0").rpartition(":")
    with network.on(host):
        return socket.create_connection((address, int(port)), timeout=30)


def spaces() -> str:
    return os.readlink("/proc/thread-self/ns/net")


def test_a_cut_cable_is_silent_and_delivers_late_when_restored(network, store):
    with connect(network, "a", store) as client, store.accept()[0] as served:
        served.settimeout(0.3)
        client.sendall(b"1")
        assert served.recv(9) == b"1"
        network.cut("a")
        client.sendall(b"2")  # no error
        with pytest.raises(TimeoutError):
            served.recv(9)
        network.reconnect("a")
        served.settimeout(30)
        assert served.recv(9) == b"2"


def test_the_other_host_is_not_cut(network, store):
    network.cut("a")
    with connect(network, "b", store) as client, store.accept()[0] as served:
        client.sendall(b"1")
        served.settimeout(30)
        assert served.recv(9) == b"1"


def test_there_is_no_host_of_another_name(network):
    with pytest.raises(BadUsage), network.on("c"):
        pass


def test_this_thread_comes_back_and_no_other_ever_leaves(network):
    before = spaces()
    inside, other = [], []
    with network.on("a"):
        inside.append(spaces())
        thread = threading.Thread(target=lambda: other.append(spaces()))
        thread.start()  # what is started on a host, stays there
        thread.join()
    assert spaces() == before
    assert (inside == [before]) is (not network.real)
    assert inside == other


def test_hosts_share_no_ports(network):
    if not network.real:
        pytest.skip("stand-ins share one network")
    with network.on("a"):
        one = socket.create_server(("0.0.0.0", 0))
    with one, network.on("b"):
        socket.create_server(("0.0.0.0", one.getsockname()[1])).close()


def test_nothing_is_left(monkeypatch):
    before = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    with Network():
        pass
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == (before, threads)


def test_it_says_why_it_has_stand_ins(monkeypatch):
    monkeypatch.setenv("WORKERLAB_NAMESPACES", "no")
    with Network() as network:
        assert repr(network).splitlines()[0].startswith("hosts (stand-ins: no network namespaces")
