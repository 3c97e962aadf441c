"""The submissions of a class: everything that was handed in, put together by student."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from workerlab.grading.batch.archives import archive_suffix
from workerlab.grading.intake.map_file import Settled
from workerlab.grading.intake.metadata import METADATA, gradescope, lists
from workerlab.grading.intake.people import Sender, sender_of
from workerlab.grading.intake.whole_class import Found, found_in

_SUFFIX = re.compile(r"(?<=.)\.(py|ipynb|toml|py\.txt)$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A part of a submission.

    path   where it lies on this disk
    at     where it lies in the submission
    shown  its path in the class's folder
    """

    path: Path
    at: PurePosixPath
    shown: str


@dataclass
class Package:
    """The submission of one student, or of one group.

    places     its parts. Those of a platform belong together; of others (`ada`, `ada.zip`) there
               should be one
    refused    why it cannot be read, or ""
    notes      what was done to find it
    settled    the lines of a map that are about it
    """

    sender: Sender
    places: list[Place] = field(default_factory=list)
    section: str = ""
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [name for place in self.places for name in (place.shown, place.path.name)]

    @property
    def student(self) -> str:
        return self.sender.student

    @property
    def shown(self) -> str:
        return "; ".join(place.shown for place in self.places)


@contextmanager
def packages_in(handed_in: Path, asked: set[str]) -> Iterator[list[Package]]:
    """The submissions in a class's folder or zip, in the order of their names.

    asked  the names of the files that labs ask for

    What has to be unpacked lies in temporary folders until the end of the `with`. Raises BadUsage
    when there is nothing, or the folder, a class's zip or a platform's metadata cannot be read.
    """
    with ExitStack() as stack:

        def scratch() -> Path:
            return Path(stack.enter_context(TemporaryDirectory(prefix="workerlab-intake-")))

        found = found_in(handed_in, scratch, asked)
        yield sorted(_together(found), key=lambda package: package.student)


def _together(found: list[Found]) -> list[Package]:
    senders: dict[str, Sender] = {}
    listed: dict[tuple[str, str], Sender] = {}
    rest: list[Found] = []
    for one in found:
        if one.place.name == METADATA:
            senders |= gradescope(one.place)
        elif one.place.is_file() and (students := lists(one.place)):
            listed |= students
        else:
            rest.append(one)
    packages: dict[str, Package] = {}
    for item, sender, notes in _last_attempts([(one, *_sent(one, senders)) for one in rest]):
        sender = _with_what_is_listed(sender, listed)
        package = packages.setdefault(sender.student, Package(sender, section=item.section))
        package.places.append(_place(item, sender))
        package.refused = package.refused or item.refused
        package.notes = list(dict.fromkeys([*package.notes, *notes]))
        sent = max(package.sender.submitted, sender.submitted)
        late = package.sender.late or sender.late
        package.sender = replace(package.sender, submitted=sent, late=late)
    for name, sender in senders.items():
        if name not in packages:
            why = f"{METADATA} names it, and no folder {name} is there"
            packages[name] = Package(sender, refused=why)
    return list(packages.values())


def _sent(found: Found, senders: dict[str, Sender]) -> tuple[Sender, list[str]]:
    """Who something is from, and what to say about where it was found."""
    name = found.place.name
    notes = [f"found inside {found.lower}"] if found.lower else []
    if name in senders:
        return senders[name], notes
    return sender_of(name) or Sender(_student(found.place)), notes


def _with_what_is_listed(sender: Sender, listed: dict[tuple[str, str], Sender]) -> Sender:
    """A sender with the name, the address and the time that the platform's own list has."""
    number = sender.people[0].id if len(sender.people) == 1 else ""
    if (known := listed.get((sender.platform, number))) is None:
        return sender
    return replace(sender, people=known.people, submitted=sender.submitted or known.submitted)


def _student(place: Path) -> str:
    """The name of a folder or a file, without the ending that says what it is."""
    if place.is_dir():
        return place.name
    suffix = archive_suffix(place.name)
    return place.name[: -len(suffix)] if suffix else _SUFFIX.sub("", place.name)


def _place(found: Found, sender: Sender) -> Place:
    """A platform's folder is the submission; of anything else the name may say something, too."""
    if sender.file:
        at = PurePosixPath(sender.file.replace("/", "_"))
    elif sender.platform and found.place.is_dir():
        at = PurePosixPath()
    else:
        at = PurePosixPath(found.place.name)
    return Place(found.place, at, found.shown)


_Sent = tuple[Found, Sender, list[str]]


def _last_attempts(sent: list[_Sent]) -> Iterator[_Sent]:
    """Without what a student has replaced by handing in again."""
    last: dict[str, str] = {}
    attempts: dict[str, set[str]] = {}
    for _, sender, _ in sent:
        if sender.submitted:
            last[sender.student] = max(last.get(sender.student, ""), sender.submitted)
            attempts.setdefault(sender.student, set()).add(sender.submitted)
    for found, sender, notes in sent:
        number = len(attempts.get(sender.student, ()))
        if number > 1 and sender.submitted != last[sender.student]:
            continue
        if number > 1:
            notes = [
                *notes,
                f"handed in {number} times: the last, of {last[sender.student]}, counts",
            ]
        yield found, sender, notes
