"""What the result page shows of a loss: a player, a picture, words; as much as there is room for.

The player's module is in the page once and takes the place of what stands there without it, so a
reader without scripts sees the picture, or else the words. Data is written as JSON in which no sign
can end a script, and the page's policy knows the one script that may run by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import cache, partial
from html import escape

from workerlab.draw import classes_text, schedule_svg, schedule_text, timeline_svg, timeline_text
from workerlab.draw.classes import class_data
from workerlab.draw.classes_layout import heading_of
from workerlab.draw.frames import frames_of
from workerlab.draw.player import in_script, module_text
from workerlab.draw.svg import DARK
from workerlab.draw.timeline_evidence import burst_of
from workerlab.draw.words import clean
from workerlab.evidence import Classes, Evidence, classes_in_words

LEAST_BYTES = 1_000  # no drawing is smaller
TAG_BYTES = 160  # what stands round one
DARK_ON_SCREEN = DARK.replace("@media ", "@media screen and ")  # paper is white
MOUNT = """
for (const data of document.querySelectorAll("script.player-data"))
  mount(data.closest(".player"), JSON.parse(data.textContent));
"""
NO_ROOM = "There is no room here for its picture; <code>workerlab replay</code> shows it."
Drawing = tuple[str | int, ...]  # what it is, and the id() of what it is of


class Room:
    """How much may still be drawn.

    left      bytes for players and pictures
    words     characters of each drawing in words; 0 for none
    pictures  whether a schedule that has a player is drawn, too, for readers without scripts

    drawn     what has been drawn already, when a page is tried with several rooms
    graded    how a class was graded, when the page is a student's of that class

    played    whether the classes of a search have players; a loss comes first

    `short` says that something had to stay out; `plays`, that there is a player.
    """

    def __init__(
        self,
        left: int,
        words: int,
        *,
        pictures: bool = False,
        played: bool = False,
        drawn: dict[Drawing, str] | None = None,
        graded: str = "",
    ) -> None:
        self.left, self.words, self.pictures, self.graded = left, words, pictures, graded
        self.played = played
        self.drawn: dict[Drawing, str] = {} if drawn is None else drawn
        self.short = self.plays = False

    def evidence(self, evidence: Evidence) -> Iterator[str]:
        """The losing schedule, to step through; and the burst, where there was one."""
        burst = burst_of(evidence)
        if evidence.get("steps") or not burst:
            yield from self._schedule(evidence)
        if burst:
            history, order = burst
            key = id(evidence)
            picture = self._figure(("burst", key), lambda: timeline_svg(history, order))
            yield picture
            tell = partial(timeline_text, history, 100, order)
            yield self._words("The burst in words", key, tell, opened=not picture)

    def _schedule(self, evidence: Evidence) -> Iterator[str]:
        key, picture = id(evidence), ""
        if self.pictures:
            picture = self._figure(("schedule", key), lambda: schedule_svg(evidence))
        tell = partial(schedule_text, evidence)
        words = self._words("The schedule in words", key, tell, opened=not picture)
        data = self._take(("player", key), lambda: in_script(frames_of(evidence)))
        if data:
            self.plays = True
            data = f'<script type="application/json" class="player-data">{data}</script>'
            yield f'<div class="player">{picture or words}{data}</div>'
            words = words if picture else ""
        yield words or ("" if data else f'<p class="soft">{NO_ROOM}</p>')

    def classes(self, found: Classes) -> Iterator[str]:
        """The classes that a search has run, one of which the reader picks to step through.

        As many as there is room for are played. That is never a loss's room (`page` sees to it).
        """
        yield f"<p>{safe(found['program'])}: {safe(classes_in_words(found))}.</p>"
        if not found["shown"]:
            return
        words = self._words(
            "The classes in words", id(found), lambda: classes_text(found), opened=False
        )
        played = list(self._played(found)) if self.played else []
        if not played:
            yield words
            return
        self.plays = True
        data = f'{{"heading":{in_script(heading_of(found))},"classes":[{",".join(played)}]}}'
        data = f'<script type="application/json" class="player-data">{data}</script>'
        yield f'<div class="player">{words}{data}</div>'

    def _played(self, found: Classes) -> Iterator[str]:
        """The data of the first classes, as many as there is room for."""
        for place in range(len(found["shown"])):
            data = self._once(("class", id(found), place), partial(_class_in_script, found, place))
            size = len(data.encode()) + TAG_BYTES
            if size > self.left:
                return
            self.left -= size
            yield data

    def _figure(self, key: Drawing, draw: Callable[[], str]) -> str:
        picture = self._take(key, lambda: on_screen(draw()))
        return f'<figure tabindex="0">{picture}</figure>' if picture else ""

    def _take(self, key: Drawing, draw: Callable[[], str]) -> str:
        """What `draw` returns, if there is room for it; else nothing."""
        if self.left < LEAST_BYTES:
            self.short = True
            return ""
        text = self._once(key, draw)
        size = len(text.encode()) + TAG_BYTES
        if size > self.left:
            self.short = True
            return ""
        self.left -= size
        return text

    def _once(self, key: Drawing, draw: Callable[[], str]) -> str:
        if key not in self.drawn:
            self.drawn[key] = draw()
        return self.drawn[key]

    def _words(self, name: str, key: int, tell: Callable[[], str], *, opened: bool) -> str:
        """The twin of a drawing, open where nothing else is to be seen."""
        if not self.words:
            return ""
        text = safe_lines(self._once((name, key), tell), self.words)
        state = " open" if opened else ""
        return f'<details{state}><summary>{name}</summary><pre tabindex="0">{text}</pre></details>'


def _class_in_script(found: Classes, place: int) -> str:
    return in_script(class_data(found, place))


@cache
def script() -> tuple[str, str]:
    """The page's one script, and what the page's policy says of it."""
    text = f"{module_text()}{MOUNT}"
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f'<script type="module">{text}</script>\n', f"script-src 'sha256-{digest}'"


def on_screen(picture: str) -> str:
    """The picture, dark only where the reader's screen is dark, and never on paper."""
    return picture.replace(DARK, DARK_ON_SCREEN)


def safe(value: object) -> str:
    """A value as text that is no markup, on one line."""
    return escape(clean(value), quote=True)


def safe_lines(text: str, most: int) -> str:
    """Escaped line by line, so that line ends stay; cut at `most` characters."""
    cut = text if len(text) <= most else text[:most] + " …"
    return "\n".join(safe(line) for line in cut.split("\n"))
