"""The requests of one question: what they need is made first, in requests before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, urlencode

from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import FORMS, Operation, Parameter, Schema
from workerlab.stepping.proposing.forms import filled_in
from workerlab.stepping.proposing.links import Link, Links
from workerlab.stepping.proposing.values import SMALL, NoValue, Taste, value_of

SCALAR = ("string", "integer", "number", None)
LEFT_OUT, JUST_ENOUGH, PLENTY = 0, 1, 10  # optional numbers in the requests before
IdOf = Callable[[list[Request], Operation, str], str]
"""Which field of the last request's response is the id, for a parameter of this name. Raises NoValue."""


class Draft:
    """Requests that are about the same things.

    id_of    asks the app how it names what it has made
    headers  go with every request
    number   what numbers are in the requests before: at LEFT_OUT only those that must be there
    keys     which values to take for things that nothing makes
    before   the requests that make what the others need; they grow with what is asked for
    made     by the key of each thing that is named: what stands for it in a request
    """

    def __init__(
        self,
        links: Links,
        id_of: IdOf,
        taste: Callable[[Operation], Taste],
        headers: tuple[tuple[str, str], ...] = (),
        number: int = LEFT_OUT,
        keys: Taste = SMALL,
    ) -> None:
        self.links, self.id_of, self.taste, self.headers = links, id_of, taste, headers
        self.number, self.keys = number, keys
        self.before: list[Request] = []
        self.made: dict[str, object] = {}
        self._letters = iter("zyxwvutsrqponm")
        self._making: list[str] = []

    def prepare(self, operation: Operation) -> None:
        """Send a request of this operation before."""
        number, given = max(self.number, 1), self.number > LEFT_OUT
        taste = replace(self.taste(operation), number=number, plenty=given)
        request = self.request(operation, replace(taste, letter=next(self._letters, "l")))
        self.before.append(request)

    def request(self, operation: Operation, taste: Taste) -> Request:
        """A request of this operation. Raises NoValue."""
        taste = replace(taste, known=self._known)
        path = operation.path
        query: list[tuple[str, str]] = []
        headers = list(self.headers)
        for one in operation.parameters:
            if one.place == "path":
                value = self._thing(self.links.of_parameter(operation, one.name), one)
                path = _put_in(path, one.name, value)
            elif one.place == "header" and one.name.lower() in dict(self.headers):
                continue  # it goes with every request anyway
            elif one.required and one.place in ("query", "header") and not _asks_for_etag(one):
                value = value_of(self.links.description, one.schema, one.name, taste)
                (query if one.place == "query" else headers).append((one.name, str(value)))
        if any(map(_asks_for_etag, operation.parameters)):
            headers.append(("if-match", self._etag(operation, path)))
        if query:
            path += "?" + urlencode(query, safe="{}")
        request = Request(operation.method, path, None, tuple(headers))
        if not operation.body_type:
            return request
        body = value_of(self.links.description, operation.body, "body", taste)
        if operation.body_type not in FORMS:
            return replace(request, body=body)
        return filled_in(request, self.links.description, operation, body)

    def _etag(self, operation: Operation, path: str) -> str:
        """The ETag of what a request is about: it is looked at first, once for all requests."""
        if self.links.description.find("GET", operation.path) is None:
            raise NoValue(f"If-Match: there is no GET {operation.path} that tells the ETag")
        if (known := self.made.get(f"etag {path}")) is None:
            self.before.append(Request("GET", path, None, self.headers))
            known = f"{{before.{len(self.before) - 1}.headers.etag}}"
            self.made[f"etag {path}"] = known
        return str(known)

    def looks(
        self, operation: Operation, own: dict[str, list[object]], *, anew: bool = False
    ) -> Iterator[Request]:
        """Requests of a GET with what has been made; none when it asks for something else.

        own    by the key of a thing that the program itself makes: what stands for its responses
        anew   whether to ask for a thing that no request has named, if nothing need make it
        """
        choices = []
        for one in operation.parameters:
            if one.place == "path":
                link = self.links.of_parameter(operation, one.name)
                if anew and link.creator is None:
                    self._called(link, one.name, one.schema)
                choices.append([(one, value) for value in self._all_of(link, own)])
        query = [one for one in operation.parameters if one.required and one.place == "query"]
        for chosen in itertools.product(*choices):
            path = operation.path
            for one, value in chosen:
                path = _put_in(path, one.name, value)
            try:
                taste = replace(self.taste(operation), known=self._known)
                asked = [(one.name, self._in_query(one, taste)) for one in query]
            except NoValue:
                return
            path += "?" + urlencode(asked, safe="{}") if asked else ""
            yield Request("GET", path, None, self.headers)

    def _in_query(self, one: Parameter, taste: Taste) -> str:
        return str(value_of(self.links.description, one.schema, one.name, taste))

    def _all_of(self, link: Link, own: dict[str, list[object]]) -> Iterable[object]:
        of_this_kind = link.key.endswith("#")
        made = [
            value
            for key, value in self.made.items()
            if key == link.key or (of_this_kind and key.startswith(link.key))
        ]
        return [*own.get(link.key, []), *made]

    def _known(self, name: str, schema: Schema) -> object:
        """What a field stands for, where it names a thing."""
        link = self.links.of_field(name)
        if link is None or schema.get("type") not in SCALAR or link.key in self._making:
            return None
        return self._made_by(link, name) if link.creator else self._called(link, name, schema)

    def _thing(self, link: Link, parameter: Parameter) -> object:
        if link.creator is not None and link.key not in self._making:
            return self._made_by(link, parameter.name)
        return self._called(link, parameter.name, parameter.schema)

    def _called(self, link: Link, name: str, schema: Schema) -> object:
        """A value of our own for a thing that nothing makes, the same in all requests."""
        if link.key not in self.made:
            taste = replace(self.keys, letter=name)
            if self.keys.documented:
                schema = self.links.documented(name, schema)
            self.made[link.key] = value_of(self.links.description, schema, name, taste)
        return self.made[link.key]

    def _made_by(self, link: Link, name: str) -> object:
        """The id of a thing, which is made by a request before."""
        creator = link.creator
        assert creator is not None
        if link.key not in self.made:
            self._making.append(link.key)
            try:
                self.prepare(creator)
            finally:
                self._making.pop()
            field = self.id_of(self.before, creator, name)
            self.made[link.key] = f"{{before.{len(self.before) - 1}.{field}}}"
        return self.made[link.key]


def _asks_for_etag(parameter: Parameter) -> bool:
    asked = (parameter.place, parameter.name.lower(), parameter.required)
    return asked == ("header", "if-match", True)


def _put_in(path: str, name: str, value: object) -> str:
    start = path.index("{" + name)
    end = path.index("}", start) + 1
    return path[:start] + quote(str(value), safe="{}.") + path[end:]
