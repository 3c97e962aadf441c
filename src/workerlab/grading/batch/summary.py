"""The instructor's summary of a class: how the marks spread, what fails, what needs a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median
from urllib.parse import quote

from workerlab.draw.words import counted
from workerlab.grading.batch.book import Book, Row
from workerlab.grading.batch.by_hand import WITHDRAWN
from workerlab.grading.batch.isolation import isolation_in_words
from workerlab.grading.batch.lesson import by_fault, by_section, separation
from workerlab.grading.page.html import POLICY, WORDS
from workerlab.grading.page.pictures import safe
from workerlab.grading.page.style import STYLE
from workerlab.grading.page.tables import table
from workerlab.grading.result import FAILED, PASSED

LESSON = "lesson.html"  # the page without names
BARS = 10  # of the histogram: tenths of the marks
WIDE, HIGH, FOOT = 60, 160, 24  # of a bar, of all bars, of what stands below: units of the drawing


def summary(book: Book, file_name: Callable[[str], str]) -> str:
    """The page as text. `file_name` gives the name of a student's page."""
    body = "\n".join(_body(book, file_name))
    labs = ", ".join(book.plan)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}; script-src 'none'">
<title>{safe(labs)}: the class</title>
<style>{STYLE}.bar{{fill:var(--bar)}}svg text{{fill:var(--ink);font-size:14px}}</style>
</head>
<body>
<a class="skip" href="#class">to the class</a>
<header>
<h1>The class in {safe(labs)}</h1>
{_about(book)}
</header>
<main id="class">
{body}
</main>
<footer><p>For the instructor. Students get their pages in <code>students/</code>; what is in
<code>results/</code> and the journal is not for them.</p></footer>
</body>
</html>
"""


def _about(book: Book) -> str:
    graded = sum(row.ended(book.plan) for row in book.rows.values())
    checks = [
        check for row in book.rows.values() for lab in row.labs.values() for check in lab.checks
    ]
    how = safe(isolation_in_words(checks, book.isolation))
    text = f"{graded} of {counted(len(book.rows), 'submission')} graded, {how}"
    return f'<p class="soft">{text}</p>'


def _body(book: Book, file_name: Callable[[str], str]) -> Iterator[str]:
    done = [
        row for row in book.rows.values() if row.done >= set(book.plan) and not row.by_hand.state
    ]
    yield "<h2>How the marks spread</h2>"
    if done:
        yield _histogram(book, done)
    else:
        yield "<p>No student is graded to the end yet.</p>"
    yield "<h2>What goes wrong, by fault</h2>"
    yield (
        "<p>Submissions with the same fault are one group: the same checks failed in the same way. "
        f'<a href="{LESSON}">The same without names</a>, to show to the class.</p>'
    )
    yield from by_fault(book, lambda student: _link(student, file_name))
    yield "<h2>What fails most</h2>"
    yield from _failing(book, done)
    yield from by_section(book, done)
    yield "<h2>What needs a look</h2>"
    yield from _unclear(book, file_name)
    yield "<h2>All students</h2>"
    yield from _everybody(book, file_name)


def _histogram(book: Book, done: list[Row]) -> str:
    most = book.max_score or 1
    tenths = Counter(max(0, min(int(BARS * book.score(row) / most), BARS - 1)) for row in done)
    tallest = max(tenths.values())
    parts = []
    for place in range(BARS):
        number, left = tenths[place], place * WIDE
        height = round(HIGH * number / tallest)
        top = HIGH + 20 - height
        parts.append(
            f'<rect class="bar" x="{left + 3}" y="{top}" width="{WIDE - 6}" height="{height}"/>'
            f'<text x="{left + WIDE / 2:g}" y="{top - 5}" text-anchor="middle">{number or ""}</text>'
            f'<text x="{left}" y="{HIGH + 38}">{place * most / BARS:g}</text>'
        )
    parts.append(f'<text x="{BARS * WIDE - 8}" y="{HIGH + 38}">{most:g}</text>')
    parts.append(f'<rect class="bar" y="{HIGH + 20}" width="{BARS * WIDE}" height="1"/>')
    marks = [book.score(row) for row in done]
    message = f"median {median(marks):g}, lowest {min(marks):g}, highest {max(marks):g} of {most:g}"
    size = f"{BARS * WIDE + 20} {HIGH + 20 + FOOT}"
    picture = "".join(parts)
    return (
        f'<figure tabindex="0"><svg viewBox="0 0 {size}" width="100%" style="max-width:40rem" '
        f'role="img" aria-label="How many students have how many points: {safe(message)}">'
        f"{picture}</svg><figcaption>{counted(len(done), 'student')}: {safe(message)}</figcaption>"
        "</figure>"
    )


def _failing(book: Book, done: list[Row]) -> Iterator[str]:
    rows = []
    for lab, planned in book.plan.items():
        found = [{c.id: c.status for c in book.lab_of(row, lab).checks} for row in done]
        for check in planned:
            status = Counter(one[check.id] for one in found)
            other = len(done) - status[FAILED] - status[PASSED]
            rows.append((status[FAILED], other, lab, check))
    rows.sort(key=lambda row: (-row[0], -row[1]))
    yield from table(
        ["failed", "no verdict", "separates", "check"],
        [
            f'<td class="number">{failed}</td><td class="number">{other}</td>'
            f'<td class="number">{_separates(book, lab, check.id, done)}</td>'
            f'<th scope="row"><span class="id">{safe(lab)} {safe(check.id)}</span><br>'
            f"{safe(check.title)}</th>"
            for failed, other, lab, check in rows
        ],
        "Of those who are graded to the end; separates: from −1 to 1, how much the points of a "
        "check go with all the other points",
    )


def _separates(book: Book, lab: str, check: str, done: list[Row]) -> str:
    known = separation(book, lab, check, done)
    return "–" if known is None else f"{known:.2f}".replace("-", "−")


def _unclear(book: Book, file_name: Callable[[str], str]) -> Iterator[str]:
    rows = []
    for student, row in sorted(book.rows.items()):
        link = _link(student, file_name)
        rows += [f'<th scope="row">{link}</th>{cells}' for cells in _intake(book, row)]
        if row.refused or row.by_hand.state:
            continue
        for lab in (book.lab_of(row, name) for name in book.plan if name in row.labs):
            for check in lab.checks:
                if check.status in (PASSED, FAILED):
                    continue
                state = f'<td class="state {check.status}">{WORDS[check.status]}</td>'
                why = safe(check.message.partition("\n")[0])
                about = f'<span class="id">{safe(lab.lab)} {safe(check.id)}</span><br>{why}'
                rows.append(f'<th scope="row">{link}</th>{state}<td>{about}</td>')
    if rows:
        yield from table(
            ["student", "result", "why"], rows, "Refused, in doubt, or without a verdict"
        )
    else:
        yield "<p>Nothing: no submission was refused, and every check came to a verdict.</p>"


def _intake(book: Book, row: Row) -> Iterator[str]:
    """What could not be taken of a submission, and what was taken though something else is there."""
    if row.by_hand.state:
        return
    why = {row.refused} if row.refused else set()
    why |= {
        f"{lab}: {row.why_not(lab)}" for lab in book.plan if row.why_not(lab) and not row.refused
    }
    for text in sorted(why):
        yield f'<td class="state not_gradable">! refused</td><td>{safe(text)}</td>'
    if book.late and row.handed_in.late and not row.submitted:
        text = f"{row.handed_in.platform} says that it is late, and not when it came"
        yield f'<td class="state inconclusive">? late</td><td>{safe(text)}</td>'
    for text in row.handed_in.doubts:
        yield f'<td class="state inconclusive">? taken</td><td>{safe(text)}</td>'


def _everybody(book: Book, file_name: Callable[[str], str]) -> Iterator[str]:
    heads = ["student", *book.plan, f"total of {book.max_score:g}"]
    rows = []
    for student, row in sorted(book.rows.items()):
        known = [book.points(row, lab) for lab in book.plan]
        total = None if None in known else book.score(row)
        marks = ["–" if one is None else f"{one:g}" for one in (*known, total)]
        cells = "".join(f'<td class="number">{mark}</td>' for mark in marks)
        link, state = _link(student, file_name), row.by_hand.state
        name = f"<s>{link}</s> {state}" if state == WITHDRAWN else f"{link} {state}".rstrip()
        rows.append(f'<th scope="row">{name}</th>{cells}')
    yield from table(heads, rows, "Points; – where nothing is graded, or not to the end")


def _link(student: str, file_name: Callable[[str], str]) -> str:
    return f'<a href="students/{quote(file_name(student))}.html">{safe(student)}</a>'
