"""A form as it is sent: the fields of a body that is no JSON, and its files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from workerlab.stepping.program import Request
from workerlab.stepping.proposing.description import URLENCODED, Description, Operation, Schema
from workerlab.stepping.proposing.values import NoValue
from workerlab.stepping.request import Part

FILE = "upload.txt"  # one name for all: files of one name may meet where they are kept


def filled_in(
    request: Request, description: Description, operation: Operation, body: object
) -> Request:
    """The request with this form. Raises NoValue where nothing is known that could be sent.

    body   the values of the form's fields, by their names
    """
    fields = description.fields(operation)
    if not isinstance(body, Mapping) or not fields:
        raise NoValue("its description does not name the fields of its form")
    if operation.body_type == URLENCODED:
        pairs = [(name, _text(value)) for name, value in _each(body)]
        return replace(request, form=tuple(pairs))
    parts = [
        Part(name, _text(value), filename=FILE if _is_file(description, fields.get(name)) else "")
        for name, value in _each(body)
    ]
    return replace(request, parts=tuple(parts))


def _each(body: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Each field with its value; one of several values is sent as often."""
    for name, value in body.items():
        if isinstance(value, list):
            yield from ((name, one) for one in value)
        elif value is not None:
            yield name, value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_file(description: Description, schema: Schema | None) -> bool:
    """Whether a field is a file, or files; OpenAPI 3.0 and 3.1 say it in two ways."""
    try:
        found = description.resolved(schema)
        if isinstance(choices := found.get("anyOf"), list):
            return any(_is_file(description, one) for one in choices)
        if isinstance(items := found.get("items"), dict):
            return _is_file(description, items)
    except ValueError:
        return False
    return found.get("format") == "binary" or "contentMediaType" in found
