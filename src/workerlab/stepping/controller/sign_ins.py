"""Clients that sign in once, before the first run, and are known in every run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from workerlab.errors import BadUsage
from workerlab.history import Event
from workerlab.stepping.conversation import Conversation
from workerlab.stepping.program import Request

REFUSED = (400, 403, 409, 422, 500)  # a name that is taken; 500 if only the database minds


class SignIns:
    """The requests by which clients sign in, and what they were told then."""

    def __init__(self, requests: Iterable[Request] = ()) -> None:
        self.requests = tuple(requests)
        self._told = Conversation()

    @property
    def conversation(self) -> Conversation:
        """What every run begins with."""
        return self._told.copy()

    def send(self, ask: Callable[[Request], Event], *, again: bool = False) -> None:
        """Let all of them sign in. Raises BadUsage when one of them cannot.

        again   they have done so before: who has signed up then may be refused to sign up once more
        """
        self._told = Conversation()
        for number, request in enumerate(self.requests):
            event = ask(self._told.ready(request))
            if event.unknown or (event.status or 500) >= 400:
                later = {one.client for one in self.requests[number + 1 :]}
                signs_up = request.client in later or (later and not request.client)
                if again and event.status in REFUSED and signs_up:
                    continue
                said = event.error or f"{event.status} {json.dumps(event.output)[:200]}"
                who = f"{request.client} " if request.client else ""
                raise BadUsage(
                    f"{who}cannot sign in: {request.method} {request.path} is answered {said}",
                    "correct the sign-in, or make the user that signs in before the app starts",
                )
            self._told.signed_in(request, event)
