"""How a new client signs in to an app, found in the app's description: sign up, then sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

from workerlab.errors import BadUsage
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import FORMS, Description, Operation
from workerlab.stepping.proposing.forms import filled_in
from workerlab.stepping.proposing.values import SMALL, NoValue, value_of

__all__ = ["sign_in"]

NAME, EMAIL, PASSWORD = "ada", "ada@example.org", "Analytical-Engine-1843"
_ENTERS = re.compile(
    r"(token|log[-_]?in|sign[-_]?in|sessions?|auth|authenticate|jwt|access[-_]token)$"
)
_SECRET = re.compile(r"pass(word|wd|phrase)?|pwd", re.IGNORECASE)
_CALLED = re.compile(r"(user|login|nick|account|display|full|first|last)?_?(name|handle|login)$")
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
        one for one in description.writing if one.method == "POST" and _has_secret(one, description)
    ]
    enters = [one for one in asked if _ENTERS.search(one.path.rstrip("/").lower())]
    joins = [one for one in asked if one not in enters]
    for enter in enters[:MOST]:
        for called in (NAME, EMAIL):
            last = _request(description, enter, called)
            for join in joins[:MOST]:
                first = _request(description, join, NAME)
                if first is not None and last is not None:
                    yield first, last


def _has_secret(operation: Operation, description: Description) -> bool:
    return any(_SECRET.search(name) for name in description.names(operation))


def _request(description: Description, operation: Operation, called: str) -> Request | None:
    """The operation with our name, e-mail and password; None where its body has no other values."""
    query = [
        (one.name, _own(one.name, called) or "a")
        for one in operation.parameters
        if one.place == "query" and (one.required or _own(one.name, called))
    ]
    path = operation.path + ("?" + urlencode(query) if query else "")
    request = Request(operation.method, path)
    if operation.names_in_path:
        return None
    if not operation.body_type:
        return request
    try:
        body = value_of(description, operation.body, "body", replace(SMALL, fresh=False))
        if not isinstance(body, dict):
            return None
        body |= {name: own for name in body if (own := _own(name, called))}
        if operation.body_type in FORMS:
            return filled_in(request, description, operation, body)
    except NoValue:
        return None
    return replace(request, body=body)


def _own(name: str, called: str) -> str:
    """What a field of this name is about, if it is about who signs in."""
    name = name.lower()
    if _SECRET.search(name):
        return PASSWORD
    if "mail" in name:
        return EMAIL
    return called if _CALLED.search(name) else ""
