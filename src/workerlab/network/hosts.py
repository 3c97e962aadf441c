"""Several hosts on one machine: network namespaces, tied together by cables that can be cut.

    with Network() as network:
        with network.on("a"):
            server = serve("app.py", env={"REDIS_URL": network.url("a", store)})
        network.cut("a")

Each host has interfaces, routes and ports of its own, and an address; a cable leads from it to
the host "store". Nothing is left of them when this process is gone: a namespace lives as long as
a process holds it, and only ours does. Linux only, and only with the right to make one
(CAP_SYS_ADMIN). Elsewhere the hosts are stand-ins: one network for all, and a cable is a
forwarder that falls silent when it is cut. `real` says which, `reason` why.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

from workerlab.errors import BadUsage
from workerlab.network.cut import Cable

__all__ = ["Network"]

CLONE_NEWNET = 0x40000000
STORE = "store"
OFF = "WORKERLAB_NAMESPACES"  # "no": stand-ins, wherever we are


class Network:
    """Hosts by their names, and the host "store"; a context manager.

    hosts   names of the hosts; their addresses are 10.77.0.1, 10.77.0.2 …
    """

    def __init__(self, hosts: tuple[str, ...] = ("a", "b")) -> None:
        self.hosts = hosts
        self.addresses = {name: f"10.77.0.{n}" for n, name in enumerate((*hosts, STORE), 1)}
        self.real = False
        self.reason = ""
        self._spaces: dict[str, int] = {}  # file descriptors that keep the namespaces
        self._cables: dict[str, Cable] = {}

    def __enter__(self) -> Self:
        try:
            _must_be_wanted()
            for name in self.addresses:
                self._spaces[name] = _new_space()
                self._run(name, "link set lo up")
            self._run(STORE, f"addr add {self.addresses[STORE]}/32 dev lo")
            for name in self.hosts:
                self._plug(name)
            self.real, self.reason = True, "network namespaces"
        except (OSError, subprocess.SubprocessError) as error:
            self._drop()
            why = getattr(error, "stderr", "") or getattr(error, "strerror", "") or error
            self.reason = f"stand-ins: no network namespaces here ({str(why).strip()})"
            self.addresses = dict.fromkeys(self.addresses, "127.0.0.1")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the hosts; what still runs on one keeps it, so stop that first."""
        for cable in self._cables.values():
            cable.close()
        self._cables = {}
        self._drop()

    @contextmanager
    def on(self, host: str) -> Iterator[None]:
        """Be on a host: what this thread connects or starts meanwhile belongs there.

        Threads and processes inherit the place. Raises BadUsage for a host that does not exist.
        """
        if host not in self.addresses:
            raise BadUsage(f"there is no host {host!r}", f"choose one of {[*self.addresses]}")
        if not self.real and not self._spaces:
            yield
            return
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self._spaces[host])
            yield
        finally:
            _enter(back)
            os.close(back)

    def url(self, host: str, url: str) -> str:
        """The URL of a server on the host "store" (as seen there), as seen from `host`."""
        place = urlsplit(url)
        if self.real:
            return place._replace(netloc=f"{self.addresses[STORE]}:{place.port}").geturl()
        if host not in self._cables:
            self._cables[host] = Cable(place.hostname or "", place.port or 0)
        return place._replace(netloc=f"127.0.0.1:{self._cables[host].port}").geturl()

    def cut(self, host: str) -> None:
        """Pull the cable between a host and the store: data is lost, without an error."""
        if self.real:
            self._run(STORE, f"link set {_end_at_store(host)} down")
        elif host in self._cables:
            self._cables[host].cut()

    def reconnect(self, host: str) -> None:
        """Plug it in again."""
        if self.real:
            self._run(STORE, f"link set {_end_at_store(host)} up")
            self._run(STORE, f"route replace {self.addresses[host]}/32 dev {_end_at_store(host)}")
        elif host in self._cables:
            self._cables[host].reconnect()

    def _plug(self, host: str) -> None:
        """A cable (a veth pair) between a host and the store, and the two routes over it."""
        end, address = _end_at_store(host), self.addresses[host]
        space = f"/proc/{os.getpid()}/fd/{self._spaces[host]}"
        self._run(STORE, f"link add {end} type veth peer name eth0 netns {space}")
        self._run(host, f"addr add {address}/32 dev eth0")
        self._run(host, "link set eth0 up")
        self._run(host, f"route add {self.addresses[STORE]}/32 dev eth0 src {address}")
        self._run(STORE, f"link set {end} up")
        self._run(STORE, f"route add {address}/32 dev {end} src {self.addresses[STORE]}")

    def _run(self, host: str, arguments: str) -> str:
        """Run `ip` on a host. Raises CalledProcessError."""
        with self.on(host):
            command = ["ip", *arguments.split()]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        return done.stdout

    def _drop(self) -> None:
        for space in self._spaces.values():
            os.close(space)
        self._spaces = {}

    def __repr__(self) -> str:
        rows = [f"  {name:<6} {address}" for name, address in self.addresses.items()]
        return "\n".join([f"hosts ({self.reason})", *rows])


def _end_at_store(host: str) -> str:
    return f"to-{host}"


def _must_be_wanted() -> None:
    """Raises OSError where namespaces cannot be had, or are not wanted."""
    if os.environ.get(OFF) == "no":
        raise OSError(f"{OFF}=no")
    if sys.platform != "linux":
        raise OSError("this is not Linux")
    if shutil.which("ip") is None:
        raise OSError("the command `ip` is missing")


def _new_space() -> int:
    """A new network namespace, as a file descriptor that keeps it. Raises OSError."""
    made: list[int | OSError] = []

    def make() -> None:  # in a thread of its own, which ends in there; ours stays where it is
        try:
            if _libc().unshare(CLONE_NEWNET):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        except OSError as error:
            made.append(error)

    thread = Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _enter(space: int) -> None:
    """Put this thread, and no other, into a namespace. Raises OSError."""
    if _libc().setns(space, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    with suppress(OSError):
        return ctypes.CDLL(None, use_errno=True)
    raise OSError("no C library")
