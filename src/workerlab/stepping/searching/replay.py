"""Run a recorded losing schedule again, step by step."""

from dataclasses import replace

from workerlab.evidence import Evidence, kind_of
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.invariants import invariant
from workerlab.stepping.lease import OUTLIVE_THE_WORK
from workerlab.stepping.program import Program
from workerlab.stepping.searching.anomaly import late_write
from workerlab.stepping.searching.attempts import learn_serial_outcomes, led_along
from workerlab.stepping.searching.crash_points import DEADLINE_S, CrashSearch
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Oracle, Violation
from workerlab.stepping.searching.schedulers import ReplayScheduler
from workerlab.verdict import Verdict


def replay(stepped: SteppedServer, evidence: Evidence) -> Verdict:
    """Run the schedule of `evidence` on a stepped server of the same app.

    Returns failed, with fresh evidence, when it loses again; passed when it does not; inconclusive
    when the app can no longer be led along that schedule, or took too long, three times.
    """
    program = Program.parse(
        evidence["program"],
        before=evidence.get("before", "POST /reset"),
        after=evidence.get("after", "GET /report"),
        model=evidence.get("model", "counter"),
        sign_in=evidence.get("sign_in", ""),
        listen=evidence.get("listen", ""),
    )
    ignore, invariants = evidence.get("ignore", ()), evidence.get("invariants", ())
    program = replace(program, ignore=tuple(ignore), invariants=tuple(map(invariant, invariants)))
    stepped.sign_in(program.sign_in)
    if kind_of(evidence) == "crash":
        crashes = CrashSearch(stepped, program, DEADLINE_S, then=evidence.get("then", ""))
        return crashes.replay(evidence["crash_point"])
    oracle = Oracle(program)
    leases = evidence.get("assumed", OUTLIVE_THE_WORK)
    learn_serial_outcomes(stepped, oracle, leases)

    def run(scheduler: ReplayScheduler) -> Trace:
        return stepped.run(program, evidence["placement"], scheduler, explain=True, leases=leases)

    def judge(trace: Trace) -> Violation | None:
        return None if trace.end == "discarded" else oracle.violation_of(trace)

    trace, violation, kept_to_it = led_along(evidence["schedule"], run, judge)
    tried = {
        "schedules": 1,
        "preemptions": trace.preemptions,
        "requests": len(trace.history),
    }
    if violation is not None:
        seed = evidence.get("seed", 1)
        same = violation.actual == evidence.get("actual")
        anomaly = evidence.get("anomaly") if same else None
        harm = late_write(program, trace) if anomaly == "lost update" else None
        shown = evidence_of(
            program, evidence["placement"], trace, violation, seed, 1, anomaly=anomaly, harm=harm
        )
        if trace.expired:
            shown["assumed"] = leases
        return Verdict("failed", f"{violation.actual}; {violation.expected}", tried, shown)
    if not kept_to_it:
        return Verdict("inconclusive", "the app no longer follows this schedule", tried)
    return Verdict("passed", "this schedule no longer loses", tried)
