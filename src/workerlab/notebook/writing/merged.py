"""An app's code with the definitions of a cell in place of its own."""

from __future__ import annotations

import ast

from workerlab.errors import BadUsage
from workerlab.notebook.definitions import definitions, lines_of, names_of

__all__ = ["merged"]


def merged(code: str, cell: str) -> str:
    """The code of an app in which each definition of the cell stands for the one of its name.

    A name that the app does not have comes before the first one that is replaced; imports come
    first of all. Raises BadUsage for a cell that is no Python, or that holds anything else.
    """
    lines, there = code.splitlines(), definitions(code)
    imports, new, places = [], [], {}
    text = cell.splitlines()
    for node in _parsed(cell).body:
        first, last = lines_of(node)
        own = text[first : last + 1]
        name = next(iter(names_of(node)), "")
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports += own
        elif not name:
            raise BadUsage(
                f"line {node.lineno + 1} of the cell defines nothing: {text[first].strip()[:60]}",
                "write imports, functions, classes and variables, as in the app's own file",
            )
        elif name in there:
            places[there[name]] = own
        else:
            new += [*own, ""]
    at = min((first for first, _ in places), default=len(lines))
    for (first, last), own in sorted(places.items(), reverse=True):
        lines[first : last + 1] = own
    lines[at:at] = new
    top = _behind_the_docstring(code)
    lines[top:top] = imports
    return "\n".join(lines) + "\n"


def _parsed(cell: str) -> ast.Module:
    try:
        return ast.parse(cell)
    except SyntaxError as error:
        where = f"line {(error.lineno or 0) + 1} of the cell"  # the first one is %%write
        raise BadUsage(
            f"{where} is no Python: {error.msg}", "correct it, and run the cell again"
        ) from error


def _behind_the_docstring(code: str) -> int:
    """The line before which an import may stand: behind a docstring and `from __future__`."""
    top = 0
    for node in ast.parse(code).body:
        if isinstance(node, ast.Expr) or getattr(node, "module", "") == "__future__":
            top = node.end_lineno or 0
        else:
            break
    return top
