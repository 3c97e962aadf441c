"""The zip that an instructor uploads to Gradescope: the autograder of one or more labs.

At its root are `setup.sh` and `run_autograder`, as Gradescope asks. Beside them lies what these
two need: workerlab itself, the labs that are graded and their checks; no solutions, no mutants.
The same repository gives the same bytes.
"""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.gradebooks.common import write
from workerlab.grading.manifest import Manifest, find

HOME = Path(__file__).resolve().parents[4]  # the repository that we run from
SCRIPTS = ("setup.sh", "run_autograder")
PACKAGES = {"memcached": "memcached"}  # Valkey and PostgreSQL come as Python packages
WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[^]]*\])?==[^\\#]+")


def build(out: Path, labs: Collection[str]) -> Path:
    """Write the zip that grades these labs. Returns its path; raises BadUsage."""
    if not labs:
        advice = "name it: workerlab export --to gradescope --autograder OUT.zip --lab LAB"
        raise BadUsage("an autograder of which lab?", advice)
    if not (HOME / "docker" / "gradescope").is_dir():
        advice = "run the command of a checkout: pip install --editable ."
        raise BadUsage("the repository that workerlab came from is not here", advice)
    files = dict(_files([find(name) for name in labs]))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, WHEN)
            info.create_system = 3  # Unix: what follows is the file's mode
            info.external_attr = (0o755 if name in SCRIPTS else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return write(out, data.getvalue())


def _files(labs: list[Manifest]) -> Iterator[tuple[str, bytes]]:
    """Each file of the zip, by its name there."""
    for name in SCRIPTS:
        yield name, (HOME / "docker" / "gradescope" / name).read_bytes()
    yield "labs.txt", _lines(lab.name for lab in labs)
    yield "apt.txt", _lines(_packages(labs))
    yield "constraints.txt", _lines(_pinned((HOME / "requirements.lock").read_text()))
    yield "requirements.txt", _lines(_required((HOME / "pyproject.toml").read_text()))
    yield "repository/pyproject.toml", (HOME / "pyproject.toml").read_bytes()
    yield from _tree(HOME / "third_party", "repository/third_party")
    template = "repository/src/workerlab/grading/authoring/template/"  # not of this course
    for name, data in _tree(HOME / "src" / "workerlab", "repository/src/workerlab"):
        if not name.startswith(template):
            yield name, data
    for lab in labs:
        yield from _tree(lab.folder, f"repository/labs/{lab.name}")
        yield f"repository/tests/labs/{lab.tests.name}", lab.tests.read_bytes()


def _tree(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        ours = not any(part == "__pycache__" or part.startswith(".") for part in parts)
        if ours and path.is_file():
            yield "/".join((name, *parts)), path.read_bytes()


def _packages(labs: list[Manifest]) -> list[str]:
    needed = {PACKAGES[service] for lab in labs for service in lab.services if service in PACKAGES}
    return ["bubblewrap", *sorted(needed)]


def _pinned(lock: str) -> list[str]:
    """The versions of a lock file, without its hashes: what pip takes as constraints."""
    found = [line.strip() for line in lock.splitlines() if _PINNED.match(line)]
    return [line.removesuffix("\\").strip() for line in found]


def _required(pyproject: str) -> list[str]:
    """What the labs, and the installation itself, ask for: all but JupyterLab."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *extras["fixes"], *extras["build"]]


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()
