"""The stepping engine: hold real workers at the student's own lines and choose who moves next.

Names load on first use: the gate is imported by every worker and needs none of the rest.
"""

from importlib import import_module

_HOMES = {
    "Program": "workerlab.stepping.program",
    "Stage": "workerlab.stepping.controller.stepped_server",
    "stage": "workerlab.stepping.controller.stepped_server",
    "search": "workerlab.stepping.searching.search",
    "crash_points": "workerlab.stepping.searching.crash_points",
    "replay": "workerlab.stepping.searching.replay",
}
__all__ = ["Program", "Stage", "crash_points", "replay", "search", "stage"]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'workerlab.stepping' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
