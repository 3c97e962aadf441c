"""Where a worker may be held, which values are shown, and how a schedule is made simpler."""

import sys

import pytest

from workerlab.stepping import observe, tracing, wire
from workerlab.stepping.gates import gates_of
from workerlab.stepping.minimise import MOST_TRIES, minimise
from workerlab.stepping.schedule import Decision, Trace


def kinds(tmp_path, text: str) -> list[str]:
    """The gates of the first function of a file with this text."""
    file = tmp_path / "app.py"
    file.write_text(text)
    space: dict = {}
    exec(compile(text, str(file), "exec"), space)
    return [kind for kind, _, _ in gates_of(space["f"].__code__).values()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("store['n'] = store.get('n') + 1", ["call", "write"]),
        ("store['n'] += 1", ["read", "write"]),
        ("store.n += 1", ["write"]),
        ("global n; n = 1; return n", ["write", "read"]),
        ("global n; del n", ["write"]),
        ("'n' in store", ["read"]),
        ("del store['n']", ["write"]),
        ("return int(store)", []),
        ("import os; return os.getpid()", []),
        ("return 1 + 1", []),
    ],
)
def test_gates_stand_where_something_shared_can_be_touched(tmp_path, body, expected):
    assert kinds(tmp_path, f"def f(store):\n    {body}\n") == expected


def test_a_with_is_gated_on_entry_and_on_exit(tmp_path):
    found = kinds(tmp_path, "def f(lock):\n    with lock:\n        pass\n")
    assert found[0] == "with"
    assert len(found) > 1, "leaving it frees the lock, which others wait for"


def test_an_awaited_call_is_one_gate_and_a_stored_awaitable_another(tmp_path):
    assert kinds(tmp_path, "async def f(store):\n    await store.get()\n") == ["call"]
    text = "async def f(store):\n    later = store.get()\n    await later\n"
    assert kinds(tmp_path, text) == ["call", "await"]


def test_a_name_of_ones_own_is_not_taken_for_the_builtin(tmp_path):
    assert kinds(tmp_path, "def f(n):\n    return int(n)\ndef int(n):\n    return n\n") == ["call"]


def test_gates_are_seen_on_the_first_call_and_on_the_second():
    works, sentence = tracing.self_test()
    assert works, sentence


class Loud:
    def __repr__(self) -> str:
        raise AssertionError("a proxy's repr may itself travel to a server")


def test_only_plain_data_is_shown():
    assert observe.plain(Loud()) is None
    assert observe.plain([1, Loud()]) is None
    assert observe.plain({"n": (1, Loud())}) is None
    assert observe.plain({"n": 1}) == "{'n': 1}"
    assert observe.plain(b"0") == "b'0'"
    assert len(observe.plain("x" * 1000)) == 60


def test_messages_come_back_as_they_went():
    assert wire.decode(wire.encode("task", "1.A", 4711)) == ["task", "1.A", "4711"]
    assert wire.address("@name") == "\0name"
    assert wire.address("/tmp/name") == "/tmp/name"


def trace_of(schedule: str) -> Trace:
    """A run of that schedule in which everybody could always have gone on."""
    decisions = []
    for index, chosen in enumerate(schedule):
        before = schedule[index - 1] if index else None
        current = before if before and before in schedule[index:] else None
        decisions.append(Decision(chosen, ("A", "B"), current))
    return Trace(decisions)


def test_a_losing_schedule_is_made_simpler():
    tried = []

    def loses(schedule: list[str]) -> Trace | None:
        tried.append(schedule)
        # It is enough that all of B falls between A's first and A's last step.
        return trace_of("".join(schedule)) if schedule[0] == schedule[-1] == "A" else None

    losing = trace_of("ABABABA")
    assert losing.preemptions == 5
    simpler = minimise(losing, loses)
    assert simpler.preemptions == 1
    assert "".join(simpler.schedule).strip("A") == "BBB"
    assert len(tried) <= MOST_TRIES


def test_what_does_not_lose_again_is_not_taken():
    losing = trace_of("ABABAB")
    assert minimise(losing, lambda schedule: None) is losing


def test_the_back_end_fits_this_python():
    trace = tracing.tracer(tracing.Files("/nowhere"), lambda *_: None)
    monitors = isinstance(trace, tracing.MonitoringTracer)
    assert monitors == (sys.version_info >= (3, 12))
