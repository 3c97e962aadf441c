"""One request of a program: who asks, what for, and what is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

START = "START"  # in place of a request: a killed worker's replacement starts
WS, SSE = LISTENS = ("WS", "SSE")  # a WebSocket, or a GET of events: clients that listen

_NOT_IN_A_PATH = re.compile(r"[^!-~]+")
_BARE = re.compile(r"[\w@=./:,+{}-]+")  # needs no quotes around it


@dataclass(frozen=True)
class Part:
    """One field of a multipart form, or a whole body.

    value      its text, or what is in the file
    path       the file whose content is sent in place of `value`; "" for none
    filename   the name under which it is sent as a file; "" for a field that is no file
    kind       its content type; "" for the usual one
    """

    name: str
    value: str = ""
    path: str = ""
    filename: str = ""
    kind: str = ""

    @property
    def content(self) -> bytes:
        return Path(self.path).read_bytes() if self.path else self.value.encode()

    def __str__(self) -> str:
        said = f"@{self.path}" if self.path else self.value
        named = bool(self.filename) and not (self.path and self.filename == Path(self.path).name)
        said += f";type={self.kind}" if self.kind else ""
        said += f";filename={self.filename}" if named else ""
        return f"{self.name}={said}"


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    body     is sent as JSON unless it is None
    form     fields of a form, urlencoded; `parts` are those of a multipart form
    raw      a body that is sent as it stands
    client   who asks: cookies are kept for each client; "" is a client like any other
    then     it begins when the request before it in the program has its response; else at once
    """

    method: str
    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    client: str = ""
    then: bool = False
    raw: Part | None = None

    def __str__(self) -> str:
        words = [f"{self.client}:"] if self.client else []
        words += filter(None, [self.method, self.path])
        if self.body is not None:
            words.append(json.dumps(self.body))
        words += (f"--data-urlencode {quoted(f'{name}={value}')}" for name, value in self.form)
        words += (f"-F {quoted(str(part))}" for part in self.parts)
        if self.raw is not None:
            words.append(f"--data-binary {quoted(str(self.raw)[1:])}")  # a part without a name
        words += (f"-H {quoted(f'{name}: {value}')}" for name, value in self.headers)
        return " ".join(words)

    @property
    def starts_a_worker(self) -> bool:
        return self.method == START

    @property
    def listens(self) -> bool:
        """Whether it is a client that listens, and no request with one response."""
        return self.method in LISTENS

    @property
    def target(self) -> str:
        """The path as it is sent: what HTTP does not take as it stands, such as é, in its place.

        >>> Request("GET", "/é?a=1%20b").target
        '/%C3%A9?a=1%20b'
        """
        return _NOT_IN_A_PATH.sub(lambda found: quote(found[0]), self.path)

    def encoded(self) -> tuple[bytes | None, dict[str, str]]:
        """The body as it is sent, and all headers, in characters of Latin-1."""
        body, kind = self._body()
        headers = {"content-type": kind} if kind else {}
        headers |= {name: " ".join(value.split()) for name, value in self.headers}
        return body, {
            name: value if value.isascii() else value.encode().decode("latin-1")
            for name, value in headers.items()
        }

    def _body(self) -> tuple[bytes | None, str]:
        if self.body is not None:
            return json.dumps(self.body).encode(), "application/json"
        if self.raw is not None:
            return self.raw.content, self.raw.kind
        if self.parts:
            return multipart(self.parts)
        if self.form:
            return urlencode(self.form).encode(), "application/x-www-form-urlencoded"
        return None, ""


def multipart(parts: tuple[Part, ...]) -> tuple[bytes, str]:
    """The body of a multipart form and its content type. The same parts give the same bytes."""
    import httpx

    contents = [part.content for part in parts]
    boundary = sha256(b"\0".join(contents)).hexdigest()[:32]
    files = [
        (part.name, (part.filename or None, content, part.kind or None))
        for part, content in zip(parts, contents, strict=True)
    ]
    kind = f"multipart/form-data; boundary={boundary}"
    made = httpx.Request("POST", "http://app/", files=files, headers={"content-type": kind})
    return made.read(), kind


def quoted(text: str) -> str:
    """A word as a shell would take it: in quotes when it needs them."""
    if _BARE.fullmatch(text):
        return text
    if "'" not in text and ('"' in text or "\\" in text):
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
