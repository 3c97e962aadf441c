"""What `workerlab burst` prints and writes."""

from __future__ import annotations

from pathlib import Path

from workerlab.cli.screen import Screen
from workerlab.described_burst import Seen
from workerlab.draw import timeline_svg, timeline_text
from workerlab.errors import BadUsage


def show(screen: Screen, seen: Seen) -> None:
    """Print the counts by worker, the timeline, and the conclusions."""
    screen.say(repr(seen.history))
    screen.say()
    screen.say(timeline_text(seen.history, screen.width, first_illegal=seen.first_illegal))
    screen.say()
    for sentence in seen.words:
        screen.say(sentence, "bold")


def write(seen: Seen, json: Path | None, svg: Path | None) -> None:
    """Write the history and the picture. Raises BadUsage."""
    try:
        if json:
            seen.history.write(json)
        if svg:
            svg.write_text(timeline_svg(seen.history, seen.first_illegal), encoding="utf-8")
    except OSError as error:
        advice = "name a file in a folder that you may write"
        raise BadUsage(f"cannot write {error.filename}: {error.strerror}", advice) from error
