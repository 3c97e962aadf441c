"""Whether an app might find out that its workers are forks of one process.

Forks share Python's secret for the hashes of texts, and the places of the objects that were made
before. An app that names nothing of the kind cannot tell, and its workers start in half the time.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from workerlab.servers.libraries import MOST_FILES, NotRead, libraries, own_files, parsed
from workerlab.servers.preload import KNOWN

# What depends on the secret or on such a place, and what could come to that unseen: as a name alone …
BUILT_IN = frozenset({
    *("hash", "set", "frozenset", "id", "repr"),
    *("eval", "exec", "compile", "__import__", "__builtins__"),
})  # fmt: skip
# … and as a name of any kind.
ANYWHERE = frozenset({"__hash__", "ident", "get_ident", "builtins", "ctypes", "importlib", "runpy"})
UNDERSTOOD = KNOWN | sys.stdlib_module_names


def may_tell(app: Path | None) -> bool:
    """Whether it might: so it is unless all of its own files show that it cannot.

    app   its file; None for one that is named as a module
    """
    if app is None:
        return True
    files = own_files(app)
    if len(files) >= MOST_FILES:
        return True
    own = {file.stem for file in files} | {file.parent.name for file in files}
    return any(_tells(file, own) for file in files)


def _tells(file: Path, own: set[str]) -> bool:
    """Whether a file names what depends on it, or libraries of which we do not know."""
    try:
        tree = parsed(file)
    except NotRead:
        return True
    if any(name.partition(".")[0] not in UNDERSTOOD | own for name in libraries(file)):
        return True
    nodes = [*ast.walk(tree)]
    own_names = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return any(_names_what_tells(node, BUILT_IN - own_names) for node in nodes)


def _names_what_tells(node: ast.AST, built_in: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():  # their order is by hashes
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in BUILT_IN | ANYWHERE
        case ast.Name(id=name, ctx=ast.Load()):
            return name in built_in | ANYWHERE
        case ast.Attribute(attr=name):
            return name in ANYWHERE
        case ast.alias(name=name):
            return bool({*name.split(".")} & (BUILT_IN | ANYWHERE))
        case ast.ImportFrom(module=name, level=level):  # of a package: files that we do not read
            return bool(level or {*(name or "").split(".")} & ANYWHERE)
    return False
