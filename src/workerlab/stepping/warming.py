"""Import the libraries that an app will import, before anybody waits for it.

A worker that starts is stepped against requests that are held meanwhile, for about a second at
most. Most of a start is importing libraries, in which nothing happens that anybody else could see.
"""

import ast
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path


def import_libraries(app: Path) -> None:
    """Import what an app, and the files beside it that it imports, import from elsewhere.

    What fails here, fails again where the app imports it, and is told there.
    """
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
            elif name not in sys.modules:
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
