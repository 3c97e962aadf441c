"""workerlab: one object, many workers, and the schedule that loses an update.

The names below load on first use, because every worker process imports this
package when it starts and must not pay for what only the grader needs.
"""

from importlib import import_module

_HOMES = {
    "serve": "workerlab.servers",
    "burst": "workerlab.traffic",
    "explore": "workerlab.stepping.explore",
    "check": "workerlab.grading.check_lab",
    "live": "workerlab.notebook.widget",
}
__all__ = ["burst", "check", "explore", "live", "serve"]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'workerlab' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
