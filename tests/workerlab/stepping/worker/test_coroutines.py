"""Coroutines that are held at their awaits."""

from types import SimpleNamespace

from workerlab.stepping.worker.coroutines import _gate


def test_an_instruction_without_a_line_is_shown_at_its_functions_first():
    code = SimpleNamespace(co_firstlineno=7)
    frame = SimpleNamespace(f_lineno=None, f_lasti=12, f_code=code)
    task = SimpleNamespace(message=lambda word, frame, offset, gate: (word, offset, gate))
    assert _gate(task, frame) == ("resume", 12, ("await", 7, None))
