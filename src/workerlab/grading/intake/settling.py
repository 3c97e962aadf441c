"""What a map says, applied: whose each package is, and which of its files is which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from workerlab.grading.intake.map_file import Settled
from workerlab.grading.intake.packages import Package

NOBODY = "-"


def settle(
    packages: list[Package], settled: Iterable[Settled], *, strict: bool = True
) -> tuple[list[Package], list[str]]:
    """The packages as the map says whose they are; and the rows that should not be there.

    Raises BadUsage for a line about something that was not handed in; such lines are left alone
    when not `strict`.
    """
    lines: dict[int, list[Settled]] = {}
    for one in settled:
        found = [
            number
            for number, package in enumerate(packages)
            if one.package in (package.student, package.shown, *package.names)
        ]
        if not found and not strict:
            continue
        if len(found) != 1:
            many = "no package" if not found else "more than one package"
            raise one.wrong(f"{many} is called {one.package!r}", "see `package` in grades.csv")
        lines.setdefault(found[0], []).append(one)
    kept: dict[str, Package] = {}
    gone: list[str] = []
    for number, package in enumerate(packages):
        own = lines.get(number, [])
        student = _whose(own) or package.student
        if student != package.student:
            gone.append(package.student)
        if student != NOBODY:
            _put(kept, package, student, own)
    return sorted(kept.values(), key=lambda one: one.student), [
        name for name in gone if name not in kept
    ]


def _whose(own: list[Settled]) -> str:
    said = [one for one in own if one.student]
    for one in said[1:]:
        if one.student != said[0].student:
            raise one.wrong(f"{one.package!r} is {said[0].student!r}'s in line {said[0].line}")
    return said[0].student if said else ""


def _put(kept: dict[str, Package], package: Package, student: str, own: list[Settled]) -> None:
    """Put a package to the student's others. Whose it is counts, not whom the platform names."""
    notes = [f"is {student}'s, {one.where}" for one in own if one.student][:1]
    sender = package.sender
    if student != package.student:
        sender = replace(sender, student=student, people=())
    mine = kept.setdefault(student, replace(package, sender=sender, places=[]))
    if student == package.student:
        mine.sender = sender
    mine.places = [*mine.places, *package.places]
    mine.settled = [*mine.settled, *own]
    mine.refused = mine.refused or package.refused
    mine.notes = list(dict.fromkeys([*mine.notes, *package.notes, *notes]))


def inside(one: Settled, paths: Iterable[PurePosixPath]) -> tuple[PurePosixPath, bool]:
    """The path that a line names among those of its package, and whether it is a folder.

    Raises BadUsage when there is none.
    """
    wanted = PurePosixPath(one.file.replace("\\", "/"))
    paths = list(paths)
    folders = {parent for path in paths for parent in path.parents}
    for folder, known in ((False, set(paths)), (True, folders)):
        fits = [path for path in known if wanted in (path, PurePosixPath(*path.parts[1:]))]
        exact = [path for path in fits if path == wanted]
        if exact or len(fits) == 1:
            return (exact or fits)[0], folder
    raise one.wrong(f"there is no {one.file!r} in {one.package!r}", "see `found` in grades.csv")
