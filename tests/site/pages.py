"""The built pages as the tests read them: their links, what they load, their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


@dataclass(eq=False)
class Page(HTMLParser):
    """links    every href that a reader may follow
    loads    what the browser gets by itself
    ids      the places that a link may lead to
    """

    path: Path
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    before: str | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self.feed(self.path.read_text(encoding="utf-8"))

    @property
    def text(self) -> str:
        """Everything between the tags, scripts included."""
        return "".join(self._words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
            classes = (found.get("class") or "").split()
            self.before = found["href"] if "left-prev" in classes else self.before
            self.after = found["href"] if "right-next" in classes else self.after
        elif tag in LOADED and found.get(LOADED[tag]) and found.get("rel") not in ("next", "prev"):
            self.loads.append(found[LOADED[tag]])

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def leads_to(self, address: str) -> Path | None:
        """The file that an address of this page means; None for an address outside."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        here = self.path.parent / unquote(parts.path) if parts.path else self.path
        return here.resolve()
