"""What a step reads and writes as its source line shows it, where that is certain.

A value is certain that an assignment stores, that a name is given by the very expression at the
gate, or that a function returns which reads by its name. All else is nothing.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from types import CodeType, FrameType
from typing import TYPE_CHECKING, NamedTuple

from workerlab.stepping.gates import call_at, syntax_of
from workerlab.stepping.worker.values import is_plain, plain, safely_evaluated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from dis import Positions

_READING = (
    "get", "read", "load", "fetch", "find", "first", "scalar", "exist", "is_file", "peek",
)  # fmt: skip
_OF_ITEMS = ("__getitem__", "__contains__")
# What is written is their one argument. Not `write`: what a file or a stream is given lies in its
# buffer for a while, and a function of the student's has steps of its own.
_WRITING = ("write_text", "write_bytes")
_CONVERTING = ("int", "float", "str")

End = tuple[int | None, int | None]
Names = tuple[str, ...]


class Begun(NamedTuple):
    """A step that has begun, at its gate."""

    number: int
    frame: int
    code: CodeType
    offset: int
    reads: str  # the function that it calls, if that reads; "[]" for an item; else ""
    targets: Names  # the names that are given just what it reads
    lines: tuple[int, int]  # of that assignment
    before: str | None  # what these names had before
    writes: str = ""  # the function that it calls, if that writes its one argument; else ""
    given: str | None = None  # … and that argument

    def is_at(self, frame: FrameType) -> bool:
        return id(frame) == self.frame and frame.f_code is self.code


def begun(
    number: int, frame: FrameType, offset: int, kind: str, positions: Positions | None
) -> Begun:
    code = frame.f_code
    reads = "[]" if kind == "read" else ""
    writes, given = "", None
    if kind == "call":
        name = _name_called(code.co_filename, positions)
        asks = name.lower().startswith(_READING) or _selects(code.co_filename, positions)
        reads = name if asks else ""
        writes = name if name in _WRITING else ""
        given = _one_argument(frame, positions) if writes else None
    targets: Names = ()
    first = last = 0
    if reads and positions:
        end = (positions.end_lineno, positions.end_col_offset)
        targets, first, last = _assignments(code.co_filename).get((kind, *end), ((), 0, 0))
    before = _values_of(targets, frame)
    where = (id(frame), code, offset)
    return Begun(number, *where, reads, targets, (first, last), before, writes, given)


def _selects(filename: str, positions: Positions | None) -> bool:
    """Whether a call is given a query that only reads: `base.execute("SELECT n FROM counts")`."""
    call = call_at(filename, positions)
    query = call.args[0] if call and call.args else None
    text = query.value if isinstance(query, ast.Constant) else None
    return isinstance(text, str) and text.lstrip().lower().startswith("select ")


def _values_of(names: Names, frame: FrameType) -> str | None:
    """What these names have, as text; None where not all of it is plain data."""
    here = frame.f_locals
    if not names or not all(name in here for name in names):
        return None
    values = tuple(here[name] for name in names)
    return plain(values if len(values) > 1 else values[0])


def _name_called(filename: str, positions: Positions | None) -> str:
    call = call_at(filename, positions)
    return getattr(call and call.func, "attr", "") or getattr(call and call.func, "id", "")


@cache
def _assignments(filename: str) -> dict[tuple[str, int | None, int | None], tuple[Names, int, int]]:
    """Expressions of which names are given the value: by kind and end, the names and the lines."""
    found = {}
    for node in ast.walk(syntax_of(filename) or ast.Module([], [])):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], _without_conversions(node.value)
        parts = [*_parts(target)]
        names = tuple(part.id for part in parts if isinstance(part, ast.Name))
        # A sum, say, ends where its last part does, and is not what that part reads.
        if len(names) == len(parts) and isinstance(value, ast.Call | ast.Subscript | ast.Name):
            kind = "call" if isinstance(value, ast.Call) else "read"
            place = (kind, value.end_lineno, value.end_col_offset)
            found[place] = (names, node.lineno, node.end_lineno or node.lineno)
    return found


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    """What a target is made of: `n` and `m` of `[(n, m)]`."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _parts(part)
    else:
        yield target


def _without_conversions(value: ast.expr) -> ast.expr:
    """`store.get("n")` of `int(await store.get("n"))`: the number is what was read."""
    while True:
        match value:
            case ast.Await(value=inner):
                value = inner
            case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _CONVERTING:
                value = inner
            case _:
                return value


@cache
def _bindings(filename: str) -> dict[str, list[int]]:
    """The lines on which each name is given a value."""
    found: dict[str, list[int]] = {}
    for node in ast.walk(syntax_of(filename) or ast.Module([], [])):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, []).append(node.lineno)
    return found


def assigned(step: Begun, frame: FrameType, offset: int) -> str | None:
    """What a step has read, once the frame is at its next gate: the value of the name it was given.

    None where the assignment may not have been carried out, or the name has another value since.
    """
    if not step.targets or not step.is_at(frame) or sys.exc_info()[0] is not None:
        return None
    first, last = step.lines
    line = frame.f_lineno or 0
    bindings = _bindings(step.code.co_filename)
    between = [n for name in step.targets for n in bindings[name] if first <= n < line]
    if line <= last or offset <= step.offset or len(between) != len(step.targets):
        return None
    now = _values_of(step.targets, frame)
    return now if now != step.before else None


def returned(step: Begun, code: CodeType, value: object) -> str | None:
    """What a step has read, by the function of a library that it has called and that returns."""
    name = code.co_name
    by_item = step.reads == "[]" and name in _OF_ITEMS
    return plain(value) if value is not None and (by_item or name == step.reads) else None


def passed_on(step: Begun, code: CodeType, value: object) -> str | None:
    """What a step has written, by the function of a library that was given it and that returns.

    One that raises an error returns nothing (3.11), or not at all.
    """
    return step.given if value is not None and code.co_name == step.writes else None


def stored(frame: FrameType) -> str | None:
    """What a function of a library is given to store, by `thing[key] = value`."""
    code, here = frame.f_code, frame.f_locals
    if code.co_name != "__setitem__":
        return None
    if code.co_argcount >= 3:
        return plain(here.get(code.co_varnames[2]))
    given = here.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
    return plain(given[-1]) if isinstance(given, tuple) and len(given) == 2 else None


def written(frame: FrameType, kind: str, positions: Positions | None) -> str | None:
    """What the assignment at a gate is about to store; None when that is not certain."""
    if positions is None or kind != "write":
        return None
    stores = _stores(frame.f_code.co_filename)
    found = safely_evaluated(stores.get((positions.end_lineno, positions.end_col_offset)), frame)
    return plain(found) if is_plain(found) else None


def _one_argument(frame: FrameType, positions: Positions | None) -> str | None:
    """The one argument of the call at a gate, as text; None when it is not certain."""
    call = call_at(frame.f_code.co_filename, positions)
    if call is None or len(call.args) != 1 or call.keywords:
        return None
    found = safely_evaluated(call.args[0], frame)
    return plain(found) if is_plain(found) else None


@cache
def _stores(filename: str) -> dict[End, ast.expr]:
    """What plain assignments store, by where the target ends."""
    found: dict[End, ast.expr] = {}
    for node in ast.walk(syntax_of(filename) or ast.Module([], [])):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                found[target.end_lineno, target.end_col_offset] = node.value
    return found
