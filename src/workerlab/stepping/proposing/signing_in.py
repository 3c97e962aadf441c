"""How a new client signs in to an app, found in the app's description: sign up, then sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import FORMS, Description, Operation, Schema
from workerlab.stepping.proposing.forms import filled_in
from workerlab.stepping.proposing.values import SMALL, NoValue, value_of

__all__ = ["sign_in"]

NAME, EMAIL, PASSWORD = "ada", "ada@example.org", "Analytical-Engine-1843"
_ENTERS = re.compile(r"(token|log[-_]?in|sign[-_]?in|sessions?|auth|authenticate|jwt)$")
_SECRET = re.compile(r"passw|passphrase|^pass$|pwd", re.IGNORECASE)
_CALLED = re.compile(r"(name|handle|login|user)$")
MOST = 4  # operations of each kind


def sign_in(stepped: SteppedServer, description: Description) -> tuple[Request, ...]:
    """Sign in as a client who is new; the requests that did it, and nothing where it cannot be done.

    From then on the server knows the client in every run.
    """
    for requests in _ways(description):
        try:
            stepped.sign_in(requests)
        except BadUsage:
            stepped.begin_again()
            continue
        talk = stepped.conversation()
        if talk.tokens or any(jar.header("/", "") for jar in talk.jars.values()):
            return requests
        stepped.begin_again()
    stepped.sign_in(())
    return ()


def _ways(description: Description) -> Iterator[tuple[Request, ...]]:
    """Requests that may sign somebody in: with a sign-up before, by name or by e-mail."""
    asked = [
        one
        for one in description.writing
        if one.method == "POST" and any(map(_SECRET.search, description.names(one)))
    ]
    enters = [one for one in asked if _ENTERS.search(one.path.rstrip("/").lower())]
    joins = [one for one in asked if one not in enters]
    for enter in enters[:MOST]:
        for called in (NAME, EMAIL):
            for join in joins[:MOST]:
                with suppress(NoValue):
                    yield _request(description, join, NAME), _request(description, enter, called)


def _request(description: Description, operation: Operation, called: str) -> Request:
    """The operation with our name, e-mail and password. Raises NoValue where it needs what we lack."""

    def own(name: str, schema: Schema) -> str | None:
        return _own(name, called) if schema.get("type", "string") == "string" else None

    taste = replace(SMALL, fresh=False, known=own)
    if operation.names_in_path:
        raise NoValue("it is about something that must be there")
    query = [
        (one.name, str(value_of(description, one.schema, one.name, taste)))
        for one in operation.parameters
        if one.place == "query" and (one.required or _own(one.name, called))
    ]
    path = operation.path + ("?" + urlencode(query) if query else "")
    request = Request(operation.method, path)
    if not operation.body_type:
        return request
    body = value_of(description, operation.body, "body", taste)
    if operation.body_type in FORMS:
        return filled_in(request, description, operation, body)
    return replace(request, body=body)


def _own(name: str, called: str) -> str | None:
    """What a field of this name is about, if it is about who signs in."""
    name = name.lower()
    if _SECRET.search(name):
        return PASSWORD
    if "mail" in name:
        return EMAIL
    return called if _CALLED.search(name) else None
