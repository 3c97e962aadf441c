"""The environment that a server's processes have of this one."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["for_python", "search_paths"]


def for_python() -> dict[str, str]:
    """Ours, for a Python that runs elsewhere, and whose output is to be in a log at once."""
    paths = [*map(os.path.abspath, filter(None, search_paths(os.environ)))]
    found = {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}
    return {**os.environ, **found, "PYTHONUNBUFFERED": "1"}


def search_paths(env: Mapping[str, str]) -> list[str]:
    """The folders of PYTHONPATH."""
    return env.get("PYTHONPATH", "").split(os.pathsep)
