"""A table of a page: its own caption, and a box that scrolls where it is too wide."""

from __future__ import annotations

from collections.abc import Iterator

from workerlab.grading.page.pictures import safe

__all__ = ["table"]

WORDY = ("student", "result", "check", "why")  # columns of words; the others are numbers


def table(heads: list[str], rows: list[str], caption: str) -> Iterator[str]:
    """The lines of the table; each row is its cells, as HTML."""
    label = safe(caption)
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>'
    yield f"<caption>{label}</caption><thead><tr>"
    for head in heads:
        side = "" if head in WORDY else ' class="number"'
        yield f'<th scope="col"{side}>{safe(head)}</th>'
    yield "</tr></thead><tbody>"
    yield from (f"<tr>{row}</tr>" for row in rows)
    yield "</tbody></table></div>"
