"""Ask a question: start what the app needs, and explore it. For tests and for the command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.questions.starting import NAMES, Starting
from workerlab.questions.toml_file import read
from workerlab.stepping.explore import explore
from workerlab.verdict import Verdict

__all__ = ["ask", "assert_no_race"]

WIDTH = 100  # cells of a picture in an assertion


class NotPassed(AssertionError):
    """A question whose verdict is not that it passed; the text is the picture of its schedule."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(in_words(verdict))
        self.verdict = verdict


def ask(
    app: str | Path | None = None,
    *,
    question: str | Path | None = None,
    stores: Iterable[str] = (),
    env: Mapping[str, str] | None = None,
    env_file: Iterable[str | Path] = (),
    forms: Iterable[str] = (),
    migrate: str = "",
    reset_command: str = "",
    in_place: bool = False,
    **options: Any,
) -> Verdict:
    """`workerlab.explore`, with private stores, settings from files, and a question from a file.

    app        as for `explore`; may stand in the question file, too
    question   a TOML file; what is given beside it here wins
    stores     "redis", "postgres": started for this question alone, and gone afterwards
    env        settings of the app; they win over those in `env_file`, as do the stores' addresses.
               What they name is used as it is
    forms      more settings that lead to a store: NAME=FORM, with {host} and the like in it
    migrate    a command that is run once, before the app starts
    reset_command  a command that is run before each schedule, to reset the data
    in_place   the app runs on its own files and stores, not on a copy of its folder
    options    those of `explore`; a `start` there takes the place of the last three

    Raises what `explore` raises.
    """
    asked = read(question) if question is not None else {}
    app = app if app is not None else asked.get("app")
    if app is None:
        raise BadUsage("no app is named", 'name it, or write app = "main.py" in the question')
    given = {
        "stores": stores, "env": env, "env_file": env_file, "forms": forms, "migrate": migrate,
        "reset_command": reset_command, "in_place": in_place,
    }  # fmt: skip
    starting = Starting.of(app, {**options, **given}, asked)
    asked = {key: asked[key] for key in asked if key != "app"} | options
    asked = {key: asked[key] for key in asked if key not in NAMES}
    asked = {"start": starting.start, **starting.served, **asked}
    with starting.opened(asked.get("note")) as (settings, services):
        return explore(app, env=settings, stores=services, **asked)


def assert_no_race(app: str | Path | None = None, **question: Any) -> Verdict:
    """Ask a question in a test: the parameters are those of `ask`. Returns the verdict that passed.

    Raises AssertionError when a schedule loses, with the picture of that schedule as its text, and
    when nothing could be said, with the reason; else what `explore` raises.
    """
    __tracebackhide__ = True  # pytest shows the reader's own line
    verdict = ask(app, **question)
    if not verdict.passed:
        raise NotPassed(verdict)
    return verdict


def in_words(verdict: Verdict) -> str:
    """A verdict as a test's message: what is wrong, the schedule on the app's lines, what was tried."""
    from workerlab.draw import schedule_text
    from workerlab.draw.words import clean

    lines = [f"{verdict.status}: {verdict.message}"]
    if verdict.evidence:
        lines += ["", *schedule_text(verdict.evidence, WIDTH).splitlines()]
    return "\n".join(map(clean, lines))
