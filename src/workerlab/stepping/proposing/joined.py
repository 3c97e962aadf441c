"""One description of an app and of the apps that are mounted in it.

Each has a description of its own, whose paths begin below its place, and whose schemas may have the
names of another one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["as_called", "is_description", "joined"]

HERE, ROOT = "x-joined", "#/"
Document = Mapping[str, Any]


def is_description(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("paths"), dict)


def as_called(document: Document, place: str) -> Document:
    """The description with the paths as a client calls them.

    A mounted app names its place under `servers`, and its description is found there, too.
    """
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    above = str(first.get("url", "")).rstrip("/") if isinstance(first, dict) else ""
    if not (above.startswith("/") and place.startswith(f"{above}/")):
        return document
    own = {
        path if str(path).startswith(f"{above}/") else f"{above}{path}": item
        for path, item in document["paths"].items()
    }
    return {**document, "paths": own}


def joined(documents: Iterable[Document]) -> Document:
    """All their paths in one document; where two have the same path it is the earlier one's."""
    first, *others = documents
    paths, below = {**first["paths"]}, {}
    ways_to_sign_in = _ways_to_sign_in(first)
    for number, other in enumerate(others):
        moved = _moved(other, f"{ROOT}{HERE}/{number}/")
        paths = {**moved["paths"], **paths}
        ways_to_sign_in = {**_ways_to_sign_in(moved), **ways_to_sign_in}
        below[str(number)] = moved
    if not others:
        return first
    components = {**_components(first), "securitySchemes": ways_to_sign_in}
    return {**first, "paths": paths, "components": components, HERE: below}


def _moved(part: Any, root: str) -> Any:
    """The same with each `$ref` into its document leading to where that stands now."""
    if isinstance(part, list):
        return [_moved(one, root) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: root + value.removeprefix(ROOT)
        if name == "$ref" and isinstance(value, str) and value.startswith(ROOT)
        else _moved(value, root)
        for name, value in part.items()
    }


def _components(document: Document) -> Document:
    found = document.get("components")
    return found if isinstance(found, dict) else {}


def _ways_to_sign_in(document: Document) -> Document:
    found = _components(document).get("securitySchemes")
    return found if isinstance(found, dict) else {}
