"""Has the reader found a schedule that loses? And if not: is there one to find?"""

from workerlab.evidence import Evidence
from workerlab.stepping.controller.stepped_server import SteppedServer
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.program import TWO_WORKERS
from workerlab.stepping.searching.attempts import REPLAYS, STUCK_AGAIN_S, led_along
from workerlab.stepping.searching.evidence import evidence_of
from workerlab.stepping.searching.oracle import Oracle, Violation
from workerlab.stepping.searching.schedulers import ReplayScheduler
from workerlab.stepping.searching.search import Search
from workerlab.verdict import Verdict

SEARCH_S = 2.0  # for our own search, which only says whether there is anything to find
SEARCH_SCHEDULES = 150
FOUND = ("found", "stuck")  # how a branch ends that loses
OVER = (*FOUND, "no loss")
ONLY_ONCE = (
    "not found yet: a schedule of yours lost while you held the workers, and not again at full "
    "speed; perhaps something only ran out of time, such as a lock's lease: try others"
)


class Exercise:
    """Judges what a reader has tried on a stepped server, on which no task may be held meanwhile.

    The exercise is to find a loss, so a loss passes:

    passed         found: a schedule of the reader's lost, and lost again three times of three, at
                   full speed. The evidence is of its last replay, so it can be drawn and replayed.
    inconclusive   not found yet, with what to try next; or lost only while a task was held so
                   long that something ran out; or nothing to find, as far as a short search of
                   our own can tell. That one does not pass: a search that finds nothing is no
                   proof, and the reader has found nothing either. It says how much was tried.

    It never fails: a failure is a loss of the app's, and here a loss is the goal. Our own
    search runs when the reader has run one schedule to its end, once; it never gives its schedule
    away, only how many preemptions it takes.
    """

    def __init__(self, stepped: SteppedServer, oracle: Oracle, placement: str) -> None:
        self.stepped, self.oracle, self.placement = stepped, oracle, placement
        self._own: Verdict | None = None
        self._only_once: set[tuple[str, ...]] = set()  # lost by hand, and not at full speed

    def verdict(self, branches: dict[tuple[str, ...], str]) -> Verdict:
        """The verdict on the schedules that were tried; each with its end, the latest last."""
        tried = {"schedules": sum(status in OVER for status in branches.values())}
        lost = [moves for moves, status in reversed(branches.items()) if status in FOUND]
        for moves in lost:
            if moves not in self._only_once:
                trace, violation, kept_to_it = self._again(moves)
                if violation is not None:
                    return self._found(moves, trace, violation, tried)
                if kept_to_it:
                    self._only_once.add(moves)
        message = ONLY_ONCE if lost else self._not_found(tried["schedules"])
        return Verdict("inconclusive", message, tried)

    def _again(self, moves: tuple[str, ...]) -> tuple[Trace, Violation | None, bool]:
        """The last of three runs of this schedule, or the first one that loses nothing."""
        for _ in range(REPLAYS):
            trace, violation, kept_to_it = led_along(moves, self._run, self._judge)
            if violation is None:
                break
        return trace, violation, kept_to_it

    def _run(self, scheduler: ReplayScheduler) -> Trace:
        return self.stepped.run(
            self.oracle.program, self.placement, scheduler, explain=True, stuck_s=STUCK_AGAIN_S
        )

    def _judge(self, trace: Trace) -> Violation | None:
        judged = trace.end in ("finished", "stuck")
        return self.oracle.violation(trace.history) if judged else None

    def _found(
        self, moves: tuple[str, ...], trace: Trace, violation: Violation, tried: dict[str, int]
    ) -> Verdict:
        evidence = evidence_of(self.oracle.program, self.placement, trace, violation, 0, REPLAYS)
        del evidence["seed"]  # no random choice was made
        what = "loses" if trace.end == "finished" else "ends in a deadlock"
        message = (
            f"found: your schedule {''.join(moves)} {what}, and did so again {REPLAYS} times of "
            f"{REPLAYS}: {violation.actual}; {violation.expected}"
        )
        tried = tried | {"preemptions": trace.preemptions, "requests": len(trace.history)}
        return Verdict("passed", message, tried, evidence)

    def _not_found(self, over: int) -> str:
        if not over:
            return (
                "not found yet: no schedule has been run to its end; "
                f"step {' and '.join(self.oracle.program.names)} until all of them have answered"
            )
        if self._own is None:
            search = Search(
                self.stepped, self.oracle.program, seconds=SEARCH_S, schedules=SEARCH_SCHEDULES
            )
            self._own = search.run((self.placement,))
        yours = f"none of the {over} schedules that you ran to their end loses"
        if over == 1:
            yours = "the schedule that you ran to its end does not lose"
        if self._own.status == "failed":
            assert self._own.evidence is not None  # it shows the schedule that it has found
            advice = self._advice(self._own.evidence)
            return f"not found yet: {yours}, but there is one that does; {advice}"
        if self._own.status == "passed":
            met = f"a search of its own met {self._own.message}"
            return f"not found, and perhaps there is none: {yours}, and {met}"
        return f"not found yet: {yours}; a search could not tell either: {self._own.message}"

    def _advice(self, loss: Evidence) -> str:
        count = sum(bool(step.get("preempted")) for step in loss["steps"])
        if not count:
            return "let each of them run to its end without an interruption, in another order"
        often = "once" if count == 1 else f"{count} times"
        shared = "" if self.placement == TWO_WORKERS else " at an await"
        return (
            f"interrupt a request{shared} {often}: stop one between reading and writing, "
            "let another run to its end, then go on with the first"
        )
