"""Python reads this as it starts, when this folder is on PYTHONPATH: it lets the witness watch.

WITNESS is the file to which the judgements are added; without it nothing is done. Each process in
which schedules are run watches by itself: a grader, a notebook's kernel, a command of its terminal.
All other processes, workers above all, tell what their memory holds when they are asked.
"""

import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path

SERVER, SERVICE = "workerlab.stepping.controller.stepped_server", "workerlab.services.base"


class Watches(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module as usual, and then lets the witness watch what it does."""

    def __init__(self, name, watch):
        self._name, self._watch = name, watch

    def find_spec(self, name, path=None, target=None):
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        found = importlib.util.find_spec(name)
        self._usual, found.loader = found.loader, self
        return found

    def create_module(self, spec):
        return self._usual.create_module(spec)

    def exec_module(self, module):
        self._usual.exec_module(module)
        module.__spec__.loader = self._usual
        getattr(witness("watching"), self._watch)(module)


def witness(part):
    """A module of the package `witness`, whose folder is on nobody's path: its neighbours have
    usual names.
    """
    if "witness" not in sys.modules:
        place = Path(__file__).parents[1]
        spec = importlib.util.spec_from_file_location(
            "witness", place / "__init__.py", submodule_search_locations=[str(place)]
        )
        sys.modules["witness"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return importlib.import_module(f"witness.{part}")


if os.environ.get("WITNESS"):
    sys.meta_path[:0] = [
        Watches(SERVER, "watch_schedules"),
        Watches(SERVICE, "watch_services"),
    ]
    witness("memory").begin()
    os.register_at_fork(after_in_child=witness("memory").begin)
