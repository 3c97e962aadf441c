"""The settings of an app: NAME=VALUE, and files of such lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from workerlab.errors import BadUsage

_NAME = re.compile(r"[A-Za-z_]\w*")


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE as a pair. Raises BadUsage."""
    name, equals, value = text.partition("=")
    if not (equals and _NAME.fullmatch(name)):
        raise BadUsage(f"{text!r} is not a setting", "write it as --env NAME=VALUE")
    return name, value


def from_files(files: Iterable[str | Path]) -> dict[str, str]:
    """The settings in files as docker and uvicorn read them; a later file wins. Raises BadUsage."""
    from dotenv import dotenv_values

    found: dict[str, str] = {}
    for file in map(Path, files):
        try:
            with file.open(encoding="utf-8") as stream:
                values = dotenv_values(stream=stream)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise BadUsage(
                f"cannot read {file}: {reason}", "name a file of lines NAME=VALUE"
            ) from error
        bare = [name for name, value in values.items() if value is None]
        if bare:
            raise BadUsage(f"{bare[0]!r} in {file} is not a setting", "write lines as NAME=VALUE")
        found |= {name: value for name, value in values.items() if value is not None}
    return found
