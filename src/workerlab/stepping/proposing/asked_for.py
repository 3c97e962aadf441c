"""The description of a served app, wherever it has it."""

from __future__ import annotations

import re
from pathlib import Path

from workerlab.bounded_json import loaded
from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import HELP, Description

USUAL = ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/v1/openapi.json")
DOCS = "/docs"  # FastAPI's own page says where the description is


class NoDescription(BadUsage):
    """The app does not describe itself, at any usual place."""


def description_of(stepped: SteppedServer, place: str | None = None) -> Description:
    """Ask the app for its description, or read it from a file.

    place   a path of the app (/api/openapi.json) or a file; found out unless given

    Raises BadUsage when there is none, or when it cannot be read.
    """
    if place and (not place.startswith("/") or Path(place).is_file()):
        return Description.read(_from_file(Path(place)))
    only_looks: Description | None = None
    for path in [place] if place else _places(stepped):
        event = stepped.ask(Request("GET", path))
        if event.ok:
            found = Description.read(_as_called(event.output, path))
            if found.writing:
                return found
            # Perhaps all that it does is done by an app that is mounted in it.
            if only_looks is None or not only_looks.operations:
                only_looks = found
        if event.unknown or (event.status or 0) >= 500:
            what = event.error or event.status
            raise BadUsage(f"the app does not describe itself: GET {path} got {what}", HELP)
    if only_looks:
        return only_looks
    raise NoDescription(f"the app has no description at {place or USUAL[0]}", HELP)


def _as_called(document: object, place: str) -> object:
    """The description with the paths as a client calls them: those of a mounted app begin with its own.

    Such an app names its place under `servers`, and its description is found there, too.
    """
    servers = document.get("servers") if isinstance(document, dict) else None
    first = servers[0] if isinstance(servers, list) and servers else {}
    above = str(first.get("url", "")).rstrip("/") if isinstance(first, dict) else ""
    if not (above.startswith("/") and place.startswith(f"{above}/")):
        return document
    assert isinstance(document, dict)
    paths = document.get("paths")
    if not isinstance(paths, dict):
        return document
    own = {
        path if str(path).startswith(f"{above}/") else f"{above}{path}": item
        for path, item in paths.items()
    }
    return document | {"paths": own}


def _places(stepped: SteppedServer) -> list[str]:
    page = stepped.ask(Request("GET", DOCS)).output
    named = re.findall(r"url: '([^']+)'", page) if isinstance(page, str) else []
    return [*dict.fromkeys([USUAL[0], *named, *USUAL[1:]])]


def _from_file(file: Path) -> object:
    try:
        return loaded(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadUsage(f"cannot read {file}: {error.strerror}", HELP) from error
    except ValueError as error:
        raise BadUsage(f"{file} is not JSON: {error}", HELP) from error
