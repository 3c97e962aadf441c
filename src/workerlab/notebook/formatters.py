"""How a notebook shows a verdict and an order of operations, with their pictures; and `%%write`.

Verdicts and orders know nothing of drawing. `import workerlab` in a notebook registers these.
"""

from __future__ import annotations

from html import escape

from workerlab.draw import classes, player, schedule, timeline
from workerlab.history import History
from workerlab.linearizability.check import Linearization
from workerlab.notebook.writing.cell import write
from workerlab.verdict import Verdict


def verdict_bundle(verdict: Verdict, **_: object) -> dict[str, str]:
    """A verdict by MIME type: text; with evidence, the schedule as SVG and as a player too."""
    if not verdict.evidence:
        return {"text/plain": str(verdict)} if not verdict.classes else _with_classes(verdict)
    drawing, playing = schedule(verdict.evidence), player(verdict.evidence)
    return {
        "text/plain": f"{verdict}\n\n{drawing.text}",
        "image/svg+xml": drawing.svg,
        "text/html": f"<p>{escape(str(verdict))}</p>\n{playing.html}",
    }


def _with_classes(verdict: Verdict) -> dict[str, str]:
    """Nothing was lost: the classes that were run, each with its player."""
    assert verdict.classes is not None
    drawing = classes(verdict.classes)
    bundle = {"text/plain": f"{verdict}\n\n{drawing.text}", "image/svg+xml": drawing.svg}
    if drawing.player:
        bundle["text/html"] = f"<p>{escape(str(verdict))}</p>\n{drawing.player.html}"
    return bundle


def order_bundle(found: Linearization, **_: object) -> dict[str, str]:
    """The result of the checker by MIME type: text, and the requests in their order as SVG."""
    events = [operation.event for operation in found.operations if operation.event is not None]
    if not events or len(events) < len(found.operations):
        return {"text/plain": found.reason}
    drawing = timeline(History(events), found)
    return {"text/plain": f"{found.reason}\n\n{drawing.text}", "image/svg+xml": drawing.svg}


def register() -> None:
    """Tell IPython of these, if this process is one that shows what its cells return."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        show = shell.display_formatter.mimebundle_formatter
        show.for_type(Verdict, verdict_bundle)
        show.for_type(Linearization, order_bundle)
        shell.register_magic_function(write, "cell", "write")
