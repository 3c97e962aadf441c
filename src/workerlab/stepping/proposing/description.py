"""An app's own description of itself: its operations, as /openapi.json has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workerlab.errors import BadUsage

WRITING = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", *WRITING)
JSON, NONE = "application/json", ""
FORMS = URLENCODED, MULTIPART = ("application/x-www-form-urlencoded", "multipart/form-data")
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_VERSION = re.compile(r"(api|rest|public|internal|v\d+(\.\d+)*)$", re.IGNORECASE)
HELP = "name the right one with --openapi PATH, or ask one question: workerlab explore --program"
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation: in its path, query or headers."""

    name: str
    place: str
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    path       as the app has it: /items/{item_id}
    body_type  the media type of the body; "" for no body
    secured    whether the description says that one must sign in
    streams    whether its response has no end that one could wait for
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    body_type: str = NONE
    body: Schema = field(default_factory=dict, hash=False)
    secured: bool = False
    streams: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def __hash__(self) -> int:
        return hash((self.method, self.path))

    @property
    def writes(self) -> bool:
        return self.method in WRITING

    @cached_property
    def names_in_path(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    @cached_property
    def segments(self) -> list[str]:
        """The parts of its path, without what all of an API begins with: api, v1."""
        parts = [part for part in self.path.split("/") if part]
        while len(parts) > 1 and _VERSION.match(parts[0]):
            parts = parts[1:]
        return parts

    def above(self, name: str) -> str:
        """The path up to a parameter: /items of /items/{item_id}/buy."""
        return self.path[: re.search(rf"/\{{{name}(:\w+)?\}}", self.path).start()]  # type: ignore[union-attr]


@dataclass(frozen=True)
class Description:
    """All operations of an app, and the schemas that they name."""

    operations: tuple[Operation, ...]
    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, document: object) -> Description:
        """Read an OpenAPI document. Raises BadUsage when it is none."""
        if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
            raise BadUsage("the app's description is no OpenAPI document: it has no paths", HELP)
        try:
            operations = tuple(_operations(document))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise BadUsage(f"the app's OpenAPI document is broken ({what})", HELP) from error
        return cls(operations, document)

    def resolved(self, schema: object) -> dict[str, Any]:
        """A schema with its `$ref` followed and its `allOf` put together. Raises ValueError."""
        return _resolved(self.document, schema)

    @cached_property
    def writing(self) -> list[Operation]:
        return [operation for operation in self.operations if operation.writes]

    @cached_property
    def looking(self) -> list[Operation]:
        return [one for one in self.operations if one.method == "GET" and not one.streams]

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of this path, with or without a slash at its end."""
        wanted = path.rstrip("/")
        return next(
            (o for o in self.operations if o.method == method and o.path.rstrip("/") == wanted),
            None,
        )

    def resource(self, operation: Operation) -> str:
        """What an operation is about: the first part of its path; "" for an action by itself.

        /increment and /report name no thing, but something that is done to the one thing there is.
        """
        first = operation.segments[0] if operation.segments else ""
        return first if first in self._things else ""

    @cached_property
    def _things(self) -> set[str]:
        first: dict[str, set[str]] = {}
        deeper = set()
        for operation in self.operations:
            if operation.segments:
                first.setdefault(operation.segments[0], set()).add(operation.method)
                deeper |= {operation.segments[0]} if len(operation.segments) > 1 else set()
        return {name for name, methods in first.items() if name in deeper or len(methods) > 1}

    def fields(self, operation: Operation) -> dict[str, Any]:
        """The fields of an operation's JSON body or form, with their schemas."""
        try:
            found = self.resolved(operation.body).get("properties", {})
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def has_lists(self, operation: Operation) -> bool:
        """Whether a field of its body is a list."""
        try:
            return any(
                self.resolved(one).get("type") == "array" for one in self.fields(operation).values()
            )
        except ValueError:
            return False

    def names(self, operation: Operation) -> set[str]:
        """All names by which an operation is told about something: parameters and fields."""
        own = {one.name for one in operation.parameters if one.place in ("path", "query")}
        return own | {*self.fields(operation)}


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        if not isinstance(item, dict) or not str(path).startswith("/"):
            continue
        for method in METHODS:
            if isinstance(found := item.get(method.lower()), dict):
                yield _operation(document, method, str(path), item, found)


def _operation(
    document: Mapping[str, Any], method: str, path: str, item: Schema, found: Schema
) -> Operation:
    listed = {}
    for one in [*item.get("parameters", ()), *found.get("parameters", ())]:
        one = _resolved(document, one)
        parameter = Parameter(
            str(one["name"]), str(one["in"]), bool(one.get("required")), _schema_of(one)
        )
        listed[parameter.name, parameter.place] = parameter
    for name in _PARAMETER.findall(path):
        listed.setdefault((name, "path"), Parameter(name, "path", True, {"type": "string"}))
    body_type, body = _body(document, found.get("requestBody"))
    security = found.get("security", document.get("security"))
    return Operation(
        method, path, tuple(listed.values()), body_type, body,
        secured=bool(security), streams=_streams(document, found),
    )  # fmt: skip


def _schema_of(described: Schema) -> Schema:
    """The schema of a parameter or body, with the examples that stand beside it."""
    schema = dict(described.get("schema") or {"type": "string"})
    examples = described.get("examples")
    if isinstance(examples, dict):
        examples = [one["value"] for one in examples.values() if "value" in (one or {})]
    if "example" in described:
        examples = [described["example"]]
    return {**schema, "examples": examples} if examples else schema


def _body(document: Mapping[str, Any], found: object) -> tuple[str, Schema]:
    if not found:
        return NONE, {}
    content = _resolved(document, found).get("content") or {}
    for media, described in content.items():
        if media.partition(";")[0].strip() == JSON or media.endswith("+json"):
            return JSON, _schema_of(described or {})
    return next(((str(media), _schema_of(one or {})) for media, one in content.items()), (NONE, {}))


def _streams(document: Mapping[str, Any], found: Schema) -> bool:
    for response in (found.get("responses") or {}).values():
        content = _resolved(document, response).get("content") or {}
        if any(media.startswith(("text/event-stream", "multipart/x-mixed")) for media in content):
            return True
    return False


def _resolved(document: Mapping[str, Any], schema: object, depth: int = 0) -> dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    if depth > 30:
        raise ValueError("a $ref that leads back to itself")
    if isinstance(reference := schema.get("$ref"), str):
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_resolved(document, _at(document, reference), depth + 1), **rest}
    if not isinstance(parts := schema.get("allOf"), list):
        return dict(schema)
    merged: dict[str, Any] = {}
    for part in [*parts, {key: value for key, value in schema.items() if key != "allOf"}]:
        part = _resolved(document, part, depth + 1)
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged |= part
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged


def _at(document: Mapping[str, Any], reference: str) -> object:
    """What a `$ref` within this document names. Raises ValueError."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not reference.startswith("#/") or not isinstance(found, dict) or key not in found:
            raise ValueError(f"$ref {reference} leads nowhere")
        found = found[key]
    return found
