"""Real workers for an app file: started, met one by one, killed, restarted, and all gone after."""

from importlib import import_module

__all__ = ["Server", "serve"]


def __getattr__(name: str):  # lazy: every worker imports this package through boot.py
    if name not in __all__:
        raise AttributeError(f"module 'workerlab.servers' has no attribute {name!r}")
    return getattr(import_module("workerlab.servers.server"), name)
