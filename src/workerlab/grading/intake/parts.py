"""The files that a lab asks for, in one folder of a submission: by their names, or by what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

from workerlab.draw.words import clean
from workerlab.grading.intake import python_text
from workerlab.grading.intake.names import alike
from workerlab.grading.intake.python_text import Unreadable
from workerlab.grading.manifest import Manifest

Contents = Mapping[PurePosixPath, bytes]
EXACT, ALIKE, BY_CONTENT, NOTEBOOK = range(4)
CODE = (".py", ".pyw", ".ipynb")


@dataclass(frozen=True)
class Part:
    """A file that a lab asks for, and where it was found.

    how      EXACT, ALIKE, BY_CONTENT or NOTEBOOK
    rivals   files beside it that are called nearly so, and are different
    unclear  why nobody can know whether it is this one, or ""
    """

    source: PurePosixPath
    how: int
    data: bytes
    rivals: tuple[PurePosixPath, ...] = ()
    unclear: str = ""


@dataclass
class Said:
    """What there is to say about files that are not taken.

    reasons   why each of them does not fit
    rejected  those reasons that are about a file with the right name
    """

    reasons: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)


def parts_in(
    files: Contents, folder: PurePosixPath, lab: Manifest, said: Said
) -> dict[str, Part] | None:
    """Every file that the lab asks for, by its name there; None when one is not in the folder."""
    beside = [path for path in files if path.parent == folder]
    parts: dict[str, Part] = {}
    for name in lab.edits:
        part = _named(files, beside, name, said)
        if part is None:
            others = [path for path in beside if alike(path.name) not in map(alike, lab.edits)]
            part = _with_what_is_needed(files, others, name, needs_of(lab)[name], said)
        if part is not None:
            parts[name] = part
    if len(parts) == len(lab.edits):
        return parts
    if parts:
        found = ", ".join(clean(part.source) for part in parts.values())
        missing = ", ".join(name for name in lab.edits if name not in parts)
        said.reasons.append(f"{found} is there, but {missing} is missing beside it")
    return None


def _named(files: Contents, beside: list[PurePosixPath], name: str, said: Said) -> Part | None:
    """The file that is called as asked, or nearly so."""
    near = sorted(path for path in beside if alike(path.name) == alike(name))
    usable = []
    for path in near:
        if why := _no_text(files[path]):
            said.rejected.append(f"{clean(path)} {why}")
        else:
            usable.append(path)
    exact = next((path for path in usable if path.name == name), None)
    if exact is not None:
        rivals = tuple(path for path in usable if files[path] != files[exact])
        return Part(exact, EXACT, files[exact], rivals)
    return _one_of([Part(path, ALIKE, files[path]) for path in usable])


def _one_of(fit: list[Part]) -> Part | None:
    """The first of several that are the same; unclear when they are not."""
    if not fit:
        return None
    different = {part.data: part.source for part in reversed(fit)}
    if len(different) == 1:
        return fit[0]
    names = " and ".join(clean(path) for path in sorted(different.values()))
    why = f"there are two different answers: {names}; which one is meant?"
    return Part(fit[0].source, fit[0].how, fit[0].data, unclear=why)


def _no_text(data: bytes) -> str:
    if not data.strip():
        return "is empty"
    if data.startswith(b"PK\x03\x04"):
        return "is an archive under another name"
    if b"\0" in data[:4096]:
        return "is no text in UTF-8"
    return ""


def _with_what_is_needed(
    files: Contents, beside: list[PurePosixPath], name: str, needs: set[str], said: Said
) -> Part | None:
    """The one file under another name, or the one notebook, that defines what the lab needs."""
    if not name.endswith(".py"):
        return None
    fit: list[Part] = []
    for path in sorted(beside):
        suffix = PurePosixPath(alike(path.name)).suffix
        if suffix not in CODE or path.name.startswith(("test_", "conftest")):
            continue
        notebook = suffix == ".ipynb"
        try:
            data = python_text.of_notebook(files[path], name) if notebook else files[path]
            missing = needs - python_text.defined(python_text.parsed(data))
        except Unreadable as error:
            said.reasons.append(f"{clean(path)} {error}")
            continue
        if missing:
            said.reasons.append(f"{clean(path)} has no {', '.join(sorted(missing))}")
        else:
            fit.append(Part(path, NOTEBOOK if notebook else BY_CONTENT, data))
    return _one_of([part for part in fit if part.how == min(one.how for one in fit)])


@cache
def needs_of(lab: Manifest) -> dict[str, set[str]]:
    """The names that each Python file of a lab must define: an `app`, or what the starter defines."""
    needs: dict[str, set[str]] = {}
    for name in lab.edits:
        needs[name] = {"app"}
        starter = lab.folder / name
        if name != "app.py" and name.endswith(".py") and starter.is_file():
            names = python_text.defined(python_text.parsed(starter.read_bytes()))
            needs[name] = {one for one in names if not one.startswith("_") and one != "main"}
    return needs
