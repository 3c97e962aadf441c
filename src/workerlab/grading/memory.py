"""Memory from one command to the next: small JSON files in `.workerlab/`.

The folder lies in the repository and git ignores it. Nothing depends on it: a file that is
missing or broken counts as empty.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workerlab.errors import WorkerlabError
from workerlab.grading.manifest import root

FOLDER = ".workerlab"


class NotRemembered(WorkerlabError):
    """The folder cannot be written: worth a line, and no reason to stop."""


def recall(name: str) -> dict[str, Any]:
    """What was kept under this name; empty when there is nothing that can be read."""
    return _read(root() / FOLDER / f"{name}.json")


def update(name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Read the file, let `change` alter its content, and write it back; return it.

    Two commands at the same moment take turns, or one would lose the other's update. Raises
    NotRemembered when the folder cannot be written.
    """
    folder = root() / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            file = folder / f"{name}.json"
            kept = _read(file)
            change(kept)
            draft = folder / f"{name}.{os.getpid()}"
            draft.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            os.replace(draft, file)
            return kept
    except OSError as error:
        text = f"nothing is remembered of this, because {folder} cannot be written"
        raise NotRemembered(text, error.strerror or "") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def table(kept: dict[str, Any], *names: str) -> dict[str, Any]:
    """The inner table of that name, made if it is not there (or is something else)."""
    for name in names:
        if not isinstance(kept.get(name), dict):
            kept[name] = {}
        kept = kept[name]
    return kept
