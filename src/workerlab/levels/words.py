"""What a client was told, in a few words."""

from __future__ import annotations

import json
from http import HTTPStatus

from workerlab.history import Event

LONGEST = 120  # signs
NOTHING = "no response"


def said(event: Event) -> str:
    """A response as a client reads it.

    >>> said(Event("A", "POST", "/", returned=1.0, status=200, output={"count": 1}))
    '200 {"count": 1}'
    >>> said(Event("A", "POST", "/", returned=1.0, status=409, output={"detail": "Conflict"}))
    '409 Conflict'
    >>> said(Event("A", "POST", "/"))
    'no response'
    """
    if event.unknown or event.status is None:
        return NOTHING
    body = event.output
    if isinstance(body, dict) and body.keys() == {"detail"}:
        body = body["detail"]
    if body is None or body == "":
        return f"{event.status} {HTTPStatus(event.status).phrase}"
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return f"{event.status} {text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}"
