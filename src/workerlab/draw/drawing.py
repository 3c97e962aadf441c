"""A drawing with two faces: SVG where it can be shown, text everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workerlab.draw.schedule_svg import schedule_svg
from workerlab.draw.schedule_text import schedule_text
from workerlab.draw.timeline_evidence import burst_of
from workerlab.draw.timeline_svg import timeline_svg
from workerlab.draw.timeline_text import timeline_text
from workerlab.evidence import Evidence
from workerlab.history import History


@dataclass(frozen=True)
class Drawing:
    """A picture (`svg`) and its twin in words (`text`); a notebook is given both."""

    text: str
    svg: str

    def save(self, path: str | Path) -> None:
        """Write the SVG to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "image/svg+xml": self.svg}


def schedule(evidence: Evidence) -> Drawing:
    """Draw a schedule: a column for each request, time downward."""
    return Drawing(schedule_text(evidence), schedule_svg(evidence))


def timeline(history: History, first_illegal: object = None) -> Drawing:
    """Draw a burst: a lane for each worker, time to the right, `first_illegal` outlined.

    `first_illegal` may be all that `linearizability.check` found: then the order is drawn, too.
    """
    return Drawing(
        timeline_text(history, first_illegal=first_illegal), timeline_svg(history, first_illegal)
    )


def evidence_text(evidence: Evidence, width: int = 100) -> str:
    """All that an evidence has, in words of at most `width` cells: its schedule, its burst."""
    parts = [schedule_text(evidence, width)] if evidence.get("steps") else []
    if burst := burst_of(evidence):
        history, order = burst
        parts.append(timeline_text(history, width, order))
    return "\n\n".join(parts) or schedule_text(evidence, width)
