"""The values that a step read and wrote, for the picture of a losing schedule.

Used only when a loss is replayed to be shown. Values are looked at, never called:
a proxy's `repr` may itself travel to a server, so only plain data is printed.
"""

from __future__ import annotations

import ast
from types import FrameType
from typing import TYPE_CHECKING

from workerlab.stepping.gates import call_at, globals_that_change, syntax_of

if TYPE_CHECKING:
    from dis import Positions
    from typing import Any

_LONGEST = 60
_PLAIN = (int, float, str, bytes, bool, type(None))
_CONTAINERS = (list, tuple, set, dict)
_WRITING_VERBS = (
    "add", "append", "change", "dump", "exec", "hset", "incr", "increment", "insert", "lpush",
    "pack_into", "publish", "put", "push", "rpush", "save", "set", "setdefault", "setex",
    "store", "swap", "update", "upsert", "write",
)  # fmt: skip
_NOTHING = object()


def plain(value: object) -> str | None:
    """The value as text if it is plain data, else None."""
    if isinstance(value, _PLAIN) and type(value) in _PLAIN:
        text = repr(value)
    elif type(value) in _CONTAINERS and isinstance(value, _CONTAINERS):
        items = list(value.items()) if isinstance(value, dict) else list(value)
        flat = [part for item in items for part in (item if isinstance(item, tuple) else (item,))]
        if len(items) > 20 or any(plain(part) is None for part in flat):
            return None
        text = repr(value)
    else:
        return None
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def evaluate(node: ast.AST | None, frame: FrameType) -> object:
    """The value of an expression made of names, constants and arithmetic; `_NOTHING` otherwise."""
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name, _NOTHING))
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            values = [evaluate(part, frame) for part in parts]
            return _NOTHING if _NOTHING in values else tuple(values)
        case ast.Dict(keys=keys, values=values):
            pairs = [
                (evaluate(k, frame), evaluate(v, frame)) for k, v in zip(keys, values, strict=True)
            ]
            return _NOTHING if any(_NOTHING in pair for pair in pairs) else dict(pairs)
        case ast.Call(func=ast.Name(id="int" | "str" | "float" as name), args=[argument]):
            value = evaluate(argument, frame)
            return (
                {"int": int, "str": str, "float": float}[name](value)
                if is_plain(value)
                else _NOTHING
            )
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(evaluate(left, frame), op, evaluate(right, frame))
        case ast.BoolOp(op=ast.Or(), values=values):
            found = [evaluate(value, frame) for value in values]
            return _NOTHING if _NOTHING in found else next(filter(None, found), found[-1])
    return _NOTHING


def is_plain(value: object) -> bool:
    return value is not _NOTHING and plain(value) is not None


def _arithmetic(left: Any, op: ast.operator, right: Any) -> object:
    if not (is_plain(left) and is_plain(right)):
        return _NOTHING
    try:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
    except TypeError:
        return _NOTHING
    return _NOTHING


def safely_evaluated(node: ast.AST | None, frame: FrameType) -> object:
    """The same as `evaluate`, or `_NOTHING`, and no error; of names only those that nobody else binds."""
    changing = globals_that_change(frame.f_code.co_filename)
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node else set()
    if names & changing.difference(frame.f_locals):
        return _NOTHING  # another thread may have bound it anew since this one read it
    try:
        return evaluate(node, frame)
    except Exception:  # noqa: BLE001 (for a picture, never an error in the student's app)
        return _NOTHING


def written(frame: FrameType, kind: str, positions: Positions | None) -> str | None:
    """The value that the instruction at a gate is perhaps about to write, as text.

    The last plain argument of a call may be anything, so no picture shows it. It only supports the
    name of an anomaly, beside the responses.
    """
    try:
        value = _value_to_write(frame, kind, positions)
    except Exception:  # noqa: BLE001 (for a picture, never an error in the student's app)
        return None
    return plain(value) if value is not _NOTHING else None


def _value_to_write(frame: FrameType, kind: str, positions: Positions | None) -> object:
    filename = frame.f_code.co_filename
    if kind == "call":
        call = call_at(filename, positions)
        name = getattr(call and call.func, "attr", "") or getattr(call and call.func, "id", "")
        if not call or not name.lower().startswith(_WRITING_VERBS):
            return _NOTHING
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        values = [evaluate(argument, frame) for argument in arguments]
        if name == "execute" and not (values and _changes_data(values[0])):
            return _NOTHING
        data = [
            v for a, v in zip(arguments, values, strict=True) if not isinstance(a, ast.Constant)
        ]
        return next((v for v in reversed(data or values) if is_plain(v)), _NOTHING)
    if kind == "write" and positions and positions.lineno:
        line = positions.lineno
        for node in ast.walk(syntax_of(filename) or ast.Module([], [])):
            if isinstance(node, ast.Assign) and node.lineno <= line <= (node.end_lineno or 0):
                return evaluate(node.value, frame)
    return _NOTHING


def _changes_data(sql: object) -> bool:
    return str(sql).lstrip().upper().startswith(("UPDATE", "INSERT", "REPLACE", "DELETE"))
