"""Requests as text: what follows the path is written as for curl.

    POST /buy {"n": 1} -H "Idempotency-Key: k1"      a JSON body, a header
    POST /token -d username=ada -d password=x        a form
    POST /upload -F text=hi -F file=@cat.png         a multipart form with a file
    POST /upload -F 'file=hello;filename=a.txt'      … whose content stands here
    PUT /parts/1 --data-binary @cat.png              a file, or a text, as it stands
    GET /mine -b sid=abc -u ada:secret               a cookie; a user and a password
    ada: POST /buy | bob: POST /buy                  two clients, each with cookies of its own
    POST /orders then POST /orders/{A.id}/pay        one after the other

`|` separates requests, but not inside quotes or JSON.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

from workerlab.errors import BadUsage
from workerlab.stepping.request import START, Part, Request, quoted

_REQUEST = re.compile(r"\s*(?:([a-z][\w-]*):\s+)?([A-Za-z]+)\s+(/[^\s|]*)\s*")
_OPTION = re.compile(r"(--?[A-Za-z][\w-]*)(?:\s+|=)")
_THEN = re.compile(r"then\s+")
_SETTING = re.compile(r";\s*(type|filename)=([^;]*)$")
_HEADER = re.compile(r"\s*([\w-]+)\s*:\s*(.*?)\s*", re.DOTALL)
_WORD = re.compile(r"""(?:[^\s|'"]|'[^']*'|"(?:[^"\\]|\\.)*")+""", re.DOTALL)
_PIECE = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|([^'"]+)""", re.DOTALL)
OPTIONS = "-H, -d, -F, -b, -u, --json and --data-binary"
HOW = """write METHOD /path {JSON} -H "Name: value", and | between requests"""


def one_request(text: str) -> Request:
    """Read a text that is one request. Raises BadUsage."""
    request, rest = _first(text, Path())
    if rest.strip(" |\n\t"):
        raise BadUsage(f"{text.strip()!r} is more than one request", "put | between them")
    return request


def all_requests(text: str, folder: str | Path = "") -> tuple[Request, ...]:
    """Read requests separated by `|`, or by `then`. Raises BadUsage.

    folder   where the files are that a form names
    """
    requests: list[Request] = []
    while text := text.lstrip():
        if text.startswith("|"):
            text = text[1:]
            continue
        if _THEN.match(text) and not requests:
            raise BadUsage("nothing stands before the first `then`", "write a request before it")
        request, text = _first(text, Path(folder))
        requests.append(request)
    return tuple(requests)


def _first(text: str, folder: Path) -> tuple[Request, str]:
    """The first request of a text, and the rest behind it."""
    if start := re.match(rf"\s*{START}\s*(\||$)", text, re.IGNORECASE):
        return Request(START, ""), text[start.end() :]
    then = _THEN.match(text)
    text = text[then.end() :] if then else text
    found = _REQUEST.match(text)
    if not found:
        shown = text.partition("|")[0].strip()
        raise BadUsage(f"{shown!r} is not a request", 'write it as "POST /increment"')
    client, method, path = found.groups()
    reading = _Reading(text[found.end() :], f"{method} {path}", folder)
    reading.read()
    request = Request(
        method.upper(),
        path,
        reading.body,
        tuple(reading.headers),
        tuple(reading.form),
        tuple(reading.parts),
        client or "",
        then is not None,
        reading.raw,
    )
    return request, reading.rest


class _Reading:
    """What stands behind the path of one request, as it is read from left to right."""

    def __init__(self, rest: str, asked: str, folder: Path) -> None:
        self.rest, self.asked, self.folder = rest, asked, folder
        self.body: object = None
        self.headers: list[tuple[str, str]] = []
        self.form: list[tuple[str, str]] = []
        self.parts: list[Part] = []
        self.raw: Part | None = None

    def read(self) -> None:
        ends = self.rest.startswith("|") or _THEN.match(self.rest)
        if self.rest and not ends and not re.match(r"--?[A-Za-z]", self.rest):
            self._read_json()
        while option := _OPTION.match(self.rest):
            self._take(option[1], self._word(option))
        if self.rest and not self.rest.startswith("|") and not _THEN.match(self.rest):
            raise self._refused(f"{self._shown()!r} stands behind the request {self.asked}", HOW)
        kinds = [self.body is not None, bool(self.form), bool(self.parts), self.raw is not None]
        if sum(kinds) > 1:
            advice = "use JSON, or -d for a form, or -F for a form with files, or --data-binary"
            raise self._refused(f"{self.asked} has two kinds of body", advice)

    def _refused(self, message: str, advice: str) -> BadUsage:
        return BadUsage(" ".join(message.split()), advice)

    def _shown(self) -> str:
        return self.rest.partition("|")[0].strip()

    def _read_json(self) -> None:
        if not re.match(r"""[\d{["tfn-]""", self.rest):
            raise self._refused(f"{self._shown()!r} stands behind the request {self.asked}", HOW)
        try:
            self.body, end = json.JSONDecoder().raw_decode(self.rest)
        except ValueError as error:
            message = f"the body {self._shown()!r} is not JSON: {error}"
            raise self._refused(message, "quote it as JSON") from None
        self.rest = self.rest[end:].lstrip()

    def _word(self, option: re.Match[str]) -> str:
        """The word behind an option, without its quotes."""
        found = _WORD.match(self.rest, option.end())
        behind = "" if found is None else self.rest[found.end() : found.end() + 1]
        if found is None or behind in ("'", '"'):
            raise self._refused(f"{option[1]} of {self.asked} has no whole word behind it", HOW)
        self.rest = self.rest[found.end() :].lstrip()
        return "".join(map(_unquoted, _PIECE.finditer(found[0])))

    def _take(self, option: str, word: str) -> None:
        match option:
            case "-H" | "--header":
                header = _HEADER.fullmatch(word)
                if header is None:
                    message = f"-H {word!r} stands behind the request {self.asked}"
                    raise self._refused(message, 'write a header as -H "Name: value"')
                self.headers.append((header[1].lower(), header[2]))
            case "-d" | "--data":
                self._take_data(word)
            case "--json":
                self.rest = f"{word} {self.rest}"
                self._read_json()
            case "--data-urlencode":
                name, _, value = word.partition("=")
                self.form.append((name, value))
            case "--data-binary":
                self.raw = self._content(Part("", word), option)
            case "-F" | "--form":
                self.parts.append(self._part(word))
            case "-b" | "--cookie":
                self.headers.append(("cookie", word))
            case "-u" | "--user":
                self.headers.append(("authorization", f"Basic {b64encode(word.encode()).decode()}"))
            case _:
                message = f"there is no option {option} behind the request {self.asked}"
                raise self._refused(message, f"there are {OPTIONS}, as for curl")

    def _take_data(self, word: str) -> None:
        if word.lstrip().startswith(("{", "[")):
            self._take("--json", word)
            return
        fields = parse_qsl(word, keep_blank_values=True)
        if "=" not in word or not fields:
            message = f"-d {word!r} of {self.asked} is neither a form's field nor JSON"
            advice = f"write -d name=value, or --data-binary {quoted(word)} for a body as it stands"
            raise self._refused(message, advice)
        self.form += fields

    def _part(self, word: str) -> Part:
        name, equals, value = word.partition("=")
        if not (name and equals):
            message = f"-F {word!r} of {self.asked} is not a form's field"
            raise self._refused(message, "write -F name=value, or -F name=@file")
        settings = {}
        while found := _SETTING.search(value):
            settings[found[1]], value = found[2].strip(), value[: found.start()]
        filename, kind = settings.get("filename", ""), settings.get("type", "")
        return self._content(Part(name, value, filename=filename, kind=kind), "-F")

    def _content(self, part: Part, option: str) -> Part:
        """The part as it is, or, behind an @, with the file that it names."""
        if not part.value.startswith("@"):
            return part
        file = self.folder / part.value[1:]
        if not file.is_file():
            message = f"there is no file {part.value[1:]} for {option} of {self.asked}"
            raise self._refused(message, "name a file that is there")
        return replace(part, value="", path=str(file), filename=part.filename or file.name)


def _unquoted(piece: re.Match[str]) -> str:
    if piece[2] is not None:
        return re.sub(r'\\(["\\])', r"\1", piece[2])
    return piece[1] if piece[1] is not None else piece[3]
