"""Ask a whole service: each writing operation with itself and with the others of its resource."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.questions.starting import NAMES, Starting
from workerlab.scouting.journal import Journal
from workerlab.scouting.operations import chosen, digest
from workerlab.scouting.records import FOUND, SCHEMA, Answer, Line, Survey
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS, Program
from workerlab.stepping.proposing.asked_for import description_of
from workerlab.stepping.proposing.framing import Framed, framed
from workerlab.stepping.proposing.questions import (
    DIFFERENT,
    ENOUGH,
    SAME,
    Pair,
    Questions,
    options_of,
)
from workerlab.stepping.proposing.signing_in import sign_in
from workerlab.stepping.same_start import Started, started
from workerlab.stepping.searching.racing_lines import racing_lines
from workerlab.stepping.searching.search import Search

__all__ = ["scout"]

KINDS = (DIFFERENT, SAME, ENOUGH)
LEAST, LEAST_OTHERS = (
    12,
    10,
)  # schedules in each placement: of an operation with itself, with others
USUAL: dict[str, Any] = {"workers": 2, "runner": "uvicorn", "deadline": 30.0, "seed": 1}
"""What `workerlab explore` takes unless it is told otherwise."""
OVER = "the time was over before it could be asked: go on with --resume"
Found = Callable[[Answer], None]


class Scout:
    """One service on one set of workers, asked question after question.

    begun       the service: each run of it begins with the same data
    options     those of `workerlab explore` that start it, for a shell
    seconds, schedules   for each question, in each placement of its requests
    within      seconds after which no new question is begun; None for no limit
    """

    def __init__(
        self,
        begun: Started,
        survey: Survey,
        questions: Questions,
        *,
        options: str,
        seconds: float,
        schedules: int,
        within: float | None,
        progress: Callable[[str], None],
    ) -> None:
        self.stepped, self.place, self.options = begun.stepped, begun.place, options
        self.survey, self.questions = survey, questions
        self.seconds, self.schedules = seconds, schedules
        self.progress = progress
        self.began = time.monotonic()
        self.within = within
        self.placements = PLACEMENTS if survey["workers"] > 1 else (ONE_WORKER,)

    def answers(self, pairs: list[Pair], known: list[Answer]) -> Iterator[Answer]:
        """An answer to each question that is not known yet. The first question of each pair comes first."""
        asked = {(one["pair"], one["kind"]): one for one in known}
        settled = {o["pair"] for o in known if o["status"] in FOUND or not o["command"]}
        refused = {one["pair"] for one in known if one.get("refuses")}
        for kind in KINDS:
            for number, pair in enumerate(pairs, start=1):
                name = str(pair)
                skipped = kind == ENOUGH and name not in refused
                if name in settled or (name, kind) in asked or skipped:
                    continue
                if self.within is not None and time.monotonic() - self.began > self.within:
                    self.survey["finished"] = False
                    return
                self.progress(f"{number} of {len(pairs)} pairs, {kind}: {pair}")
                answer = self.answer(pair, kind)
                if answer is not None:
                    yield answer
                    decided = answer["status"] in FOUND or not answer["command"]
                    settled |= {name} if decided else set()
                    refused |= {name} if answer.get("refuses") else set()
        self.survey["finished"] = True

    def answer(self, pair: Pair, kind: str) -> Answer | None:
        """The answer to one question; None where a pair has no question of this kind."""
        began = time.monotonic()
        answer = self._answer(pair, kind)
        if answer is not None:
            answer["seconds"] = round(time.monotonic() - began, 2)
        return answer

    def _answer(self, pair: Pair, kind: str) -> Answer | None:
        answer: Answer = {
            "pair": str(pair), "kind": kind, "status": "not_asked", "message": "", "command": "",
            "lines": [], "left_out": "", "tried": {}, "evidence": None, "refuses": False,
        }  # fmt: skip
        if why := self.questions.not_ready(pair):
            answer["message"] = why
            return answer
        question = self.questions.of(pair, kind)
        if question is None:
            return None
        answer["command"] = self._command(question.program)
        try:
            found = framed(self.stepped, question, self.placements)
            answer["command"] = self._command(found.program)
            self._judge(found, pair, answer)
        except BadUsage as error:
            answer["message"] = str(error)
        except WorkerlabError as error:  # a worker that cannot be reached any more, say
            answer |= {"status": "inconclusive", "message": str(error)}
            self.stepped.renew()
        return answer

    def _judge(self, found: Framed, pair: Pair, answer: Answer) -> None:
        answer["left_out"] = found.reference.volatile_in_words()
        answer["refuses"] = found.refuses
        verdict, trace = found.verdict, None
        if verdict is None:
            search = Search(
                self.stepped, found.program, seed=self.survey["seed"], seconds=self.seconds,
                schedules=self.schedules, reference=found.reference,
                least=LEAST if pair.one == pair.other else LEAST_OTHERS,
            )  # fmt: skip
            # What others share is outside of the workers: for them, one placement is enough.
            itself = pair.one == pair.other
            verdict = search.run(self.placements if itself else self.placements[:1])
            trace = search.shown
        answer["message"], answer["tried"] = verdict.message, verdict.tried
        answer["evidence"] = verdict.evidence
        if verdict.status == "failed":
            answer["status"] = "workers_disagree" if trace is None else "race"
        elif found.verdict is not None:
            answer["status"] = "not_asked"
        elif verdict.status == "inconclusive":
            answer["status"] = "inconclusive"
        elif found.goes_on:
            answer["status"] = "inconclusive"
            answer["message"] = (
                f"nothing brings the app into the same state again, and {found.goes_on} differs from "
                "run to run, so a loss there would not be seen: name a request that resets it (--before)"
            )
        else:
            answer["status"] = "nothing_found"
            answer["message"] = found.unseen or answer["message"]
        if trace is not None:
            lines = racing_lines(trace, found.program.names)
            answer["lines"] = [
                self._line(name, stop.file, stop.line, stop.source) for name, stop in lines
            ]

    def _command(self, program: Program) -> str:
        """The same question for a shell."""
        first = shlex.join(["workerlab", "explore", self.survey["app"]])
        return " ".join(filter(None, [first, self.options, shlex.join(options_of(program))]))

    def _line(self, task: str, file: str, line: int, source: str) -> Line:
        path, here = Path(self.place.in_own_words(file)), Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        return {"file": str(shown), "line": line, "source": source, "task": task}


def scout(
    app: str | Path,
    *,
    workers: int = 2,
    runner: str = "uvicorn",
    seconds: float = 0.4,
    schedules: int = 100,
    seed: int = 1,
    deadline: float = USUAL["deadline"],
    trace_into: Iterable[str] = (),
    within: float | None = None,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    headers: tuple[tuple[str, str], ...] = (),
    openapi: str | None = None,
    journal: Path | None = None,
    resume: bool = False,
    progress: Callable[[str], None] = lambda text: None,
    note: Callable[[str], None] = lambda text: None,
    found: Found = lambda answer: None,
    **options: Any,
) -> Survey:
    """Serve `app` on real workers and look for all pairs of requests that race.

    Each run of it begins with the same data, on a copy of its folder, as for `explore`.

    seconds, schedules   for each question, in each placement of its requests
    within      seconds after which no new question is begun; None for no limit
    only, skip  patterns of operations: "POST /orders*"
    headers     go with every request: (name, value); without any, a new client signs in if it can
    openapi     the path of the app's description, or a file that has it
    journal     a file that gets each answer as it comes; `resume` goes on with the one that is there
    note        is told how each run began
    found       is called with each answer
    options     those of `Starting`, which say how the app starts, and those of Server

    Raises BadUsage for what cannot be asked, AppDidNotStart and NotReady.
    """
    starting = Starting.of(app, options)
    options = {name: value for name, value in options.items() if name not in NAMES}
    served: dict[str, Any] = {
        "workers": workers, "runner": runner, "deadline": deadline, "trace_into": [*trace_into],
    }  # fmt: skip
    progress("starting the workers")
    with (
        starting.opened(note) as (env, stores),
        started(
            app, starting.start, env=env, stores=stores, **starting.served, **served, **options
        ) as begun,
    ):
        stepped = begun.stepped
        description = description_of(stepped, openapi)
        operations = chosen(description, [*only], [*skip])
        survey: Survey = {
            "schema": SCHEMA, "app": str(app), "runner": runner, "workers": workers, "seed": seed,
            "trace_into": served["trace_into"], "source": digest(description, begun.place.own),
            "finished": False, "seconds": 0.0, "operations": [*map(str, operations)], "answers": [],
        }  # fmt: skip
        survey.update(cast(Survey, starting.record()))
        kept = Journal(journal, survey, resume=resume)
        survey["answers"] = kept.answers
        signed_in = () if headers else sign_in(stepped, description)
        questions = Questions(stepped, description, headers, signed_in)
        asking = Scout(
            begun, survey, questions, options=_in_shell(starting, {**served, "seed": seed}),
            seconds=seconds, schedules=schedules, within=within, progress=progress,
        )  # fmt: skip
        pairs = questions.pairs(operations)
        begun.place.must_not_have_refused()
        for answer in asking.answers(pairs, [*kept.answers]):
            begun.place.must_not_have_refused()
            kept.add(answer)
            survey["answers"].append(answer)
            found(answer)
        for pair in pairs if not survey["finished"] else ():
            if not any(one["pair"] == str(pair) for one in survey["answers"]):
                survey["answers"].append(_left(pair))
        survey["seconds"] = round(time.monotonic() - asking.began, 1)
        for line in begun.in_words():
            note(line)
        return survey


def _in_shell(starting: Starting, served: dict[str, Any]) -> str:
    """The options of `workerlab explore` that start the same app in the same way."""
    words = [word for name in served.pop("trace_into") for word in ("--trace-into", name)]
    for name, value in served.items():
        words += [f"--{name}", f"{value:g}" if name == "deadline" else f"{value}"] * (
            value != USUAL[name]
        )
    return " ".join(filter(None, [starting.in_shell(), shlex.join(words)]))


def _left(pair: Pair) -> Answer:
    return {"pair": str(pair), "kind": DIFFERENT, "status": "not_asked", "message": OVER,
            "command": "", "lines": [], "left_out": "", "tried": {}, "evidence": None,
            "seconds": 0.0, "refuses": False}  # fmt: skip
