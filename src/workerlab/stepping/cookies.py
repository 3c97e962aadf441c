"""The cookies of one client, as a browser keeps them for one service.

>>> jar = Jar()
>>> jar.take("sid=abc; Path=/; HttpOnly")
>>> jar.header("/mine", "theme=dark")
'sid=abc; theme=dark'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass
class Jar:
    """Cookies by name and path, each with its value. Time is looked at only to delete them."""

    cookies: dict[tuple[str, str], str] = field(default_factory=dict)

    def copy(self) -> Jar:
        return Jar(dict(self.cookies))

    def take(self, text: str) -> None:
        """Take in the value of one Set-Cookie header, or delete what it lets run out."""
        pair, *rest = text.split(";")
        name, equals, value = (word.strip() for word in pair.partition("="))
        if not (name and equals):
            return
        settings = {key.strip().lower(): said.strip() for key, _, said in _pairs(rest)}
        path = settings.get("path", "/")
        key = (name, path if path.startswith("/") else "/")
        self.cookies.pop(key, None)
        if not _has_run_out(settings):
            self.cookies[key] = value

    def header(self, path: str, own: str = "") -> str:
        """The Cookie header for a request to this path; `own` is what its author wrote himself."""
        path = path.partition("?")[0]
        sent = {name: value for (name, at), value in self.cookies.items() if _below(path, at)}
        sent |= {name.strip(): value.strip() for name, _, value in _pairs(own.split(";"))}
        return "; ".join(f"{name}={value}" for name, value in sent.items() if name)


def names_set(headers: dict[str, str]) -> str:
    """The names of the cookies that a response sets, in order: "sid, theme"."""
    texts = headers.get("set-cookie", "").split("\n")
    return ", ".join(sorted({text.partition("=")[0].strip() for text in texts}))


def _pairs(texts: list[str]) -> list[tuple[str, str, str]]:
    return [text.partition("=") for text in texts]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _has_run_out(settings: dict[str, str]) -> bool:
    if "max-age" in settings:
        return settings["max-age"].lstrip("-").isdigit() and int(settings["max-age"]) <= 0
    try:
        ends = parsedate_to_datetime(settings["expires"])
    except (KeyError, ValueError, TypeError):
        return False
    return ends.replace(tzinfo=ends.tzinfo or UTC) <= datetime.now(UTC)
