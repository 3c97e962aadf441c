"""What a lab says about itself: `labs/labNN_name/lab.toml`."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workerlab.errors import BadUsage

__all__ = ["Manifest"]


class NoLabs(BadUsage):
    """There are no labs here, as in any folder when workerlab was installed from a wheel."""


@dataclass(frozen=True)
class Manifest:
    """One lab: what it is called, what the student edits, what it needs to run.

    redis_allows                  commands that its Redis refuses else, such as "config|set"
    least_mutants, least_rights   how many wrong and odd-but-right answers must prove it
    """

    name: str
    title: str
    edits: tuple[str, ...]
    services: tuple[str, ...]
    workers: int
    runner: str
    notebook: str
    points: float
    folder: Path
    settings: tuple[tuple[str, str], ...] = ()  # environment variables of the app
    redis_allows: tuple[str, ...] = ()
    least_mutants: int = 10
    least_rights: int = 3

    @property
    def tests(self) -> Path:
        """The file with the lab's graded checks."""
        return self.folder.parent.parent / "tests" / "labs" / f"test_{self.name}.py"


def root() -> Path:
    """The folder with the labs: WORKERLAB_HOME, else upward from here, else from the package.

    Raises NoLabs when none of them holds a `labs` folder.
    """
    named = os.environ.get("WORKERLAB_HOME")
    for start in [Path(named)] if named else [Path.cwd(), Path(__file__).resolve()]:
        if folder := above(start):
            return folder
    if named:
        raise NoLabs(f"no labs in {named}", "set WORKERLAB_HOME to a folder with labs, or unset it")
    raise NoLabs(
        "no labs here; `workerlab labs here` puts them into this folder",
        "if they are elsewhere: go there, or set WORKERLAB_HOME to it",
    )


def above(start: Path) -> Path | None:
    """The nearest folder that holds labs and their checks: `start`, or one that it lies in."""
    for folder in (start, *start.parents):
        if (folder / "labs").is_dir() and (folder / "tests" / "labs").is_dir():
            return folder
    return None


def read(folder: Path) -> Manifest:
    """Read the lab in `folder`. Raises BadUsage when its lab.toml is missing or wrong."""
    file = folder / "lab.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        settings, least = dict(data.get("settings", {})), dict(data.get("least", {}))
        return Manifest(
            name=data["name"],
            title=data["title"],
            edits=tuple(data["edits"]),
            services=tuple(data.get("services", ())),
            workers=int(data.get("workers", 5)),
            runner=data.get("runner", "uvicorn"),
            notebook=data.get("notebook", ""),
            points=float(data.get("points", 10)),
            folder=folder,
            settings=tuple((name, str(value)) for name, value in settings.items()),
            redis_allows=tuple(data.get("redis_allows", ())),
            least_mutants=int(least.get("mutants", Manifest.least_mutants)),
            least_rights=int(least.get("right", Manifest.least_rights)),
        )
    except OSError as error:
        raise BadUsage(f"the lab in {folder} has no lab.toml", "make one") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadUsage(f"{file} is wrong: {error!r}", "compare it with another lab's") from error


def all_labs() -> list[Manifest]:
    """Every lab of the repository, in the order of their numbers."""
    return [read(file.parent) for file in sorted(root().glob("labs/*/lab.toml"))]


def find(name: str) -> Manifest:
    """The lab of that name; its number alone ("08", "lab08") will do. Raises BadUsage."""
    labs = all_labs()
    wanted = name.strip("/").rpartition("/")[2]
    wanted = wanted.zfill(2) if wanted.isdigit() else wanted
    for lab in labs:
        if wanted in (lab.name, lab.name.partition("_")[0], lab.name[3:5]):
            return lab
    known = ", ".join(lab.name for lab in labs)
    raise BadUsage(f"there is no lab {name!r}", f"choose one of: {known}")
