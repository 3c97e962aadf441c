"""Which files of a submission are a lab's: the ones that were asked for, or what can only be meant.

A lab asks for files by name. They are looked for in this order:

1. in the lab's own folder (or at the top), called exactly as asked
2. there, called nearly so: `App.py`, `app (1).py`, `app.py.txt`
3. in another folder, called so; or there, called otherwise, with what the lab needs in it: `main.py`
   with an `app`
4. in another folder, called otherwise, with what the lab needs
5. the code of a notebook, with what the lab needs

The first place that holds exactly one answer counts, and what was taken is said. Two different
answers in one place are refused: nobody can know which is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from workerlab.draw.words import clean
from workerlab.grading.batch.archives import Refused, archive_suffix
from workerlab.grading.intake import python_text
from workerlab.grading.intake.names import lab_of
from workerlab.grading.intake.parts import (
    ALIKE,
    BY_CONTENT,
    EXACT,
    NOTEBOOK,
    Contents,
    Part,
    Said,
    parts_in,
)
from workerlab.grading.intake.python_text import Unreadable
from workerlab.grading.manifest import Manifest

TOP = PurePosixPath()
SHOWN = 6  # names in a list of what was found


@dataclass
class Taken:
    """The files of one lab in a submission.

    files   their contents, by their paths in the lab's folder
    parts   where each file that the lab asks for comes from
    sources the files of the submission that these are
    notes   what was taken in place of what was asked for
    doubts  what an instructor should look at, though the submission is graded
    """

    files: dict[PurePosixPath, bytes]
    parts: dict[str, str]
    sources: set[PurePosixPath] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Candidate:
    """A folder with everything that a lab asks for; the least `rank`, then `depth`, is the likeliest.

    depth  0 in the lab's own folder, else 1
    """

    folder: PurePosixPath
    rank: int
    depth: int
    parts: dict[str, Part]

    @property
    def answer(self) -> tuple[bytes, ...]:
        return tuple(part.data for part in self.parts.values())

    @property
    def how(self) -> int:
        return max(part.how for part in self.parts.values())

    @property
    def unclear(self) -> str:
        return next((part.unclear for part in self.parts.values() if part.unclear), "")

    @property
    def name(self) -> str:
        return ", ".join(clean(part.source) for part in self.parts.values())


def choose(files: Contents, lab: Manifest, planned: list[Manifest], known: list[Manifest]) -> Taken:
    """The files of `lab` among all of a submission.

    planned   the labs that the class is graded in
    known     every lab there is: a folder may be called after one that is not graded

    Raises Refused, with what was found.
    """
    said = Said()
    candidates = list(_candidates(files, lab, planned, known, said))
    if not candidates:
        raise Refused(_nothing(files, lab, [*said.rejected, *said.reasons]))
    candidates.sort(key=lambda one: (one.rank, one.depth, one.folder))
    best = candidates[0]
    if best.unclear:
        raise Refused(best.unclear)
    for other in candidates[1:]:
        same_place = other.rank == best.rank and (best.rank > ALIKE or other.depth == best.depth)
        if same_place and other.answer != best.answer:
            names = f"{best.name} and {other.name}"
            raise Refused(f"there are two different answers: {names}; which one is meant?")
    taken = _taken(files, lab, best, known)
    for other in candidates[1:]:
        if other.answer == best.answer:
            taken.notes.append(f"{other.name} is the same")
        elif other.how <= ALIKE and not other.unclear:
            taken.doubts.append(f"{other.name} is different, and was not taken")
    taken.doubts += said.rejected
    rivals = [path for part in best.parts.values() for path in part.rivals]
    taken.doubts += [f"{clean(path)} is different, and was not taken" for path in rivals]
    return taken


def as_told(
    files: Contents, lab: Manifest, told: Mapping[str, PurePosixPath], known: list[Manifest]
) -> Taken:
    """The files of `lab` as an instructor names them: `told` has a path for each that is asked for.

    Raises Refused when one is not named, or a notebook has no code.
    """
    parts = {}
    for name in lab.edits:
        if name not in told:
            raise Refused(f"the map does not say which file is {name}")
        source, how, data = told[name], EXACT, files[told[name]]
        if source.suffix.lower() == ".ipynb" and name.endswith(".py"):
            try:
                how, data = NOTEBOOK, python_text.of_notebook(data, name)
            except Unreadable as error:
                raise Refused(f"{clean(source)} {error}") from error
        parts[name] = Part(source, how, data)
    first = next(iter(parts.values())).source
    return _taken(files, lab, _Candidate(first.parent, EXACT, 1, parts), known)


def _candidates(
    files: Contents,
    lab: Manifest,
    planned: list[Manifest],
    known: list[Manifest],
    said: Said,
) -> Iterable[_Candidate]:
    top = _top(files)
    unmarked = _meant_without_a_name(lab, planned)
    folders = {parent for path in files for parent in path.parents}
    for folder in sorted(folders):
        meant, depth = lab_of(folder, known)
        if meant not in ("", lab.name):
            continue
        parts = parts_in(files, folder, lab, said)
        if parts is None:
            continue
        if not meant and not unmarked:
            found = ", ".join(clean(part.source) for part in parts.values())
            labs = " or ".join(one.name for one in planned)
            said.reasons.append(f"{found} does not say which lab it is for: {labs}")
            continue
        named = bool(meant) and depth == len(folder.parts)  # this goes before the top
        how = max(part.how for part in parts.values())
        yield _Candidate(folder, _rank(named or folder == top, how), int(not named), parts)


def _rank(own: bool, how: int) -> int:
    """The place in the order at the head of this module; 0 is the first."""
    if how == NOTEBOOK:
        return 4
    if how == BY_CONTENT:
        return 2 if own else 3
    return how if own else 2


def _top(files: Contents) -> PurePosixPath:
    """The folder that holds everything: without the wrapping of one folder in another."""
    top = TOP
    while True:
        inside = {path.parts[len(top.parts)] for path in files if path != top}
        deeper = all(len(path.parts) > len(top.parts) + 1 for path in files)
        if len(inside) != 1 or not deeper:
            return top
        top /= inside.pop()


def _meant_without_a_name(lab: Manifest, planned: list[Manifest]) -> bool:
    """Whether files of a lab say by their own names which of the planned labs they are for."""
    others = {name for other in planned if other.name != lab.name for name in other.edits}
    return any(name not in others for name in lab.edits)


def _taken(files: Contents, lab: Manifest, best: _Candidate, known: list[Manifest]) -> Taken:
    """The chosen files under the names that were asked for, and everything beside and below them."""
    taken = Taken({}, {name: clean(part.source) for name, part in best.parts.items()})
    sources = {part.source for part in best.parts.values()}
    taken.sources |= sources
    for path, data in files.items():
        inside = path.is_relative_to(best.folder) and path not in sources
        relative = path.relative_to(best.folder) if inside else TOP
        opened = any(archive_suffix(part) for part in relative.parts[:-1])
        other = lab_of(relative.parent, known)[0] not in ("", lab.name)
        if inside and not opened and not other and str(relative) not in lab.edits:
            taken.files[relative] = data
            taken.sources.add(path)
    for name, part in best.parts.items():
        taken.files[PurePosixPath(name)] = part.data
        if part.how == NOTEBOOK:
            taken.notes.append(f"took the code of {clean(part.source)} as {name}")
        elif part.how != EXACT or not _as_asked(part.source, best, lab):
            taken.notes.append(f"took {clean(part.source)} as {name}")
        _must_find_its_own(part, best, files)
    return taken


def _as_asked(source: PurePosixPath, best: _Candidate, lab: Manifest) -> bool:
    """Whether a file lies where it was asked for: at the top, or in the lab's folder."""
    named = best.folder.name == lab.name or archive_suffix(best.folder.name)
    return best.rank <= ALIKE and (bool(best.depth) or bool(named))


