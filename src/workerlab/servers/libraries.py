"""Import the libraries that an app will import, before a request waits for it.

Most of a worker's start is importing libraries, which does nothing that another process
could see. So they are imported once for all warm workers; and a worker that starts under the stepping
engine has them before it is held, since others wait meanwhile, for about a second at most.
"""

import ast
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path


def import_libraries(
    app: Path | None, *, also: Iterable[str] = (), only: Container[str] | None = None
) -> None:
    """Import what an app, and the files beside it that it imports, import from elsewhere.

    also   modules that are imported before
    only   packages whose modules are imported when the app names them; any when None

    What fails here fails again where the app imports it, and is reported there.
    """
    for name in also:
        _import(name)
    if app is None:
        return
    seen, waiting = set(), [app]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in libraries(file):
            top = app.parent / name.partition(".")[0]
            if top.with_suffix(".py").is_file() or top.is_dir():
                waiting.append(app.parent.joinpath(*name.split(".")).with_suffix(".py"))
            elif only is None or name.partition(".")[0] in only:
                _import(name)


def _import(name: str) -> None:
    if name not in sys.modules:
        with suppress(Exception):
            import_module(name)


def libraries(path: Path) -> Iterator[str]:
    """The modules that a Python file names in its absolute imports; none if it cannot be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
