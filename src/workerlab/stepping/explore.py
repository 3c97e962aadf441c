"""Search the schedules of any FastAPI app: one call, for notebooks and for the command line."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from workerlab.errors import BadUsage
from workerlab.evidence import for_readers
from workerlab.history import History
from workerlab.services.base import Service
from workerlab.stepping.invariants import invariant
from workerlab.stepping.lease import MAY_EXPIRE, OUTLIVE_THE_WORK, SHORT_MAY_EXPIRE
from workerlab.stepping.program import ONE_WORKER, PLACEMENTS, Program, Request
from workerlab.stepping.proposing.first import proposed
from workerlab.stepping.proposing.questions import options_of
from workerlab.stepping.rehearsal import COUNTER, SERIAL, must_have_a_model, rehearsed
from workerlab.stepping.same_start import Start, Started, started
from workerlab.stepping.searching.attempts import Progress
from workerlab.stepping.searching.from_the_same_start import learned_from_the_same_start
from workerlab.stepping.searching.outcome import pattern_of
from workerlab.stepping.searching.search import Search
from workerlab.stepping.searching.unseen import as_far_as_seen
from workerlab.stepping.searching.without_schedule import (
    judged_without_schedule,
    workers_disagree,
)
from workerlab.verdict import Verdict

__all__ = ["explore"]

INCREMENTS, RESET, REPORT = "POST /increment | POST /increment", "POST /reset", "GET /report"
ASSUMED = {  # in words, and what else to ask for
    SHORT_MAY_EXPIRE: (
        "a time-to-live of a minute or less may run out at any step",
        f"{MAY_EXPIRE}, or {OUTLIVE_THE_WORK}",
    ),
    MAY_EXPIRE: ("any time-to-live may run out at any step", OUTLIVE_THE_WORK),
    OUTLIVE_THE_WORK: ("every time-to-live outlives the work", MAY_EXPIRE),
}


def explore(
    app: str | Path,
    *,
    program: str | None = None,
    before: str | None = None,
    after: str | None = None,
    model: str | None = None,
    sign_in: str = "",
    listen: str = "",
    ignore: Iterable[str] = (),
    invariants: Iterable[str | Callable[[Any], object]] = (),
    folder: str | Path = "",
    workers: int = 2,
    placements: tuple[str, ...] = PLACEMENTS,
    seconds: float = 5.0,
    schedules: int = 300,
    seed: int = 1,
    leases: str = SHORT_MAY_EXPIRE,
    env: dict[str, str] | None = None,
    services: Iterable[int | None] = (),
    stores: Iterable[Service] = (),
    start: Start | None = None,
    progress: Progress | None = None,
    note: Callable[[str], None] = lambda text: None,
    **options: Any,
) -> Verdict:
    """Serve `app` on real workers and look for a schedule of `program` that loses.

    program    requests that run at once, separated by `|`. When nothing is asked, a counter is asked
               `POST /increment | POST /increment`; for any other app a question is proposed from its
               own description, /openapi.json, and told by `note`
    before     requests that bring the app into a known state; may be empty. When it is not given,
               POST /reset, if the app has it; a counter that has none goes on from its report
    after      requests sent when all others have their responses; may be empty. GET /report, unless
               given
    model      "counter" (unless given), or "serial": the app's own responses one after the other; it
               is "serial" where somebody signs in or listens, or something is ignored, or must be
               invariant
    sign_in    requests sent once, before all others: "ada: POST /token -d username=ada". The cookies
               of the client ada are kept, an `access_token` in the response is shown as a bearer
               token, and {ada.id} in a later request is the field `id` of the response
    listen     clients that listen while the requests run, "WS /rooms/1 | SSE /events", each of them at
               every worker: all must get what they get when the requests run one after the other, on
               one worker
    ignore     what is left out of every comparison: JSON paths ("$.id", "$..at"), names of headers
    invariants functions of a run, or "module:function": what must be true of each run, in place of
               a comparison (`stepping.invariants` says what a run has)
    folder     where the files and modules are that the question names
    seconds    for each placement
    leases     what is assumed of a time-to-live that a request sets in Redis or Memcached: one of a
               minute at most ("short-may-expire"), or any ("may-expire"), may run out at any later
               step, or none before the requests have ended ("outlive-the-work")
    stores     our own stores that `env` leads to: with model "serial" their data are put back
               before each schedule, as the app's files are
    start      how the app starts: see `Start`. Unless it says so, on a copy of its folder, and
               on no store but those that `env` names
    progress   is called with what is being tried; `note` explains how to read the verdict
    options    those of Server, such as `runner` or `app_dir`, and `trace_into`: the names of
               installed packages inside which a worker may be held too

    Before any schedule each request is sent once, alone: do the workers agree, and is there a
    model for the responses? Returns a Verdict. Raises BadUsage for what cannot be
    asked or judged, AppDidNotStart and NotReady.
    """
    functions = tuple(invariant(each, folder) for each in invariants)
    ignored = tuple(ignore)
    for each in ignored:
        pattern_of(each)
    model = SERIAL if functions or ignored or listen else model
    nothing_asked = program is None and before is None and after is None and model is None
    model = SERIAL if sign_in else model
    frame = {
        "before": RESET if before is None else before,
        "after": REPORT if after is None else after,
        "model": model or COUNTER,
    }
    asked = INCREMENTS if program is None else program
    parsed = Program.parse(asked, **frame, sign_in=sign_in, listen=listen, folder=str(folder))
    parsed = replace(parsed, ignore=ignored, invariants=functions)
    must_have_a_model(parsed)
    must_be_an_assumption(leases)
    if workers == 1:
        placements = (ONE_WORKER,)
    if progress:
        progress("starting the workers")
    start = start or Start()
    if not nothing_asked and (model != SERIAL or parsed.starts_a_worker):
        start = replace(start, restore=False)  # it is asked where it stands
    opened = started(
        app, start, env=env, stores=stores, services=services, workers=workers, **options
    )
    with opened as begun:
        stepped = begun.stepped
        own = _proposed(begun, note, progress, parsed.sign_in) if nothing_asked else None
        if own is None:
            stepped.sign_in(parsed.sign_in)
        parsed = own or parsed
        given = before is not None or own is not None
        parsed, cold = rehearsed(stepped, parsed, given, note)
        begun.place.must_not_have_refused()
        if found := workers_disagree(stepped, parsed, seed, placements):
            return found
        reference = None
        if parsed.model == SERIAL and not parsed.starts_a_worker:
            reference = learned_from_the_same_start(stepped, parsed, cold, leases)
            if found := judged_without_schedule(stepped, reference, placements):
                _tell(begun, note)
                return found
            note(for_readers(f"one after the other: {statuses_in_words(reference.first)}"))
            if reference.volatile and not functions:
                note(f"left out, since it differs each time: {reference.volatile_in_words()}")
        search = Search(
            stepped, parsed, seed=seed, seconds=seconds, schedules=schedules, progress=progress,
            reference=reference, leases=leases,
        )  # fmt: skip
        verdict = search.run(placements)
        _tell(begun, note)
        if verdict.passed and reference is not None:
            verdict = as_far_as_seen(stepped, reference, verdict, ours=own is not None)
        decided = verdict.status != "inconclusive"
        return (
            with_the_assumption(verdict, leases) if decided and search.stats.any_lease else verdict
        )


def _proposed(
    begun: Started,
    note: Callable[[str], None],
    progress: Progress | None,
    signs_in: tuple[Request, ...],
) -> Program | None:
    """A question to an app that was asked nothing, whose clients have signed in; None for none."""
    stepped = begun.stepped
    if progress:
        progress("looking for a question")
    own = proposed(stepped, note, signs_in)
    if own is None:
        if not signs_in:  # it is a counter, asked where it stands
            begun.go_on()
        return None
    note(f"proposed, since nothing was asked: {shlex.join(options_of(own))}")
    stepped.renew()  # they are asked about their first requests, too
    stepped.begin_again()  # without what was tried; who signs in does so now
    return own


def _tell(begun: Started, note: Callable[[str], None]) -> None:
    for line in begun.in_words():
        note(line)


def must_be_an_assumption(leases: str) -> None:
    """Raises BadUsage for what says nothing of times-to-live."""
    if leases not in ASSUMED:
        advice = f"choose one of: {', '.join(ASSUMED)}"
        raise BadUsage(f"{leases!r} says nothing of times-to-live", advice)


def with_the_assumption(verdict: Verdict, leases: str) -> Verdict:
    """The same verdict, which also says what was assumed of times-to-live, and how to ask otherwise."""
    said, other = ASSUMED[leases]
    return replace(verdict, message=f"{verdict.message}; assumed: {said} (else: --leases {other})")


def statuses_in_words(history: History) -> str:
    """The requests of a run with their statuses: "POST /hit 200, GET /hits 200"."""
    return ", ".join(f"{event.method} {event.path} {event.status}" for event in history)
