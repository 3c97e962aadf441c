"""What is taken of each submission of a class, and what a row says about it.

Nothing of it is run or loaded here. A refusal is one line, which becomes the student's row.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath

from workerlab.draw.words import clean
from workerlab.grading.batch.archives import Refused, archive_suffix
from workerlab.grading.batch.book import HandedIn
from workerlab.grading.intake.choosing import Taken, as_told, choose
from workerlab.grading.intake.map_file import Settled
from workerlab.grading.intake.names import alike, lab_meant, lab_of
from workerlab.grading.intake.packages import Package, Place
from workerlab.grading.intake.parts import CODE, Contents
from workerlab.grading.intake.reading import Reading
from workerlab.grading.intake.settling import inside
from workerlab.grading.manifest import Manifest

LISTED = 40  # names of files that a row keeps


@dataclass(frozen=True)
class Submission:
    """The submission of one student, as it will be graded.

    source     its place in the class's folder; of several, the first
    digest     SHA-256 over the paths and the contents of what was taken; "" when refused
    refused    why nothing of it is graded, or ""
    handed_in  what was found and taken, and whose it is
    files      what was taken, laid out like `labs/`
    """

    student: str
    source: str
    digest: str = ""
    refused: str = ""
    handed_in: HandedIn = field(default_factory=HandedIn)
    files: dict[PurePosixPath, bytes] = field(default_factory=dict, repr=False, compare=False)


class Intake:
    """Takes submissions in, for a class that is graded in `planned`.

    known  every lab there is: a folder may be called after one that is not graded
    """

    def __init__(self, planned: list[Manifest], known: list[Manifest]) -> None:
        self.planned, self.known = planned, known

    def take(self, package: Package) -> Submission:
        """What is graded of a submission. Never raises for what a student did."""
        row = _row(package)
        files: dict[PurePosixPath, bytes] = {}
        refused = package.refused
        try:
            if not refused:
                files = self._files(package, row)
        except Refused as error:
            refused = str(error)
        except (OSError, RecursionError, MemoryError) as error:  # one must not stop a whole class
            refused = f"it cannot be read: {error}"[:200]
        if not files and not refused:
            refused = "; ".join(dict.fromkeys(row.refusals.values()))
        if refused:
            row.refusals.clear()
        row.notes += package.notes
        digest = "" if refused else digest_of(files)
        source = package.places[0].shown if package.places else package.student
        return Submission(package.student, source, digest, refused, row, files)

    def _files(self, package: Package, row: HandedIn) -> dict[PurePosixPath, bytes]:
        if package.sender.platform or len(package.places) == 1 or package.settled:
            return self._of(package.places, row, package.settled)
        both = " and ".join(clean(place.shown) for place in package.places)
        files = self._of(package.places[:1], row)
        for place in package.places[1:]:
            if self._of([place], HandedIn()) != files:
                raise Refused(f"handed in more than once: {both}; keep one")
        row.notes.append(f"{both} are the same")
        return files

    def _of(
        self, places: list[Place], row: HandedIn, settled: Iterable[Settled] = ()
    ) -> dict[PurePosixPath, bytes]:
        """Everything that is taken of some places, by lab."""
        reading = Reading()
        for place in places:
            reading.add(place.path, place.at)
        row.found += [clean(path, 200) for path in sorted(reading.files)][:LISTED]
        files: dict[PurePosixPath, bytes] = {}
        refusals: dict[str, str] = {}
        sources: set[PurePosixPath] = set()
        for lab in self.planned:
            try:
                own = [one for one in settled if one.lab == lab.name]
                told = self._told(reading.files, lab, own) if own else None
                taken = told or self._taken(reading, places, lab)
            except Refused as error:
                refusals[lab.name] = str(error)
                continue
            row.taken[lab.name] = taken.parts
            sources |= taken.sources
            row.notes += taken.notes
            row.doubts += taken.doubts
            files |= {PurePosixPath(lab.name) / path: data for path, data in taken.files.items()}
        left = reading.files.keys() - sources
        if not files or any(self._may_be_of(path, refusals) for path in left):
            row.refusals |= {lab: _with_unopened(why, reading) for lab, why in refusals.items()}
        elif refusals:
            row.notes.append(f"not handed in: {', '.join(refusals)}")
        return files

    def _taken(self, reading: Reading, places: list[Place], lab: Manifest) -> Taken:
        renamed = _called_after_the_student(reading.files, places, lab)
        taken = choose(renamed or reading.files, lab, self.planned, self.known)
        if renamed:
            taken.parts = {lab.edits[0]: clean(places[0].at)}
        return taken

    def _told(self, files: Contents, lab: Manifest, own: list[Settled]) -> Taken:
        """What an instructor's map says that a lab's files are. Raises Refused, or BadUsage."""
        told: dict[str, PurePosixPath] = {}
        for one in own:
            path, folder = inside(one, files)
            if not folder:
                part = one.part or _only_one(one, lab)
                if told.setdefault(part, path) != path:
                    raise one.wrong(f"another line says that {part} is {told[part]}")
                continue
            below = {PurePosixPath(lab.name) / p.relative_to(path): data
                     for p, data in files.items() if p.is_relative_to(path)}  # fmt: skip
            taken = choose(below, lab, [lab], self.known)
            taken.sources = {path / source.relative_to(lab.name) for source in taken.sources}
            taken.notes.append(f"took {clean(path)}, {one.where}")
            return taken
        taken = as_told(files, lab, told, self.known)
        taken.notes = [
            f"took {clean(path)} as {name}, {own[0].where}" for name, path in told.items()
        ]
        return taken

    def _may_be_of(self, path: PurePosixPath, labs: Iterable[str]) -> bool:
        """Whether a file that was not taken may be what one of these labs asks for."""
        lab = lab_of(path.parent, self.known)[0]
        code = path.suffix.lower() in (*CODE, ".toml") or bool(archive_suffix(path.name))
        return code and (not lab or lab in labs)


def _only_one(one: Settled, lab: Manifest) -> str:
    """The file that is meant where a line does not say it."""
    if len(lab.edits) > 1:
        named = PurePosixPath(one.file).name
        if named not in lab.edits:
            raise one.wrong(
                f"{lab.name} asks for {' and '.join(lab.edits)}", "fill the column `as`"
            )
        return named
    return lab.edits[0]


def _row(package: Package) -> HandedIn:
    sender = package.sender
    return HandedIn(
        package=package.shown,
        platform=sender.platform,
        people=[asdict(person) for person in sender.people],
        submitted=sender.submitted,
        late=sender.late,
        section=package.section,
    )


def _called_after_the_student(
    files: Contents, places: list[Place], lab: Manifest
) -> dict[PurePosixPath, bytes]:
    """A single file that is called as its student is, as the one file that the lab asks for."""
    if len(files) != 1 or len(places) != 1 or len(lab.edits) != 1:
        return {}
    ((path, data),) = files.items()
    single = path == places[0].at == PurePosixPath(places[0].path.name)
    name = PurePosixPath(alike(path.name))
    if not single or name.suffix != PurePosixPath(lab.edits[0]).suffix or not data.strip():
        return {}
    return {PurePosixPath(path.name) / lab.edits[0]: data}


def _with_unopened(why: str, reading: Reading) -> str:
    parts = [f"{clean(path)} was not opened: {text}" for path, text in reading.unopened.items()]
    return "; ".join([why, *parts])


def digest_of(files: Contents) -> str:
    """SHA-256 over the paths and the contents."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(os.fsencode(str(path)) + b"\0" + hashlib.sha256(files[path]).digest())
    return whole.hexdigest()


def labs_in(packages: Iterable[Package], known: list[Manifest]) -> list[Manifest]:
    """Every lab that some folder or file in the submissions is called after."""
    names = {lab_meant(part, known) for path in _paths(packages) for part in path.parts}
    return [lab for lab in known if lab.name in names]


def _paths(packages: Iterable[Package]) -> Iterator[PurePosixPath]:
    for package in packages:
        reading = Reading()
        try:
            for place in package.places:
                reading.add(place.path, place.at)
        except (Refused, OSError, RecursionError, MemoryError):
            continue  # its row will say so
        yield from reading.files
