"""Python reads this as it starts, when this folder is on PYTHONPATH: it lets the witness watch.

WITNESS is the file to which the judgements are added; without it nothing is done. Each process in
which schedules are run watches by itself: a grader, a notebook's kernel, a command of its terminal.
Other processes, workers above all, tell what their memory holds when they are asked.
"""

import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path

WATCHED = {  # modules, and what is called with each once it is loaded
    "workerlab.stepping.controller.stepped_server": "watch_schedules",
    "workerlab.services.base": "watch_services",
}
WORKER = "workerlab.stepping.worker.agent"
# They fork without an exec, and close what they do not know: no thread may be in them.
FORKS = (
    *("workerlab.grading.authoring.forked_runs", "workerlab.servers.fork_server"),
    "workerlab.servers.template",
)


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
        self._watch(module)


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


def watch(module):
    getattr(witness("watching"), WATCHED[module.__name__])(module)


def tell_in_worker(module):
    """A worker tells of its memory from the moment at which it is made ready to be stepped."""
    install = module.install

    def install_and_tell(*arguments):
        witness("memory").begin()
        return install(*arguments)

    module.install = install_and_tell


if os.environ.get("WITNESS"):
    sys.meta_path[:0] = [
        Watches(WORKER, tell_in_worker),
        *(Watches(name, watch) for name in WATCHED),
    ]
    words = " ".join(sys.orig_argv)
    if not any(name in words for name in (*FORKS, "workerlab.servers.first_worker")):
        witness("memory").begin()
        os.register_at_fork(after_in_child=witness("memory").begin)
