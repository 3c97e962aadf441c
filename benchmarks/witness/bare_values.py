"""Whether a value that a line of the app's code has read or written was anywhere in the stores.

Such a label is a Python literal without a key: "3", "'free'". So all that was held is looked through
for it, in the forms in which stores keep values: as text, as JSON, as eight bytes.
"""

from __future__ import annotations

import ast
import json
import pickle
import struct
from collections.abc import Iterator
from typing import Any

from witness.snapshots import Held

CUT = "…"
NOTHING = object()
RAW = 256  # bytes among which a number that is found is no accident


def literal(label: str) -> Any:
    """The value of a label that is a literal; `NOTHING` for another one. What is cut off is text."""
    if label.endswith(CUT) and label[:1] in "'\"b[({":
        return Cut(label[:-1])
    try:
        return ast.literal_eval(label)
    except (ValueError, SyntaxError, MemoryError):
        return NOTHING


class Cut(str):
    """The beginning of a literal."""

    __slots__ = ()


def place_of(value: Any, held: Held) -> str:
    """The kind of store that holds this value; "" for none."""
    for kind, leaves in _kinds(held):
        if any(_is(value, leaf) for leaf in leaves):
            return kind
    return ""


def under(names: set[str], held: Held) -> list[Any]:
    """All that is held under one of these names: a key, a field, a cell beside it."""
    found: list[Any] = []
    for value in (held.redis, held.memcached, [*held.memory.values()], held.files):
        found += _under(names, value)
    for rows in (*held.tables.values(), *map(dict, map(enumerate, held.postgres.rows.values()))):
        for key, row in rows.items():
            cells = (key, *row)
            if names & {one for one in cells if isinstance(one, str)}:
                found += [one for one in cells if one not in names]
    return found


def _under(names: set[str], value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, one in value.items():
            if _text(key) in names:
                yield one
            yield from _under(names, one)
    elif _is_pair(value) and isinstance(value[0], str):  # as `memory` tells of a dict
        if value[0] in names:
            yield value[1]
        yield from _under(names, value[1])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _under(names, one)


def is_among(value: Any, values: list[Any]) -> bool:
    return any(_is(value, part) for one in values for part in _parts(one))


def _kinds(held: Held) -> Iterator[tuple[str, Iterator[Any]]]:
    yield "redis", _parts(held.redis)
    yield "memcached", _parts(held.memcached)
    yield "sqlite", _cells(held.tables)
    yield "postgres", (part for rows in held.postgres.rows.values() for row in rows
                       for part in _parts(tuple(row)))  # fmt: skip
    yield "memory", _parts([*held.memory.values()])
    yield "files", (part for data in held.files.values() for part in _of_bytes(data))


def _cells(tables: dict[Any, dict[Any, Any]]) -> Iterator[Any]:
    for rows in tables.values():
        yield [*rows.values()]
        yield len(rows)
        for key, row in rows.items():
            yield from (key, (key, *row))
            for cell in row:
                yield from _parts(cell)


def _of_bytes(data: bytes) -> Iterator[Any]:
    yield data
    if len(data) <= RAW:
        yield Raw(data)
    if len(data) <= 65536:
        yield from _from_text(data)


class Raw(bytes):
    """Bytes in which a number may be."""


def _parts(value: Any) -> Iterator[Any]:
    """A value and all that it is made of."""
    yield value
    if isinstance(value, dict):
        if value.keys() == {"bytes"} and isinstance(value["bytes"], str):
            yield from _of_bytes(bytes.fromhex(value["bytes"]))
        for key, one in value.items():
            yield from _parts(key)
            yield from _parts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, bytes):
        yield from _from_text(value)
    elif isinstance(value, str) and value[:1] in '{["':
        yield from _from_text(value.encode())


def _from_text(data: bytes) -> Iterator[Any]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if data[:1] == b"\x80":
            yield from _pickled(data)
        return
    yield text
    for line in text.splitlines()[:200]:
        yield line
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict | list):
            yield from _parts(found)
    try:
        whole = json.loads(text)
    except ValueError:
        return
    yield from _parts(whole)


def _pickled(data: bytes) -> Iterator[Any]:
    """What aiocache stores on Memcached, say; the apps are of this repository."""
    try:
        yield from _parts(pickle.loads(data))  # noqa: S301
    except Exception:  # noqa: BLE001 (no pickle after all)
        return


def _is(value: Any, leaf: Any) -> bool:
    if isinstance(value, Cut):
        return repr(leaf).startswith(value) or (
            isinstance(leaf, bytes) and repr(leaf.decode(errors="replace")).startswith(value)
        )
    if isinstance(leaf, Raw):
        return _has_number(leaf, value)
    if isinstance(value, bool) or value is None:
        return leaf is value
    if isinstance(value, int | float):
        return _number(leaf) == value
    if isinstance(value, bytes | str):
        return _text(leaf) == _text(value)
    if isinstance(value, tuple) and isinstance(leaf, tuple):  # some columns of a row
        return all(any(_is(one, cell) for cell in leaf) for one in value)
    return _plain(leaf) == _plain(value)


def _number(leaf: Any) -> float | None:
    if isinstance(leaf, bool) or not isinstance(leaf, int | float | str | bytes):
        return None
    try:
        return float(leaf)
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return value if isinstance(value, str) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list) and value and all(_is_pair(one) for one in value):
        return {str(_plain(key)): _plain(one) for key, one in value}  # as `memory` tells a dict
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(str(_plain(one)) for one in value)
    return _text(value) if isinstance(value, bytes) else value


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list | dict)


def _has_number(data: bytes, value: Any) -> bool:
    """Whether a number lies in these bytes as a machine keeps it, at a multiple of its size."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    for form, size in (("<q", 8), ("<i", 4)):
        try:
            wanted = struct.pack(form, value)
        except struct.error:
            continue
        if any(data[at : at + size] == wanted for at in range(0, min(len(data), 4096), size)):
            return True
    return False
