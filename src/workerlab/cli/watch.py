"""`workerlab check --watch`: check again whenever a file is saved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from watchfiles import watch

from workerlab.cli.check_view import CheckView
from workerlab.cli.screen import Screen
from workerlab.cli.tell import INTERRUPTED, tell
from workerlab.errors import WorkerlabError
from workerlab.grading.check_lab import check
from workerlab.grading.manifest import all_labs, find, root
from workerlab.grading.submission import locate

LOOK_MS = 20  # a save is seen within this; a burst of saves is one


class Saved:
    """Knows, from a thread that looks, whether anything was saved since it was last asked."""

    def __init__(self, places: list[Path]) -> None:
        self.places = places
        self.event = threading.Event()
        self.ended = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[Saved]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            thread.join(2)

    def _look(self) -> None:
        for _ in watch(
            *self.places,
            stop_event=self.ended,
            debounce=200,
            step=LOOK_MS,
            rust_timeout=200,
            raise_interrupt=False,
        ):
            self.event.set()

    def wait(self) -> None:
        """Return when something has been saved (a short wait at a time, so that Ctrl-C is heard)."""
        while not self.event.wait(0.5):
            pass
        self.event.clear()


class WatchView(CheckView):
    """Gives up a grading as soon as it is about a file that is no longer there."""

    def __init__(self, screen: Screen, saved: Saved) -> None:
        super().__init__(screen, one_only=True)
        self.saved = saved

    def __call__(self, kind: str, what: object) -> None:
        if self.saved.event.is_set() and kind != "graded":
            pytest.exit("saved again")  # which ends as if it had been interrupted
        super().__call__(kind, what)


def watch_and_check(screen: Screen, labs: list[str], options: dict[str, Any]) -> int:
    """Check, wait for a save, check again, until Ctrl-C."""
    place = Path(options["submission"] or root() / "labs")
    found = [find(name) for name in labs] or all_labs()
    places = [locate(lab, place) for lab in found if labs or (place / lab.name).is_dir()]
    folders = [path if path.is_dir() else path.parent for path in places]
    with Saved(folders).looking() as saved:
        while True:
            screen.out.clear() if screen.out.is_terminal else screen.say("─" * 40, "dim")
            status = _once(screen, saved, labs, options)
            if status == INTERRUPTED:
                return INTERRUPTED
            if saved.event.is_set():
                saved.event.clear()
                continue
            screen.say("waiting for the next save (Ctrl-C ends this)", "dim")
            saved.wait()


def _once(screen: Screen, saved: Saved, labs: list[str], options: dict[str, Any]) -> int:
    try:
        with screen.live():
            return check(*labs, **options, on_event=WatchView(screen, saved)).exit_status
    except KeyboardInterrupt:
        return 0 if saved.event.is_set() else INTERRUPTED
    except pytest.exit.Exception:  # between two checks, where pytest does not catch it
        return 0
    except WorkerlabError as error:
        tell(str(error), error.advice, error.details)
        return 0
