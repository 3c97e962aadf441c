"""`workerlab mark`: set marks by hand, with a reason and a trail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mark(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="what `workerlab grade --out` wrote")
    ],
    student: Annotated[
        str | None, typer.Argument(metavar="[STUDENT]", help="the row, as grades.csv names it")
    ] = None,
    *,
    because: Annotated[str, typer.Option(metavar="WHY", help="the reason, for the journal")],
    points: Annotated[
        float | None, typer.Option(metavar="N", help="points of a check, or of a whole lab")
    ] = None,
    check: Annotated[str | None, typer.Option(metavar="CHECK", help="for --points")] = None,
    lab: Annotated[
        str | None, typer.Option(metavar="LAB", help="for --points, where there are several")
    ] = None,
    excused: Annotated[bool, typer.Option("--excused", help="no mark, and no 0")] = False,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="the row stays, struck out, and has no mark")
    ] = False,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME", help="also this student's; may be repeated"),
    ] = None,
    submitted: Annotated[
        str | None, typer.Option(metavar="TIME", help="when it was handed in: 2026-11-01T23:59")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="as it was graded, for STUDENT")] = False,
    late: Annotated[
        str | None, typer.Option(metavar="POLICY", help="for the whole class; or: none")
    ] = None,
    due: Annotated[
        str | None, typer.Option(metavar="TIME", help="for --late: when it had to be there")
    ] = None,
) -> int:
    """Set marks by hand: over what was graded, with a reason, and so that it can be taken back.

    **Examples**

    `workerlab mark marks ada --points 2 --check no_lost_update --because "a typo in its URL"`

    `workerlab mark marks ada --points 8 --because "graded on paper"` · all points of the lab

    `workerlab mark marks ada --excused --because "ill"` · no mark anywhere; EX in Canvas

    `workerlab mark marks ada --with bob --with cy --because "a group"` · a row for each of them in
    every gradebook, with ada's points

    `workerlab mark marks ada --withdrawn --because "took it back"` · `workerlab mark marks ada
    --undo --because "a mistake"`

    `workerlab mark marks --late "10 % a day, at most 3" --due 2026-11-01T23:59+01:00 --because
    "the syllabus"` · for everyone whose time the platform has written, for each begun day; a time
    that is not known costs nothing, and --submitted sets it

    The journal keeps every change with its reason and its time, and everything that was graded.
    Students do not see the reason. All marks and gradebooks have the points as they count.

    Exit status: 0 it is set, 2 wrong usage, or DIR cannot be written.
    """
    from workerlab.cli.screen import Screen
    from workerlab.errors import BadUsage
    from workerlab.grading.batch.by_hand import EXCUSED, UNDO, WITHDRAWN
    from workerlab.grading.batch.marking import Wish, charge_late
    from workerlab.grading.batch.marking import mark as set_by_hand

    screen = Screen()
    if late is not None:
        if student is not None or (late != "none" and due is None):
            advice = f"workerlab mark {folder} --late POLICY --due TIME --because WHY"
            raise BadUsage("a policy is for the whole class, and needs the time --due", advice)
        book = charge_late(folder, late, due or "", because)
        number = sum(book.days_late(row) > 0 for row in book.rows.values())
        unknown = sum(not row.submitted for row in book.rows.values())
        screen.say(
            f"{number} late; {unknown} of {len(book.rows)} without a time, which cost nothing"
        )
        return 0
    if student is None:
        raise BadUsage("whose mark?", "name the row as grades.csv does, or give --late")
    wishes = [Wish("points", repr(points), lab or "", check or "")] if points is not None else []
    wishes += [Wish("with", name) for name in with_ or ()]
    wishes += [Wish("submitted", submitted)] if submitted else []
    flags = {EXCUSED: excused, WITHDRAWN: withdrawn, UNDO: undo}
    wishes += [Wish(word) for word, wanted in flags.items() if wanted]
    row = set_by_hand(folder, student, wishes, because)
    screen.say(f"{row.student}: set; the journal has it with its reason")
    return 0
