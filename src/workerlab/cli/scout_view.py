"""What `workerlab scout` prints: a line for each thing found, then all of it."""

from __future__ import annotations

from collections.abc import Callable

from workerlab.cli.screen import Screen
from workerlab.draw import schedule_text
from workerlab.draw.words import counted
from workerlab.scouting.records import FOUND, Answer, Survey
from workerlab.scouting.results import by_pair, of_status, reasons

WORDS = {"race": "race", "workers_disagree": "workers disagree"}


class ScoutView:
    """One scout on a screen.

    in_full   a command with the values of the app's settings, which no file has
    """

    def __init__(self, screen: Screen, in_full: Callable[[str], str] = str) -> None:
        self.screen, self.in_full = screen, in_full

    def answer(self, answer: Answer) -> None:
        """Tell of a race as soon as it is found."""
        if answer["status"] in FOUND:
            self._headline(answer)

    def result(self, survey: Survey) -> None:
        """Print the schedules, what could not be asked, and the counts."""
        drawn: dict[tuple[tuple[str, int], ...], str] = {}
        for answer in of_status(survey, *FOUND):
            self.screen.say()
            self._headline(answer)
            if not answer["evidence"]:  # the picture says the same
                self.screen.say(answer["message"], indent=2)
            lines = tuple((one["file"], one["line"]) for one in answer["lines"])
            if lines and lines in drawn:
                self.screen.say(f"the same two lines as {drawn[lines]}", "dim", indent=2)
            elif answer["evidence"]:
                self.screen.say(schedule_text(answer["evidence"], self.screen.width))
            drawn.setdefault(lines, answer["pair"])
            self.screen.say(f"again: {self.in_full(answer['command'])}", "cyan", indent=2)
        self._left(survey)
        self._counts(survey)

    def _headline(self, answer: Answer) -> None:
        where = " and ".join(f"{one['file']}:{one['line']}" for one in answer["lines"])
        self.screen.parts(
            (f"✘ {WORDS[answer['status']]}  ", "bold red"),
            (answer["pair"], "bold"),
            (f"  {where}", "dim"),
        )

    def _left(self, survey: Survey) -> None:
        left = of_status(survey, "not_asked", "inconclusive")
        if not left:
            return
        self.screen.say()
        self.screen.say("What could not be asked, and why", "bold yellow")
        for why, pairs in reasons(left).items():
            self.screen.say(f"{why}", indent=2)
            self.screen.say(", ".join(pairs), "dim", indent=4)

    def _counts(self, survey: Survey) -> None:
        pairs = by_pair(survey["answers"])
        of = {status: len(of_status(survey, status)) for status in {p["status"] for p in pairs}}
        schedules = sum(one["tried"].get("schedules", 0) for one in survey["answers"])
        found = sum(of.get(status, 0) for status in FOUND)
        self.screen.say()
        style = "bold red" if found else "green"
        words = f"{counted(found, 'pair')} of {len(pairs)} {'was' if found == 1 else 'were'} found to race"
        self.screen.parts((words, style), (f", {of.get('nothing_found', 0)} were not", ""))
        operations = counted(len(survey["operations"]), "operation")
        tried = (
            f"{operations}, {schedules} schedules, {survey['seconds']:.0f} s, seed {survey['seed']}"
        )
        self.screen.say(tried, "dim")
        if not survey["finished"]:
            self.screen.say("not finished: go on with --resume", "yellow")
