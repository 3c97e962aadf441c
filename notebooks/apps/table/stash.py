"""gunicorn's own table for all workers: get and put, and nothing that adds."""

from contract import serve
from gunicorn.dirty import stash
from gunicorn.dirty.app import DirtyApp

counts = stash.table("counts")


class Nothing(DirtyApp):
    """gunicorn starts the process with the tables only for an app like this one."""


def increment() -> int:
    counts["count"] = count = report() + 1
    return count


def report() -> int:
    try:
        return counts["count"]
    except stash.StashError:  # not yet; get() raises it, too, in place of its default
        return 0


def reset() -> int:
    counts["count"] = 0
    return 0


app = serve(increment, report, reset)
