"""A crash is shown, with all that is known of it."""

from workerlab.history import Event, History
from workerlab.stepping import Program
from workerlab.stepping.controller.trace import Trace
from workerlab.stepping.searching.crash_evidence import Crash, crash_evidence
from workerlab.stepping.searching.oracle import Violation


def test_of_a_crash_before_which_nothing_was_answered_there_are_no_steps():
    program = Program.parse("POST /increment", before="POST /reset", after="GET /report")
    history = History([Event("-", "POST", "/reset", called=1.0, pid=4711, error="ConnectionReset")])
    violation = Violation("an answer to POST /reset within 10 s", "no answer (ConnectionReset)")
    crash = Crash(1, False, "just after its answer", Trace(end="not begun"), history, violation)
    evidence = crash_evidence(program, crash, 3)
    assert evidence["steps"] == []
    assert evidence["actual"] == "no answer (ConnectionReset)"
