"""The description of a served app, wherever it has it."""

from __future__ import annotations

import re
from pathlib import Path

from workerlab.bounded_json import loaded
from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import HELP, Description

USUAL = ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json")
DOCS = "/docs"  # FastAPI's own page says where the description is


def description_of(stepped: SteppedServer, place: str | None = None) -> Description:
    """Ask the app for its description, or read it from a file.

    place   a path of the app (/api/openapi.json) or a file; found out unless given

    Raises BadUsage when there is none, or when it cannot be read.
    """
    if place and (not place.startswith("/") or Path(place).is_file()):
        return Description.read(_from_file(Path(place)))
    for path in [place] if place else _places(stepped):
        event = stepped.ask(Request("GET", path))
        if event.ok:
            return Description.read(event.output)
        if event.unknown or (event.status or 0) >= 500:
            what = event.error or event.status
            raise BadUsage(f"the app does not describe itself: GET {path} got {what}", HELP)
    raise BadUsage(f"the app has no description at {place or USUAL[0]}", HELP)


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
