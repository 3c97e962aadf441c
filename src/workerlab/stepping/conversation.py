"""What the clients of one run have been told so far, and so what their next requests say.

A browser sends back its cookies, a program the token that it was given, and both ask for the id
that an earlier response had. Requests that run at once know only what was said before them: none of
them may depend on which of the others was quicker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from workerlab.history import Event
from workerlab.stepping.cookies import Jar
from workerlab.stepping.placeholders import filled_request, missing_fields
from workerlab.stepping.request import Request


@dataclass
class Conversation:
    """The responses so far.

    known    by the names that placeholders have for them: "before.0", "A", a client's for its sign-in
    jars     the cookies of each client
    tokens   the bearer token of each client whose sign-in was answered with an `access_token`
    missing  placeholders that no response could fill, each with a sentence; `found` are the others
    """

    known: dict[str, Event] = field(default_factory=dict)
    jars: dict[str, Jar] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Conversation:
        """The same up to here; what either hears from now on, the other does not."""
        jars = {client: jar.copy() for client, jar in self.jars.items()}
        return Conversation(dict(self.known), jars, dict(self.tokens), dict(self.missing))

    def heard(self, name: str, request: Request, event: Event) -> None:
        """Take in a response."""
        self.known[name] = event
        jar = self.jars.setdefault(request.client, Jar())
        for cookie in (event.headers or {}).get("set-cookie", "").split("\n"):
            jar.take(cookie)

    def signed_in(self, request: Request, event: Event) -> None:
        """Take in the response to a sign-in, whose token its client shows from now on."""
        self.heard(request.client, request, event)
        token = event.output.get("access_token") if isinstance(event.output, dict) else None
        if isinstance(token, str):
            self.tokens[request.client] = token

    def heard_all(self, requests: Iterable[tuple[str, Request, Event]]) -> Conversation:
        """A copy that has heard these responses, too."""
        later = self.copy()
        for name, request, event in requests:
            later.heard(name, request, event)
        return later

    def ready(self, request: Request) -> Request:
        """The request as it is sent now: with the values that it names, the cookies and the token."""
        self.missing |= dict(missing_fields(request, self.known))
        request = filled_request(request, self.known)
        headers = dict(request.headers)
        if token := self.tokens.get(request.client):
            headers.setdefault("authorization", f"Bearer {token}")
        own = "; ".join(value for name, value in request.headers if name == "cookie")
        cookies = self.jars.get(request.client, Jar()).header(request.path, own)
        if cookies:
            headers["cookie"] = cookies
        return replace(request, headers=tuple(headers.items()))
