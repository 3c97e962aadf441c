"""The command `workerlab`: one file a verb, named as it is typed, and no logic of its own."""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.cli.command_line import main

__all__ = ["main"]
__getattr__ = lazy(__name__, {"main": "workerlab.cli.command_line"})
