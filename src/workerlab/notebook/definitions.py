"""Where in a file each name of its top level is defined."""

from __future__ import annotations

import ast

__all__ = ["Lines", "definitions", "lines_of", "names_of"]

Lines = tuple[int, int]  # the first line and the last, from 0


def definitions(code: str) -> dict[str, Lines]:
    """The lines of each function, class and variable, decorators included."""
    return {name: lines_of(node) for node in ast.parse(code).body for name in names_of(node)}


def names_of(node: ast.stmt) -> list[str]:
    """What a statement defines."""
    match node:
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return [name] if (name := getattr(node, "name", "")) else []


def lines_of(node: ast.stmt) -> Lines:
    """The lines of a statement."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return first - 1, (node.end_lineno or first) - 1
