"""The live player in a notebook: the reader presses a button, and a real worker moves.

The page is drawn by the player's module (`draw/player.js`); here is what it shows, and what
it may ask for. All that moves workers is in `stepping/live.py`, which knows nothing of pages.

This is the only place that imports anywidget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from workerlab.draw import schedule_text
from workerlab.draw.frames import frames_of
from workerlab.draw.player import module_text, player
from workerlab.errors import WorkerlabError
from workerlab.evidence import Evidence
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.interactive.exercise import FOUND
from workerlab.stepping.interactive.live_run import LiveRun
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS, Program
from workerlab.verdict import Verdict

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise WorkerlabError(
        f"the live player needs the package {error.name}, which is not installed",
        "pip install anywidget, and restart the notebook kernel; all else works without it",
    ) from None

# By what they run: a cell that is run again replaces its player.
_open: dict[tuple[str, ...], Live] = {}


class Live(anywidget.AnyWidget):
    """A player that moves real workers. `live` makes one.

    In a notebook it shows itself, with a button for each request. The same can be done from
    Python, and the page follows: `step("A")`, `back()`, `reset()`, `go("AABB")`. `check()` says
    whether a schedule that loses has been found. `close()` ends the workers; so does the end of
    the notebook kernel.
    """

    _esm = module_text()
    mode = traitlets.Unicode("live").tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    enabled: traitlets.List[str] = traitlets.List().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    goal = traitlets.Unicode("").tag(sync=True)
    outcome = traitlets.Dict().tag(sync=True)
    branches: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(self, run: LiveRun, goal: str = "") -> None:
        super().__init__(goal=goal)
        self.run = run
        self.closed = False
        self._evidence: Evidence = {}
        self._show()
        self.on_msg(self._hear)

    def step(self, task: str) -> None:
        """Let `task` take one step. Raises BadUsage when it cannot move now."""
        self._do(lambda: self.run.step(task))

    def back(self) -> None:
        """Undo the last step: begin again, and make all the others once more."""
        self._do(self.run.back)

    def reset(self) -> None:
        """Begin again."""
        self._do(self.run.reset)

    def go(self, schedule: Iterable[str]) -> None:
        """Make these moves: "AABB", ["A", "B"], or the schedule of any evidence."""
        self._do(lambda: self.run.go(schedule))

    def check(self) -> Verdict:
        """Say whether one of the schedules tried loses.

        Passed: found. It lost again three times of three, and the verdict's evidence is of that
        schedule. Inconclusive: not found yet, with what to try; or perhaps there is none to find.
        """
        verdict: list[Verdict] = []
        self._do(lambda: verdict.append(self.run.check()))
        if (
            not verdict[0].passed or self.outcome["status"] in FOUND
        ):  # not of another one than is shown
            self.outcome = self.outcome | {"message": verdict[0].message}
        return verdict[0]

    def close(self) -> None:
        """End the workers. What has been reached stays on the page, and nothing can be stepped."""
        if self.closed:
            return
        self.closed = True
        with suppress(WorkerlabError):
            self.run.close()
        self.run.stepped.close()
        self.enabled = []
        message = self.outcome["message"].rstrip(".")
        self.outcome = self.outcome | {"message": f"{message}. {CLOSED[0]}."}

    def _do(self, act: Callable[[], None]) -> None:
        """Do it, and show what came of it. The page's buttons rest meanwhile."""
        if self.closed:
            raise WorkerlabError(*CLOSED)
        self.busy = True
        try:
            act()
            self._show()
        finally:
            self.busy = False

    def _hear(self, _: object, content: object, buffers: object) -> None:
        """A message of the page. Unknown messages are ignored: a page is not trusted."""
        match content:
            case {"do": "step", "task": str(task)}:
                self._obey(lambda: self.step(task))
            case {"do": "back"}:
                self._obey(self.back)
            case {"do": "reset"}:
                self._obey(self.reset)
            case {"do": "go", "schedule": [*schedule]}:
                self._obey(lambda: self.go(schedule))

    def _obey(self, act: Callable[[], None]) -> None:
        try:
            act()
        except WorkerlabError as error:
            self.outcome = self.outcome | {
                "message": f"{error}: {error.advice}" if error.advice else str(error)
            }

    def _show(self) -> None:
        state = self.run.state()
        self._evidence = state["evidence"]
        with self.hold_sync():  # one message to the page
            self.data = frames_of(self._evidence)
            for name in ("enabled", "outcome", "branches"):
                setattr(self, name, state[name])

    def __repr__(self) -> str:
        """The schedule so far, in words: for a terminal, a screen reader, an untrusted notebook."""
        could = " or ".join(f'step("{task}")' for task in self.enabled)
        lines = [self.goal, schedule_text(self._evidence), self.outcome["message"]]
        lines.append(f"Go on with {could}." if could else "")
        return "\n".join(filter(None, lines))

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; on a page without a notebook kernel the schedule so far, as a replay; or as text."""
        bundle = super()._repr_mimebundle_(**options)
        assert bundle is not None  # as for any widget that has a view
        data, metadata = bundle
        still = f"<p><em>{STILL}</em></p>\n{player(self._evidence).html}"
        return data | {"text/plain": repr(self), "text/html": still}, metadata


STILL = (
    "In a running notebook, buttons here let real workers go, one step at a time. "
    "On this page nothing runs; what follows is how far they had come."
)
CLOSED = ("The workers of this player have ended", "run the cell that made it again")


def live(
    app: str | Path,
    *,
    program: str = "POST /increment | POST /increment",
    before: str = "POST /reset",
    after: str = "GET /report",
    model: str = "counter",
    placement: str = TWO_WORKERS,
    env: dict[str, str] | None = None,
    services: Iterable[int | None] = (),
    goal: str = "",
    **options: Any,
) -> Live:
    """Serve `app` on real workers, and let a reader choose which of them moves next.

    program, before, after, model   as for `explore`
    placement   "two workers" (each request on a worker of its own), or "one worker"
    env         the app's settings, the address of its store among them
    services    process ids of the stores that the app uses
    goal        what the reader is asked to do, shown above the player
    options     those of Server, such as `runner` or `app_dir`

    The same call, made again, ends the workers of the first. Raises BadUsage, AppDidNotStart or
    NotReady.
    """
    parsed = Program.parse(program, before=before, after=after, model=model)
    what = (str(app), program, before, after, model, placement)
    if what in _open:
        _open.pop(what).close()
    if options.get("runner") in (
        "gunicorn",
        "preload",
    ):  # which would kill a worker that is held long
        options["extra"] = (*options.get("extra", ()), "--timeout", "0")
    workers = 1 if placement == ONE_WORKER else max(2, len(parsed.requests))
    settings = {"workers": workers, "env": env, "services": services, **options}
    stepped = SteppedServer(app, **settings)
    stepped.__enter__()
    try:
        _open[what] = Live(LiveRun(stepped, parsed, placement), goal)
    except BaseException:
        stepped.close(kill=True)
        raise
    return _open[what]
