"""Pictures of a losing schedule and of a burst: each as text, as SVG, and as a display object.

    >>> evidence = {"steps": [{"worker": 4711, "task": "A", "line": 9, "kind": "call",
    ...                        "source": 'count = await r.get("count")', "read": "0"}]}
    >>> print(schedule_text(evidence))
      worker 4711
      A
      ────────────────────────────────────────
        9  count = await r.get("count")  → 0

In a notebook `schedule(evidence)` and `timeline(history)` show themselves: as SVG, and as text
where a notebook is not trusted yet or a screen reader reads it.
"""

from workerlab.draw.classes import ClassesDrawing, classes, classes_svg, classes_text
from workerlab.draw.drawing import Drawing, evidence_text, schedule, timeline
from workerlab.draw.player import Player, player
from workerlab.draw.plot import plot
from workerlab.draw.schedule_svg import schedule_svg
from workerlab.draw.schedule_text import schedule_text
from workerlab.draw.timeline_svg import timeline_svg
from workerlab.draw.timeline_text import timeline_text

__all__ = [
    "ClassesDrawing",
    "Drawing",
    "Player",
    "classes",
    "classes_svg",
    "classes_text",
    "evidence_text",
    "player",
    "plot",
    "schedule",
    "schedule_svg",
    "schedule_text",
    "timeline",
    "timeline_svg",
    "timeline_text",
]
