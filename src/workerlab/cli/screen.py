"""Where words go: results to stdout, warnings to stderr, and a live line to the terminal.

Where no line can be redrawn, in the log of a build say, long work says now and then what it does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from workerlab.draw.words import harmless

WIDEST, PIPED = (120, 100)  # cells of a line: at most, and when there is no terminal
SELDOM_S = 20.0  # between two steps that are told where no line can be redrawn


class _Pipe(Console):
    """Reports a pipe that is closed at the other end, where rich itself would end the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    """One command's output.

    Bound to the streams that were there when it was made: while a check runs, pytest holds
    other ones in their place.
    """

    def __init__(self) -> None:
        self.out = _Pipe(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self.err = _Pipe(file=sys.stderr, highlight=False, markup=False, emoji=False)
        self.width = min(self.out.width, WIDEST) if self.out.is_terminal else PIPED
        self._live: Live | None = None
        self._told = time.monotonic()

    def say(self, text: str = "", style: str = "", *, indent: int = 0) -> None:
        """Print lines. Nothing in them acts on the terminal, wherever they come from."""
        for line in text.split("\n"):
            self.out.print(Text(" " * indent + harmless(line), style=style), soft_wrap=True)

    def parts(self, *parts: tuple[str, str]) -> None:
        """Print one line of (text, style) parts."""
        line = Text.assemble(*((harmless(text), style) for text, style in parts))
        self.out.print(line, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a note beside the result."""
        self.say(text, "dim")

    def warn(self, text: str) -> None:
        self.err.print(Text(f"warning: {harmless(text)}", style="yellow"), soft_wrap=True)

    @contextmanager
    def live(self) -> Iterator[None]:
        """While open, `doing` shows the current step on the last line of a terminal."""
        console = next((one for one in (self.out, self.err) if _redraws(one)), None)
        if console is None or self._live:
            yield
            return
        with Live(
            Text(""),
            console=console,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        ) as self._live:
            try:
                yield
            finally:
                self._live = None

    def doing(self, text: str) -> None:
        """Show the current step in place of the last one; without a terminal, one now and then."""
        shown = harmless(text)[: self.width - 4]
        if self._live:
            self._live.update(_Since(shown))
        elif not _in_a_notebook() and time.monotonic() - self._told >= SELDOM_S:
            self._told = time.monotonic()
            self.err.print(Text(f"… {shown}", style="dim"), soft_wrap=True)

    def show(self, what: RenderableType) -> None:
        """The same, with several lines: a table."""
        if self._live:
            self._live.update(what)


def _redraws(console: Console) -> bool:
    """Whether a line can be drawn over there; in a notebook's cell it would stay for ever.

    Jupyter gives its cells FORCE_COLOR and a pseudo-terminal: to rich that is a terminal.
    """
    return console.file.isatty() and not _in_a_notebook()


def _in_a_notebook() -> bool:
    return "JPY_PARENT_PID" in os.environ


class _Since:
    """A spinner, the current step, and its seconds so far."""

    def __init__(self, text: str) -> None:
        self.text, self.began = text, time.monotonic()
        self.spinner = Spinner("line", style="cyan")

    def __rich__(self) -> Spinner:
        seconds = time.monotonic() - self.began
        self.spinner.update(
            text=Text(f"{self.text}  {seconds:.0f} s" if seconds >= 2 else self.text)
        )
        return self.spinner
