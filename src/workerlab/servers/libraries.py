"""Import the libraries that an app will import, before a request waits for it.

Most of a worker's start is importing libraries, which does nothing that another process
could see. So they are imported once for all warm workers; and a worker that starts under the stepping
engine has them before it is held, since others wait meanwhile, for about a second at most.
"""

import ast
import os
import stat
import sys
import warnings
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock

# What a library imports only when it is first used. Each worker would do so by itself.
LATER = {
    "fastapi": ("pydantic.v1", "anyio._backends._asyncio", "encodings.idna"),
    "httpx": ("httpcore",),
    "tortoise": ("asyncpg", "tortoise.backends.asyncpg"),
}


LONGEST = 1_000_000  # bytes of a file that is read
MOST_FILES = 200  # that are looked through


# Python 3.11 counts the depth of a tree for all threads together, and raises SystemError when two
# of them make one at the same time (python/cpython#106905).
_one_at_a_time = Lock()


class NotRead(Exception):
    """A file that is no Python, or not to be read."""


def import_libraries(
    app: Path | None, *, also: Iterable[str] = (), only: Container[str] | None = None
) -> None:
    """Import what an app, and the files beside it that it imports, import from elsewhere.

    With a library comes what it imports when it is first used: see LATER.

    also   modules that are imported before
    only   packages whose modules are imported when the app names them; any when None

    What fails here fails again where the app imports it, and is reported there.
    """
    for name in also:
        _import(name)
    if app is None:
        return
    for file in own_files(app):
        for name in libraries(file):
            library = name.partition(".")[0]
            if not _beside(app, name) and (only is None or library in only):
                for module in (name, *LATER.get(library, ())):
                    _import(module)


def own_files(app: Path) -> list[Path]:
    """The app's file, and those beside it or in PYTHONPATH that it imports, or that these import."""
    found: list[Path] = []
    waiting = [app]
    while waiting and len(found) < MOST_FILES:
        file = waiting.pop()
        if file not in found:
            found.append(file)
            waiting += filter(None, (_beside(app, name) for name in libraries(file)))
    return found


def _beside(app: Path, name: str) -> Path | None:
    """Where a module of this name lies, beside the app or in PYTHONPATH; None when elsewhere."""
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    for folder in (app.parent, *map(Path, filter(None, named))):
        top = folder / name.partition(".")[0]
        if top.with_suffix(".py").is_file() or top.is_dir():
            return folder.joinpath(*name.split(".")).with_suffix(".py")
    return None


def _import(name: str) -> None:
    if name not in sys.modules:
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydantic.v1 warns of new Pythons
            import_module(name)


def parsed(path: Path) -> ast.Module:
    """The tree of a Python file, which may be a stranger's. Raises NotRead."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotRead(path)  # a pipe, or a device without an end
            source = file.read(LONGEST + 1)
        if len(source) > LONGEST:
            raise NotRead(path)
        with _one_at_a_time:
            return ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, SystemError) as error:
        raise NotRead(path) from error


def libraries(path: Path) -> Iterator[str]:
    """The modules that a Python file names in its absolute imports; none if it cannot be read."""
    try:
        tree = parsed(path)
    except NotRead:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
