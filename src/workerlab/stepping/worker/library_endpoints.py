"""Endpoints that an installed package brings along: what they do is done on lines of that package.

An app that includes a library's router (`POST /auth/register`) has none of its own lines between the
look and the write. Held at its own lines alone, two such requests could not meet in between.
"""

from __future__ import annotations

import os
from functools import partial
from inspect import unwrap
from typing import TYPE_CHECKING

from workerlab.stepping.worker.student_files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

INSTALLED = f"{os.sep}site-packages{os.sep}"
FRAMEWORK = {"fastapi", "starlette"}
LOOKS = {"GET", "HEAD", "OPTIONS"}
DEEPEST = 8


def packages(app: Any, files: Files) -> set[str]:
    """The installed packages in which endpoints of the app are that write: folders, or files."""
    found = set()
    for endpoint in _endpoints(app):
        file = _file_of(endpoint)
        above, installed, inside = file.rpartition(INSTALLED)
        name = inside.partition(os.sep)[0]
        if installed and file not in files and name.removesuffix(".py") not in FRAMEWORK:
            found.add(above + installed + name)
    return found


def _endpoints(app: Any, depth: int = 0) -> Iterator[Any]:
    """What the app's routes call for requests that write, those of mounted apps, too."""
    routes = getattr(app, "routes", None)
    if depth > DEEPEST:
        return
    if not isinstance(routes, list):  # it may be wrapped by a middleware
        if (inner := getattr(app, "app", None)) is not None:
            yield from _endpoints(inner, depth + 1)
        return
    for route in routes:
        endpoint, methods = getattr(route, "endpoint", None), getattr(route, "methods", None)
        if endpoint is None:
            # A newer FastAPI keeps a router that was included as it is.
            yield from _endpoints(getattr(route, "original_router", route), depth + 1)
        elif methods and set(methods) - LOOKS:
            yield endpoint


def _file_of(endpoint: Any) -> str:
    """The file of an endpoint, below what is wrapped around it; "" where that is not known."""
    while isinstance(endpoint, partial):
        endpoint = endpoint.func
    try:
        endpoint = unwrap(endpoint)
    except ValueError:
        return ""
    if not hasattr(endpoint, "__code__"):  # an object that can be called
        endpoint = type(endpoint).__call__
    return getattr(getattr(endpoint, "__code__", None), "co_filename", "")
