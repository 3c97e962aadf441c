"""Every verb by its name. A module is imported here; what it needs, when its verb runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol

import typer

from workerlab.cli.burst import burst
from workerlab.cli.check import check
from workerlab.cli.doctor import doctor
from workerlab.cli.explore import explore
from workerlab.cli.export import export
from workerlab.cli.grade import grade
from workerlab.cli.hint import hint
from workerlab.cli.labs import labs
from workerlab.cli.mark import mark
from workerlab.cli.new_lab import new_lab
from workerlab.cli.progress import progress
from workerlab.cli.regrade import regrade
from workerlab.cli.release import release
from workerlab.cli.replay import replay
from workerlab.cli.scout import scout
from workerlab.cli.serve import serve
from workerlab.cli.verify_labs import verify_labs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
HOME = "While you work on a lab"
APPS = "For any app, your own too"
CLASS = "For a class"
REPOSITORY = "This machine, this repository"

_VERBS: list[tuple[Callable[..., int | None], str]] = [
    (check, HOME),
    (hint, HOME),
    (replay, HOME),
    (progress, HOME),
    (serve, APPS),
    (burst, APPS),
    (explore, APPS),
    (scout, APPS),
    (grade, CLASS),
    (regrade, CLASS),
    (mark, CLASS),
    (export, CLASS),
    (new_lab, CLASS),
    (release, CLASS),
    (doctor, REPOSITORY),
    (verify_labs, REPOSITORY),
]
for _verb, _panel in _VERBS:
    _name = _verb.__name__.replace("_", "-")
    app.command(_name, rich_help_panel=_panel, no_args_is_help=False)(_verb)
app.add_typer(labs, name="labs", rich_help_panel=HOME)


def tell_version(wanted: bool) -> None:
    """One line for a bug report: which workerlab, on which Python, and where it is."""
    if wanted:
        import platform
        from importlib.metadata import version
        from pathlib import Path

        place = Path(__file__).parents[1]
        print(f"workerlab {version('workerlab')} on Python {platform.python_version()} ({place})")
        raise typer.Exit


@app.callback()
def workerlab(
    debug: Annotated[
        bool, typer.Option("--debug", help="show where a bug of ours is; may stand anywhere")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=tell_version, is_eager=True, help="which one this is"),
    ] = False,
) -> None:
    """One object, many workers: see updates get lost, find the schedule, fix it, be graded.

    Begin with:  `workerlab doctor`, then  `workerlab check lab08`. No labs here?
    `workerlab labs here`
    """


class CommandLine(Protocol):
    """A command of click's, whose copy comes along with typer, or does not."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *,
        standalone_mode: bool = True,
    ) -> Any:
        """Run a command line."""


def command() -> CommandLine:
    """The command line as click sees it."""
    return typer.main.get_command(app)
