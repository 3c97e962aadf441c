"""Names of a package that load on first use.

Every worker process imports `workerlab` when it starts, and must not pay for what only the grader
needs. A package gives its public names and their homes; a type checker reads them under
`TYPE_CHECKING`, in the same file.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: looks a public name up in the module that defines it.

    homes   each public name, and the module it lives in
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return load
