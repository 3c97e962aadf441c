"""Run a recorded losing schedule again, step by step."""

from workerlab.stepping.searching.schedulers import Follow
from workerlab.stepping.searching.crash_points import DEADLINE_S, Crashes
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Judge, Loss
from workerlab.stepping.program import Program
from workerlab.stepping.searching.search import learn_serial_outcomes
from workerlab.stepping.controller.stepped_server import Stage
from workerlab.verdict import Evidence, Verdict

TRIES = 3  # a run that left the schedule, by a store's own timer say, tells nothing about it


def replay(stage: Stage, evidence: Evidence) -> Verdict:
    """Run the schedule of `evidence` on a stage of the same app.

    Returns failed, with fresh evidence, when it loses again; passed when it does not; inconclusive
    when the app can no longer be led along that schedule, or took too long, three times.
    """
    program = Program.parse(
        evidence["program"],
        before=evidence.get("before", "POST /reset"),
        after=evidence.get("after", "GET /report"),
        model=evidence.get("model", "counter"),
    )
    if "crash_point" in evidence:
        crashes = Crashes(stage, program, DEADLINE_S, then=evidence.get("then", ""))
        return crashes.replay(evidence["crash_point"])
    judge = Judge(program)
    learn_serial_outcomes(stage, judge, evidence["placement"])
    for _ in range(TRIES):
        chooser = Follow(evidence["schedule"])
        trace = stage.run(program, evidence["placement"], chooser, explain=True)
        led_along = trace.end != "discarded" and not chooser.diverged
        if led_along:
            break
    tried = {
        "schedules": 1,
        "preemptions": trace.preemptions,
        "requests": len(trace.history),
    }
    loss: Loss | None = None if trace.end == "discarded" else judge.loss(trace.history)
    if loss is not None:
        seed = evidence.get("seed", 1)
        shown = evidence_of(program, evidence["placement"], trace, loss, seed, 1)
        return Verdict("failed", f"{loss.actual}; {loss.expected}", tried, shown)
    if not led_along:
        return Verdict("inconclusive", "the app no longer follows this schedule", tried)
    return Verdict("passed", "this schedule no longer loses", tried)