def _must_find_its_own(part: Part, best: _Candidate, files: Contents) -> None:
    """Refuse a Python file whose imports break where, and as what, it is graded."""
    if part.how == NOTEBOOK:
        return
    try:
        wanted = python_text.imported(python_text.parsed(part.data))
    except Unreadable:
        return  # it is called as asked: its own check says what is wrong with it
    folder = best.folder.name
    ours = any({folder, f"{folder}.py"} & {path.relative_to(best.folder).parts[0]}
               for path in files if path.is_relative_to(best.folder))  # fmt: skip
    if best.rank > ALIKE and ("." in wanted or (folder in wanted and not ours)):
        raise Refused(f"{clean(part.source)} imports its own folder, and is graded without it")
    if part.how == BY_CONTENT:
        _must_not_be_imported(part.source, files)


def _must_not_be_imported(source: PurePosixPath, files: Contents) -> None:
    """Refuse a file under another name that its neighbours import by that name."""
    for path, data in files.items():
        if path.suffix != ".py" or path == source or path.parent != source.parent:
            continue
        try:
            wanted = python_text.imported(python_text.parsed(data))
        except Unreadable:
            continue
        if source.stem in wanted and not path.name.startswith("test_"):
            raise Refused(f"{clean(path)} imports {clean(source)}, which is not called as asked")


def _nothing(files: Contents, lab: Manifest, reasons: list[str]) -> str:
    asked = " and ".join(lab.edits)
    if not files:
        return f"nothing was handed in: {asked} was asked for, and no file is there"
    why = "; ".join(dict.fromkeys(reasons))
    why = f"; {why}" if why else ""
    return f"nothing that can be taken as {asked}; found {listed(files)}{why}"


def listed(paths: Iterable[PurePosixPath]) -> str:
    """The first names of many: "app.py, notes.txt and 3 more"."""
    names = [clean(path, 80) for path in sorted(paths)]
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
