"""Which operations of a service are asked, and how the service is known again."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.stepping.proposing.description import HELP, Description, Operation

MOST_FILES = 2000  # of the app, that are read to know it again


def chosen(description: Description, only: list[str], skip: list[str]) -> list[Operation]:
    """The writing operations that are asked. Raises BadUsage for none, and for a pattern of nothing."""
    if not description.operations:
        raise BadUsage("the app's description has no operation", HELP)
    writing = description.writing
    known = ", ".join(map(str, writing[:8]))
    for pattern in (*only, *skip):
        if not any(_fits(one, pattern) for one in writing):
            raise BadUsage(f"no writing operation is like {pattern!r}", f"there are: {known}")
    operations = [
        one
        for one in writing
        if (not only or any(_fits(one, pattern) for pattern in only))
        and not any(_fits(one, pattern) for pattern in skip)
    ]
    if not writing:
        reads = ", ".join(map(str, description.operations[:4]))
        advice = f"it has {reads}; to ask those: workerlab explore --program"
        raise BadUsage("the app has no operation that writes (POST, PUT, PATCH, DELETE)", advice)
    if not operations:
        raise BadUsage("--only and --skip leave no operation", f"there are: {known}")
    return operations


def _fits(operation: Operation, pattern: str) -> bool:
    return fnmatchcase(str(operation), pattern) or fnmatchcase(operation.path, pattern)


def digest(description: Description, folder: Path) -> str:
    """What changes when the app does: its description and the Python files in its folder."""
    told = sha256(json.dumps(description.document, sort_keys=True).encode())
    files = sorted(one for one in folder.rglob("*.py") if "site-packages" not in one.parts)
    for file in files[:MOST_FILES]:
        told.update(file.read_bytes() if file.is_file() else b"")
    return told.hexdigest()[:16]
