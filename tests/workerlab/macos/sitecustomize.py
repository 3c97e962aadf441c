"""Runs at the start of each Python: it takes this for macOS, and has nothing that only Linux has."""

import os
import select
import socket
import sys
import types

sys.platform = "darwin"  # with it, multiprocessing's start method is spawn
for module, names in {
    os: "pidfd_open sched_getaffinity sched_setaffinity memfd_create eventfd setns unshare",
    select: "epoll",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)

# What urllib asks macOS about proxies with.
asked = types.ModuleType("_scproxy")
asked._get_proxies = asked._get_proxy_settings = dict
sys.modules["_scproxy"] = asked


def without_abstract_addresses(method: str):
    usual = getattr(socket.socket, method)

    def refusing(self, address, *rest):
        if self.family == socket.AF_UNIX and address[:1] in ("\0", b"\0"):
            raise FileNotFoundError(2, "macOS has no abstract addresses")
        return usual(self, address, *rest)

    return refusing


for method in ("bind", "connect"):
    setattr(socket.socket, method, without_abstract_addresses(method))
