"""What a Python text defines and imports, and the Python text of a notebook. Nothing is run."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator

MOST = 500_000  # bytes that are looked into
WRITES_A_FILE = "%%writefile "


class Unreadable(Exception):
    """Why a text cannot be read: the end of a sentence that begins with its name."""


def parsed(data: bytes) -> ast.Module:
    """The text as a syntax tree. Raises Unreadable."""
    if len(data) > MOST:
        raise Unreadable("is too long to be a program")
    if b"\0" in data:
        raise Unreadable("is no text in UTF-8")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an odd escape in a text that is not ours
            return ast.parse(data)
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise Unreadable(f"is no Python: {error.msg}{line}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable("is no Python") from error


def defined(tree: ast.Module) -> set[str]:
    """The names that a module gives a value itself; what it only imports is another's."""
    return set(_defined(tree.body))


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _defined(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _defined(handler.body)


def imported(tree: ast.Module) -> set[str]:
    """The first parts of the modules that a text imports, anywhere; "." for one beside it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).partition(".")[0])
    return found


def starts_a_server(tree: ast.Module) -> bool:
    """Whether importing it would start a server: `uvicorn.run(…)` among its own lines."""
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr)]
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "run"
        for call in calls
    )


def of_notebook(data: bytes, name: str) -> bytes:
    """The code of a notebook as the file `name`; Raises Unreadable.

    That is the cell that writes this file (`%%writefile app.py`), if there is just one; else all
    code cells, without their magic lines (`%…`, `!…`) and without cells of another language.
    """
    sources = _sources(data)
    written = [one for one in sources if one.startswith(WRITES_A_FILE)]
    own = [one.partition("\n") for one in written]
    bodies = [body for first, _, body in own if first.split()[1:] in ([name], [f"./{name}"])]
    if len(bodies) > 1:
        raise Unreadable(f"writes {name} more than once")
    if bodies:
        return bodies[0].encode("utf-8", "replace")
    cells = [_without_magic(one) for one in sources if not one.startswith("%%")]
    code = ("\n\n".join(cell for cell in cells if cell.strip()) + "\n").encode("utf-8", "replace")
    if starts_a_server(parsed(code)):
        raise Unreadable("starts a server itself")
    return code


def _sources(data: bytes) -> list[str]:
    try:
        cells = json.loads(data)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source).lstrip() for source in sources]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable("is no notebook that can be read") from error


def _without_magic(source: str) -> str:
    """A cell without its magic lines. (A cell that is Python may begin a line with % as well.)"""
    try:
        parsed(source.encode("utf-8", "replace"))
        return source
    except Unreadable:
        pass
    lines = source.split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
