"""The copy of the repository that students get: no solutions, no wrong answers, no attacks.

The copied files are named here, so that files added to the repository later are not copied.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from workerlab.errors import BadUsage
from workerlab.grading.manifest import root

GIVEN = (
    *("README.md", "INSTRUCTORS.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "LICENSE-prose"),
    *("Makefile", "pyproject.toml", "requirements.lock", "environment.yml", "docker-compose.yml"),
    *("apt.txt", "postBuild", "start", "docker", ".devcontainer", ".gitattributes", "setup"),
    *("third_party", "docs", "notebooks", "labs", "src", "tests/labs"),
)
NEVER = {"__pycache__", ".ipynb_checkpoints", ".workerlab", ".virtual_documents"}


def release(out: Path) -> list[Path]:
    """Write the students' copy to `out`, a folder that is not there yet or is empty.

    Returns its files, relative to `out`. Raises BadUsage, and leaves nothing behind then.
    """
    home, out = root(), out.absolute()
    for name in GIVEN:
        if out == home or out.is_relative_to(home / name):
            raise BadUsage(f"{out} is a part of what is copied", "name a folder outside of it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadUsage(f"{out} is not an empty folder", "name another, or remove it first")
    files = sorted(given(home))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".release-", dir=out.parent) as draft:
            whole = Path(draft, "whole")
            for file in files:
                (whole / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(home / file, whole / file)
            os.replace(whole, out)
    except OSError as error:
        advice = "make room, or name a folder that you may write"
        raise BadUsage(f"cannot write {out}: {error.strerror}", advice) from error
    return files


def given(home: Path, names: Iterable[str] = GIVEN) -> Iterator[Path]:
    """The files below those names that git knows or would take, else all there are; no links."""
    names = tuple(names)
    for file in _known_to_git(home) or (path.relative_to(home) for path in home.rglob("*")):
        named = any(file.is_relative_to(name) for name in names)
        if named and not NEVER & {*file.parts}:
            path = home / file
            if path.is_file() and not path.is_symlink():
                yield file


def _known_to_git(home: Path) -> list[Path]:
    command = ["git", "-C", str(home), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        output = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [Path(os.fsdecode(name)) for name in output.split(b"\0") if name]
