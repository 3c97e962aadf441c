"""The class by fault, as part of a page: the lesson plan for tomorrow.

Each group has its number, one message, one picture and one hint. With names it is part of the
instructor's summary; without any it is a page to show to the class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from statistics import StatisticsError, correlation, mean, median

from workerlab.draw import schedule_svg, schedule_text
from workerlab.draw.words import counted
from workerlab.errors import WorkerlabError
from workerlab.grading import hints
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.faults import Group, groups_of
from workerlab.grading.batch.hidden import for_student
from workerlab.grading.page.html import POLICY
from workerlab.grading.page.pictures import on_screen, safe, safe_lines
from workerlab.grading.page.style import STYLE
from workerlab.grading.page.tables import table
from workerlab.grading.result import PASSED, CheckResult, LabResult

MOST_PICTURES = 12  # groups with a picture; the others have words
MOST_NAMES = 40  # in one group
LONGEST = 600  # characters of a message
FEW = 3  # students, for which a correlation says nothing
CODE = re.compile("`([^`]+)`")
LinkTo = Callable[[str], str]


def lesson(book: Book) -> str:
    """A page of its own, without any name: to be shown to the class."""
    labs = safe(", ".join(book.plan))
    body = "\n".join(by_fault(book))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}; script-src 'none'">
<title>{labs}: what goes wrong</title>
<style>{STYLE}</style>
</head>
<body>
<header><h1>What goes wrong in {labs}</h1>
<p class="soft">Submissions with the same fault are one group. No name is on this page; the lines in
the pictures are a student's own.</p></header>
<main>
{body}
</main>
</body>
</html>
"""


def by_fault(book: Book, link: LinkTo | None = None) -> Iterator[str]:
    """The groups, the largest first. `link` makes a student's name a link; without it no names."""
    groups = groups_of(book)
    if not groups:
        yield "<p>Nobody's check has failed.</p>"
    for place, group in enumerate(groups):
        yield from _group(book, group, link, drawn=place < MOST_PICTURES)


def _group(book: Book, group: Group, link: LinkTo | None, *, drawn: bool) -> Iterator[str]:
    check = _shown(book, group, named=link is not None)
    number = counted(len(group.students), "student")
    kind = group.kind if check.evidence and check.evidence.get("anomaly") else ""
    yield '<article class="failed-box">'
    yield f"<h3>{number}: {safe(check.title)}{': ' * bool(kind)}{safe(kind)}</h3>"
    also = f", and {counted(group.others, 'more check')}" if group.others else ""
    yield f'<p><span class="id">{safe(group.lab)} {safe(group.check)}</span>{also}</p>'
    first = check.message.strip().partition("\n")[0]
    yield f'<p class="message">{safe_lines(first, LONGEST)}</p>'
    if check.evidence and check.evidence.get("steps"):
        if drawn:
            picture = on_screen(schedule_svg(check.evidence))
            yield f'<figure tabindex="0">{picture}</figure>'
        else:
            words = safe_lines(schedule_text(check.evidence), 4 * LONGEST)
            yield f"<details><summary>The schedule in words</summary><pre>{words}</pre></details>"
    if len(group.shapes) > 1:
        yield f"<p>{len(group.shapes)} shapes of schedules; this is the most frequent one.</p>"
    if hint := _hint(group):
        question = CODE.sub(r"<code>\1</code>", safe(hint))
        yield f"<p><b>To ask them:</b> {question}</p>"
    if link:
        yield f"<p>{_names(book, group, link)}</p>"
    yield "</article>"


def _shown(book: Book, group: Group, *, named: bool) -> CheckResult:
    """The example of a group; without names as a student may see it, so without the seed."""
    check = group.example
    assert check is not None  # a group has a member
    return check if named else for_student(LabResult(group.lab, [check]), book.seed).checks[0]


def _hint(group: Group) -> str:
    """The first hint of the check, which is a question."""
    try:
        known = hints.ladder(group.lab, group.check).check.hints
    except WorkerlabError:  # the class was graded with labs that are not here
        return ""
    return known[0] if known else ""


def _names(book: Book, group: Group, link: LinkTo) -> str:
    shown = group.students[:MOST_NAMES]
    more = len(group.students) - len(shown)
    sections = {student: book.rows[student].handed_in.section for student in shown}
    names = [
        link(student) + (f" ({safe(section)})" if section else "")
        for student, section in sections.items()
    ]
    return ", ".join(names) + (f" and {more} more" if more else "")


def by_section(book: Book, done: list[Row]) -> Iterator[str]:
    """The sections of a class side by side: how many pass each check. Nothing if there is one."""
    sections = sorted({row.handed_in.section for row in done})
    if len(sections) < 2:
        return
    members = {name: [row for row in done if row.handed_in.section == name] for name in sections}
    heads = ["check", *(f"{name or 'no section'} ({len(members[name])})" for name in sections)]
    marks = "".join(
        f'<td class="number">{median(book.score(row) for row in members[name]):g}</td>'
        for name in sections
    )
    rows = [f'<th scope="row">median of all points</th>{marks}']
    for lab, planned in book.plan.items():
        for check in planned:
            cells = "".join(
                f'<td class="number">{_passing(book, lab, check.id, members[name]):.0%}</td>'
                for name in sections
            )
            about = f'<span class="id">{safe(lab)} {safe(check.id)}</span><br>{safe(check.title)}'
            rows.append(f'<th scope="row">{about}</th>{cells}')
    yield "<h2>Sections side by side</h2>"
    yield from table(heads, rows, "How many of a section pass each check")


def _passing(book: Book, lab: str, check: str, rows: list[Row]) -> float:
    return mean(
        any(one.id == check and one.status == PASSED for one in book.lab_of(row, lab).checks)
        for row in rows
    )


def separation(book: Book, lab: str, check: str, done: list[Row]) -> float | None:
    """How well a check tells apart who has many points elsewhere and who has few: -1 to 1.

    The correlation of its points with all the other points; None where it cannot be said.
    """
    if len(done) <= FEW:
        return None
    points = [
        next((one.points for one in book.lab_of(row, lab).checks if one.id == check), 0.0)
        for row in done
    ]
    others = [book.score(row) - here for row, here in zip(done, points, strict=True)]
    try:
        return correlation(points, others)
    except StatisticsError:  # all have the same
        return None
