"""A secret that is typed into a request stands in its result: who does so is told of another way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workerlab.cli.screen import Screen

SECRET = re.compile(r"\b((?:proxy-)?authorization|x-api-key|cookie)\s*:\s*([^\"']+)", re.IGNORECASE)


def warn_of_secrets(
    screen: Screen, texts: Iterable[str | None], files: Iterable[Path | None]
) -> None:
    """Say so when a file has got a secret that was typed into a request.

    texts   what was typed
    files   what has been written
    """
    found = next((name for text in texts for name in typed_secrets(text or "")), None)
    written = next(filter(None, files), None)
    if found and written:
        screen.warn(
            f"{written} has the {found} header as it was typed; {{env.NAME}} in its place is read from "
            "the environment, and stands in no result"
        )


def typed_secrets(text: str) -> Iterator[str]:
    """The names of headers with a value that looks like a secret, and is no placeholder.

    >>> [*typed_secrets('GET /a -H "Authorization: Bearer abc"'), *typed_secrets("x-api-key: k")]
    ['Authorization', 'x-api-key']
    >>> [*typed_secrets('GET /a -H "Authorization: Bearer {env.TOKEN}" -H "Accept: */*"')]
    []
    """
    return (match[1] for match in SECRET.finditer(text) if "{" not in match[2])
