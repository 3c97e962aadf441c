"""The description of a served app, wherever it has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workerlab.bounded_json import loaded
from workerlab.errors import BadUsage
from workerlab.processes.app_folder import texts
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import HELP, Description
from workerlab.stepping.proposing.joined import as_called, is_description, joined

USUAL = ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/v1/openapi.json")
MOUNTED = re.compile(r"""\.mount\(\s*(?:path\s*=\s*)?["'](/[\w/.-]*\w)/?["']""")  # in its sources
DOCS = "/docs"  # FastAPI's own page says where the description is


class NoDescription(BadUsage):
    """The app does not describe itself, at any usual place."""


def description_of(stepped: SteppedServer, place: str | None = None) -> Description:
    """Ask the app for its description, and for those of the apps that are mounted in it.

    place   a path of the app (/api/openapi.json) or a file, and no other; found out unless given

    Raises BadUsage when there is none, or when it cannot be read.
    """
    if place and (not place.startswith("/") or Path(place).is_file()):
        return Description.read(_from_file(Path(place)))
    found: dict[str, Mapping[str, Any]] = {}  # by what it says: one app may say it at two places
    for path in [place] if place else _places(stepped):
        event = stepped.ask(Request("GET", path))
        document = event.output
        if event.ok and is_description(document):
            found.setdefault(json.dumps(document), as_called(document, path))
        elif event.ok and not found:
            Description.read(document)  # says what is wrong with it
        elif not found and (event.unknown or (event.status or 0) >= 500):
            what = event.error or event.status
            raise BadUsage(f"the app does not describe itself: GET {path} got {what}", HELP)
    if not found:
        raise NoDescription(f"the app has no description at {place or USUAL[0]}", HELP)
    return Description.read(joined(found.values()))


def _places(stepped: SteppedServer) -> list[str]:
    page = stepped.ask(Request("GET", DOCS)).output
    named = re.findall(r"url: '([^']+)'", page) if isinstance(page, str) else []
    sources = (text for _, text in texts(Path(stepped.server.folder)))
    mounted = (f"{at}{USUAL[0]}" for text in sources for at in MOUNTED.findall(text))
    return [*dict.fromkeys([USUAL[0], *named, *USUAL[1:], *mounted])]


def _from_file(file: Path) -> object:
    try:
        return loaded(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadUsage(f"cannot read {file}: {error.strerror}", HELP) from error
    except ValueError as error:
        raise BadUsage(f"{file} is not JSON: {error}", HELP) from error
