"""Ask a whole service: each writing operation with itself and with the others of its resource."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage, WorkerlabError
from workerlab.scouting.journal import Journal
from workerlab.scouting.records import FOUND, SCHEMA, Answer, Line, Survey
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS, Program
from workerlab.stepping.proposing.asked_for import description_of
from workerlab.stepping.proposing.description import HELP, Description, Operation
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
from workerlab.stepping.searching.racing_lines import racing_lines
from workerlab.stepping.searching.search import Search

KINDS = (DIFFERENT, SAME, ENOUGH)
LEAST, LEAST_OTHERS = (
    12,
    10,
)  # schedules in each placement: of an operation with itself, with others
MOST_FILES = 2000  # of the app, that are read to know it again
OVER = "the time was over before it could be asked: go on with --resume"
Found = Callable[[Answer], None]


class Scout:
    """One service on one set of workers, asked question after question.

    seconds, schedules   for each question, in each placement of its requests
    within      seconds after which no new question is begun; None for no limit
    """

    def __init__(
        self,
        stepped: SteppedServer,
        survey: Survey,
        questions: Questions,
        *,
        seconds: float,
        schedules: int,
        within: float | None,
        progress: Callable[[str], None],
    ) -> None:
        self.stepped, self.survey, self.questions = stepped, survey, questions
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
        stores = [word for name in self.survey["stores"] for word in ("--with", name)]
        words = ["workerlab", "explore", self.survey["app"], *stores, *options_of(program)]
        return shlex.join(words)

    def _line(self, task: str, file: str, line: int, source: str) -> Line:
        path = Path(file)
        with_cwd = Path.cwd()
        shown = path.relative_to(with_cwd) if path.is_relative_to(with_cwd) else path
        return {"file": str(shown), "line": line, "source": source, "task": task}


def scout(
    app: str | Path,
    *,
    workers: int = 2,
    seconds: float = 0.4,
    schedules: int = 100,
    seed: int = 1,
    within: float | None = None,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    headers: tuple[tuple[str, str], ...] = (),
    openapi: str | None = None,
    journal: Path | None = None,
    resume: bool = False,
    env: dict[str, str] | None = None,
    services: Iterable[int | None] = (),
    stores: Iterable[str] = (),
    progress: Callable[[str], None] = lambda text: None,
    found: Found = lambda answer: None,
    **options: Any,
) -> Survey:
    """Serve `app` on real workers and look for all pairs of requests that race.

    seconds, schedules   for each question, in each placement of its requests
    within      seconds after which no new question is begun; None for no limit
    only, skip  patterns of operations: "POST /orders*"
    headers     go with every request: (name, value); without any, a new client signs in if it can
    openapi     the path of the app's description, or a file that has it
    journal     a file that gets each answer as it comes; `resume` goes on with the one that is there
    found       is called with each answer
    options     those of Server, and `trace_into`

    Raises BadUsage for what cannot be asked, AppDidNotStart and NotReady.
    """
    progress("starting the workers")
    with SteppedServer(app, workers=workers, env=env, services=services, **options) as stepped:
        description = description_of(stepped, openapi)
        operations = chosen(description, [*only], [*skip])
        survey: Survey = {
            "schema": SCHEMA, "app": str(app), "runner": options.get("runner", "uvicorn"),
            "workers": workers, "seed": seed, "stores": [*stores],
            "trace_into": [*options.get("trace_into", ())],
            "source": digest(description, Path(stepped.server.folder)),
            "finished": False, "seconds": 0.0, "operations": [*map(str, operations)], "answers": [],
        }  # fmt: skip
        kept = Journal(journal, survey, resume=resume)
        survey["answers"] = kept.answers
        signed_in = () if headers else sign_in(stepped, description)
        questions = Questions(stepped, description, headers, signed_in)
        asking = Scout(
            stepped, survey, questions, seconds=seconds, schedules=schedules, within=within,
            progress=progress,
        )  # fmt: skip
        pairs = questions.pairs(operations)
        for answer in asking.answers(pairs, [*kept.answers]):
            kept.add(answer)
            survey["answers"].append(answer)
            found(answer)
        for pair in pairs if not survey["finished"] else ():
            if not any(one["pair"] == str(pair) for one in survey["answers"]):
                survey["answers"].append(_left(pair))
        survey["seconds"] = round(time.monotonic() - asking.began, 1)
        return survey


def _left(pair: Pair) -> Answer:
    return {"pair": str(pair), "kind": DIFFERENT, "status": "not_asked", "message": OVER,
            "command": "", "lines": [], "left_out": "", "tried": {}, "evidence": None,
            "seconds": 0.0, "refuses": False}  # fmt: skip


def chosen(description: Description, only: list[str], skip: list[str]) -> list[Operation]:
    """The writing operations that are asked. Raises BadUsage for none, and for a pattern of nothing."""
    if not description.operations:
        raise BadUsage("the app's description has no operation", HELP)
    writing = description.writing
    known = ", ".join(map(str, writing[:8]))
    for pattern in (*only, *skip):
        if not any(_fits(one, pattern) for one in writing):
            raise BadUsage(f"no writing operation is like {pattern!r}", f"there are: {known}")
    operations = [
        one
        for one in writing
        if (not only or any(_fits(one, pattern) for pattern in only))
        and not any(_fits(one, pattern) for pattern in skip)
    ]
    if not writing:
        reads = ", ".join(map(str, description.operations[:4]))
        advice = f"it has {reads}; to ask those: workerlab explore --program"
        raise BadUsage("the app has no operation that writes (POST, PUT, PATCH, DELETE)", advice)
    if not operations:
        raise BadUsage("--only and --skip leave no operation", f"there are: {known}")
    return operations


def _fits(operation: Operation, pattern: str) -> bool:
    return fnmatchcase(str(operation), pattern) or fnmatchcase(operation.path, pattern)


def digest(description: Description, folder: Path) -> str:
    """What changes when the app does: its description and the Python files in its folder."""
    told = sha256(json.dumps(description.document, sort_keys=True).encode())
    files = sorted(one for one in folder.rglob("*.py") if "site-packages" not in one.parts)
    for file in files[:MOST_FILES]:
        told.update(file.read_bytes() if file.is_file() else b"")
    return told.hexdigest()[:16]
