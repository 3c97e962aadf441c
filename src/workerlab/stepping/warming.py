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


def import_libraries(folder: str) -> None:
    """Import what the Python files of a folder import from elsewhere. What fails, fails later."""
    own = {path.stem for path in Path(folder).glob("*.py")}
    own |= {path.name for path in Path(folder).iterdir() if path.is_dir()}
    for path in sorted(Path(folder).glob("*.py")):
        for name in libraries(path):
            if name.partition(".")[0] not in own and name not in sys.modules:
                with suppress(Exception):  # the app's own import of it will say what is wrong
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
